import type { Tree } from '../forest.js';

/** A tree below one of its nodes. */
export interface RootedTree {
  readonly tree: Tree;
  readonly root: number;
}

/** True if some leaf lies more than `levels` splits below a node. */
export function isDeeperThan({ left, right }: Tree, node: number, levels: number): boolean {
  const isDeeper = (node: number, levels: number): boolean => {
    if (left[node] === -1) return false;
    return levels === 0 || isDeeper(left[node]!, levels - 1) || isDeeper(right[node]!, levels - 1);
  };
  return isDeeper(node, levels);
}

/** Most splits between a root and a leaf. */
export function depthOf({ tree, root }: RootedTree): number {
  let depth = -1;
  for (let level = [root]; level.length > 0; depth += 1) {
    const splits = level.filter((node) => tree.left[node] !== -1);
    level = splits.flatMap((node) => [tree.left[node]!, tree.right[node]!]);
  }
  return depth;
}

/** True if every leaf is 0: the tree adds nothing. */
export function isZero({ tree, root }: RootedTree): boolean {
  const pending = [root];
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    if (tree.left[node] !== -1) pending.push(tree.right[node]!, tree.left[node]!);
    else if (tree.value[node] !== 0) return false;
  }
  return true;
}

/** Nodes in preorder, left child first. */
export function preorder({ tree, root }: RootedTree): number[] {
  const nodes: number[] = [];
  const pending = [root];
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    nodes.push(node);
    if (tree.left[node] !== -1) pending.push(tree.right[node]!, tree.left[node]!);
  }
  return nodes;
}

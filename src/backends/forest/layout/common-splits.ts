import { BLOCK_TREE_DEPTH } from './plan-format.js';
import { isDeeperThan, isZero, type RootedTree } from './rooted-tree.js';

/** Trees that a row passes. */
export interface Route {
  readonly trees: readonly RootedTree[];
}

/** A split that all trees begin with. It is taken once per row, and decides which trees the row passes. */
export interface CommonSplit {
  readonly feature: number;
  readonly threshold: number;
  readonly missingLeft: boolean;
  readonly left: RoutingNode;
  readonly right: RoutingNode;
}

/** A node of the routing tree. */
export type RoutingNode = Route | CommonSplit;

const MIN_TREES = 16;
const MAX_LEVELS = 6;

/**
 * Takes out the splits that all trees begin with, if that makes most trees shallow enough for the block walk, or leaves many trees
 * that add nothing. A merged forest of boosters for different groups of rows begins with splits by group.
 */
export function takeCommonSplits(trees: readonly RootedTree[], levels = MAX_LEVELS): RoutingNode {
  const [first] = trees;
  if (first === undefined || levels === 0 || trees.length < MIN_TREES) return { trees };
  if (!trees.every((other) => hasSameSplit(first, other))) return { trees };
  const left = trees.map(({ tree, root }) => ({ tree, root: tree.left[root]! })).filter((t) => !isZero(t));
  const right = trees.map(({ tree, root }) => ({ tree, root: tree.right[root]! })).filter((t) => !isZero(t));
  if (!areMostDeep(trees) && left.length + right.length > 1.5 * trees.length) return { trees };
  return {
    feature: first.tree.feature[first.root]!,
    threshold: first.tree.value[first.root]!,
    missingLeft: first.tree.missingLeft[first.root] === 1,
    left: takeCommonSplits(left, levels - 1),
    right: takeCommonSplits(right, levels - 1),
  };
}

/** Routes below a node, from left to right. */
export function routesBelow(node: RoutingNode): Route[] {
  return 'trees' in node ? [node] : [...routesBelow(node.left), ...routesBelow(node.right)];
}

function hasSameSplit(a: RootedTree, b: RootedTree): boolean {
  return (
    a.tree.left[a.root] !== -1 &&
    b.tree.left[b.root] !== -1 &&
    a.tree.feature[a.root] === b.tree.feature[b.root] &&
    a.tree.value[a.root] === b.tree.value[b.root] &&
    a.tree.missingLeft[a.root] === b.tree.missingLeft[b.root]
  );
}

function areMostDeep(trees: readonly RootedTree[]): boolean {
  const deep = trees.filter(({ tree, root }) => isDeeperThan(tree, root, BLOCK_TREE_DEPTH));
  return 2 * deep.length > trees.length;
}

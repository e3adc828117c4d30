import type { MemoryViews } from './arena.js';
import { NODE_BYTES, NODE_FEATURE, NODE_LEFT, NODE_RIGHT, NODE_VALUE } from './plan-format.js';
import { preorder, type RootedTree } from './rooted-tree.js';

/** Bytes of a tree as nodes. */
export function nodeTreeBytes(tree: RootedTree): number {
  return preorder(tree).length * NODE_BYTES;
}

/** Writes a tree as nodes in preorder, the root first. @returns the address after the last node */
export function writeNodeTree(views: MemoryViews, rooted: RootedTree, address: number): number {
  const { tree } = rooted;
  const nodes = preorder(rooted);
  const addressOf = new Map(nodes.map((node, i) => [node, address + i * NODE_BYTES]));
  nodes.forEach((node, i) => {
    const at = address + i * NODE_BYTES;
    views.floats[(at + NODE_VALUE) >>> 2] = tree.value[node]!;
    views.words[(at + NODE_FEATURE) >>> 2] = 4 * tree.feature[node]! + 1 - tree.missingLeft[node]!;
    // The child of a leaf is the leaf.
    views.words[(at + NODE_LEFT) >>> 2] = addressOf.get(tree.left[node]!) ?? at;
    views.words[(at + NODE_RIGHT) >>> 2] = addressOf.get(tree.right[node]!) ?? at;
  });
  return address + nodes.length * NODE_BYTES;
}

// Walks node trees: trees of any shape, with the thresholds themselves.
import {
  NODE_FEATURE, NODE_LEFT, NODE_VALUE, TREE_ADDRESS, TREE_REFERENCE_BYTES, TREE_SUMS,
} from '../layout/plan-format';

/** Address of the child that a row goes to. The child of a leaf is the leaf. */
// @ts-ignore: decorator
@inline
function childOf(node: usize, row: usize): usize {
  const feature = load<u32>(node, NODE_FEATURE);
  const value = load<f32>(row + (feature & ~1));
  const isRight = u32(value >= load<f32>(node, NODE_VALUE)) | (u32(value != value) & feature);
  return load<u32>(node + (isRight << 2), NODE_LEFT);
}

/** Address of the leaf that a row reaches. */
export function leafOf(root: usize, row: usize): usize {
  let node = root;
  for (let child = childOf(node, row); child != node; child = childOf(node, row)) node = child;
  return node;
}

/** Adds the margin of a leaf to a sum. */
// @ts-ignore: decorator
@inline
function addLeaf(leaf: usize, sum: usize): void {
  store<f32>(sum, load<f32>(sum) + load<f32>(leaf, NODE_VALUE));
}

/** Adds four leaves to four sums, in this order. The four walk at once: their loads do not depend on each other. */
// @ts-ignore: decorator
@inline
function addFour(
  node0: usize, node1: usize, node2: usize, node3: usize, row0: usize, row1: usize, row2: usize, row3: usize,
  sum0: usize, sum1: usize, sum2: usize, sum3: usize,
): void {
  for (let moved: usize = 1; moved != 0; ) {
    const child0 = childOf(node0, row0), child1 = childOf(node1, row1), child2 = childOf(node2, row2), child3 = childOf(node3, row3);
    moved = (child0 ^ node0) | (child1 ^ node1) | (child2 ^ node2) | (child3 ^ node3);
    node0 = child0;
    node1 = child1;
    node2 = child2;
    node3 = child3;
  }
  addLeaf(node0, sum0);
  addLeaf(node1, sum1);
  addLeaf(node2, sum2);
  addLeaf(node3, sum3);
}

// @ts-ignore: decorator
@inline
function rootOf(trees: usize, tree: u32): usize {
  return load<u32>(trees + tree * TREE_REFERENCE_BYTES, TREE_ADDRESS);
}

// @ts-ignore: decorator
@inline
function sumsOf(trees: usize, tree: u32): usize {
  return load<u32>(trees + tree * TREE_REFERENCE_BYTES, TREE_SUMS);
}

/** Adds the leaves that a row reaches in `treeCount` trees, four trees at a time. @param sums address of its first sum */
function walkRow(trees: usize, treeCount: u32, row: usize, sums: usize): void {
  const end = trees + treeCount * TREE_REFERENCE_BYTES;
  for (const last = trees + (treeCount & ~3) * TREE_REFERENCE_BYTES; trees < last; trees += 4 * TREE_REFERENCE_BYTES) {
    addFour(
      rootOf(trees, 0), rootOf(trees, 1), rootOf(trees, 2), rootOf(trees, 3), row, row, row, row,
      sums + sumsOf(trees, 0), sums + sumsOf(trees, 1), sums + sumsOf(trees, 2), sums + sumsOf(trees, 3),
    );
  }
  for (; trees < end; trees += TREE_REFERENCE_BYTES) addLeaf(leafOf(rootOf(trees, 0), row), sums + sumsOf(trees, 0));
}

/** Blocks of fewer rows pass all trees row by row: their nodes are not in the cache, so four trees wait for memory at once. */
const BY_TREE_MIN_ROWS: u32 = 16;

/**
 * Adds the leaves of `treeCount` trees to the sums of a block: tree by tree for four rows at a time, then row by row for the others.
 * @param trees tree references
 * @param rows addresses of the rows
 */
export function walkNodes(trees: usize, treeCount: u32, rows: usize, count: u32, sums: usize): void {
  const fours: u32 = count < BY_TREE_MIN_ROWS ? 0 : count & ~3;
  for (let tree: u32 = 0; tree < treeCount; tree++) {
    const root = rootOf(trees, tree);
    let sum = sums + sumsOf(trees, tree);
    for (let row = rows, end = rows + (fours << 2); row < end; row += 16, sum += 16) {
      addFour(
        root, root, root, root, load<u32>(row), load<u32>(row, 4), load<u32>(row, 8), load<u32>(row, 12),
        sum, sum + 4, sum + 8, sum + 12,
      );
    }
  }
  for (let row = fours; row < count; row++) walkRow(trees, treeCount, load<u32>(rows + (row << 2)), sums + (row << 2));
}

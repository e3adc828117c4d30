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

/**
 * Adds the leaves of `treeCount` trees to the sums of a block. Four rows walk at once: their loads do not depend on each other.
 * @param trees tree references
 * @param rows addresses of the rows
 */
export function walkNodes(trees: usize, treeCount: u32, rows: usize, count: u32, sums: usize): void {
  for (const last = trees + treeCount * TREE_REFERENCE_BYTES; trees < last; trees += TREE_REFERENCE_BYTES) {
    const root: usize = load<u32>(trees, TREE_ADDRESS);
    let sum = sums + load<u32>(trees, TREE_SUMS);
    let row = rows;
    for (const end = rows + ((count & ~3) << 2); row < end; row += 16, sum += 16) addFour(root, row, sum);
    for (const end = rows + (count << 2); row < end; row += 4, sum += 4) {
      store<f32>(sum, load<f32>(sum) + load<f32>(leafOf(root, load<u32>(row)), NODE_VALUE));
    }
  }
}

/** Adds the leaves of one tree to the sums of four rows. */
// @ts-ignore: decorator
@inline
function addFour(root: usize, rows: usize, sums: usize): void {
  const row0: usize = load<u32>(rows), row1: usize = load<u32>(rows, 4);
  const row2: usize = load<u32>(rows, 8), row3: usize = load<u32>(rows, 12);
  let node0 = root, node1 = root, node2 = root, node3 = root;
  for (let moved: usize = 1; moved != 0; ) {
    const child0 = childOf(node0, row0), child1 = childOf(node1, row1), child2 = childOf(node2, row2), child3 = childOf(node3, row3);
    moved = (child0 ^ node0) | (child1 ^ node1) | (child2 ^ node2) | (child3 ^ node3);
    node0 = child0;
    node1 = child1;
    node2 = child2;
    node3 = child3;
  }
  store<f32>(sums, load<f32>(sums) + load<f32>(node0, NODE_VALUE));
  store<f32>(sums, load<f32>(sums, 4) + load<f32>(node1, NODE_VALUE), 4);
  store<f32>(sums, load<f32>(sums, 8) + load<f32>(node2, NODE_VALUE), 8);
  store<f32>(sums, load<f32>(sums, 12) + load<f32>(node3, NODE_VALUE), 12);
}

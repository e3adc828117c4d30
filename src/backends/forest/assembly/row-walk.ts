// Walks block trees row by row, for blocks of a few rows. Four trees at a time: each step waits for two loads, and the steps of the
// other trees fill that time.
import { BLOCK_TREE_DEPTH, TREE_ADDRESS, TREE_LEAVES, TREE_REFERENCE_BYTES, TREE_SPLITS, TREE_SUMS } from '../layout/plan-format';

/** Number of the child that a row goes to, in heap order. */
// @ts-ignore: decorator
@inline
function childOf(tree: usize, codes: usize, node: u32): u32 {
  const split: u32 = load<u16>(tree + (node << 1), TREE_SPLITS);
  return (node << 1) + u32(<i32>load<i8>(codes + (split >> 8)) > <i32>(<i8>split));
}

/** Adds the leaf with a number in heap order, 256 to 511, to a sum. */
// @ts-ignore: decorator
@inline
function addLeaf(tree: usize, leaf: u32, sum: usize): void {
  store<f32>(sum, load<f32>(sum) + load<f32>(tree + ((leaf - 256) << 2), TREE_LEAVES));
}

/** Adds the leaves of four trees to the sums of `count` rows. */
// @ts-ignore: decorator
@inline
function walkFour(trees: usize, codes: usize, count: u32, sums: usize): void {
  const treeA: usize = load<u32>(trees, TREE_ADDRESS), treeB: usize = load<u32>(trees, TREE_REFERENCE_BYTES + TREE_ADDRESS);
  const treeC: usize = load<u32>(trees, 2 * TREE_REFERENCE_BYTES + TREE_ADDRESS);
  const treeD: usize = load<u32>(trees, 3 * TREE_REFERENCE_BYTES + TREE_ADDRESS);
  const sumA = load<u32>(trees, TREE_SUMS), sumB = load<u32>(trees, TREE_REFERENCE_BYTES + TREE_SUMS);
  const sumC = load<u32>(trees, 2 * TREE_REFERENCE_BYTES + TREE_SUMS), sumD = load<u32>(trees, 3 * TREE_REFERENCE_BYTES + TREE_SUMS);
  for (const end = sums + (count << 2); sums < end; sums += 4, codes += 256) {
    let a: u32 = 1, b: u32 = 1, c: u32 = 1, d: u32 = 1;
    for (let level = 0; level < BLOCK_TREE_DEPTH; level++) {
      a = childOf(treeA, codes, a);
      b = childOf(treeB, codes, b);
      c = childOf(treeC, codes, c);
      d = childOf(treeD, codes, d);
    }
    addLeaf(treeA, a, sums + sumA);
    addLeaf(treeB, b, sums + sumB);
    addLeaf(treeC, c, sums + sumC);
    addLeaf(treeD, d, sums + sumD);
  }
}

/** Adds the leaves of one tree to the sums of `count` rows. */
function walkOne(tree: usize, codes: usize, count: u32, sums: usize): void {
  for (const end = sums + (count << 2); sums < end; sums += 4, codes += 256) {
    let node: u32 = 1;
    for (let level = 0; level < BLOCK_TREE_DEPTH; level++) node = childOf(tree, codes, node);
    addLeaf(tree, node, sums);
  }
}

/**
 * Adds the leaves of `treeCount` trees to the sums of `count` rows.
 * @param trees tree references
 * @param codes 256 codes per row
 */
export function walkRows(trees: usize, treeCount: u32, codes: usize, count: u32, sums: usize): void {
  const end = trees + treeCount * TREE_REFERENCE_BYTES;
  for (const last = trees + (treeCount & ~3) * TREE_REFERENCE_BYTES; trees < last; trees += 4 * TREE_REFERENCE_BYTES) {
    walkFour(trees, codes, count, sums);
  }
  for (; trees < end; trees += TREE_REFERENCE_BYTES) {
    walkOne(load<u32>(trees, TREE_ADDRESS), codes, count, sums + load<u32>(trees, TREE_SUMS));
  }
}

// Walks block trees row by row, for blocks of a few rows. Four trees at a time: each step waits for two loads, and the steps of the
// other trees fill that time.
import {
  BLOCK_TREE_DEPTH, TOP_SPLITS_BYTES, TREE_ADDRESS, TREE_BYTES, TREE_LEAVES, TREE_LEVEL_7, TREE_REFERENCE_BYTES, TREE_SUMS,
} from '../layout/plan-format';

/** Number of the child that a row goes to, in heap order. @param split column << 8 | threshold */
// @ts-ignore: decorator
@inline
function childOf(split: u32, codes: usize, node: u32): u32 {
  return (node << 1) + u32(<i32>load<i8>(codes + (split >> 8)) > <i32>(<i8>split));
}

/** Adds the leaf of one tree to a sum. @param node number of the level-7 node, 128 to 255 */
// @ts-ignore: decorator
@inline
function addLeaf(tree: usize, codes: usize, node: u32, sum: usize): void {
  const leaf = childOf(load<u16>(tree + ((node - 128) << 1), TREE_LEVEL_7), codes, node) - 256;
  store<f32>(sum, load<f32>(sum) + load<f32>(tree + (leaf << 2), TREE_LEAVES));
}

/** Adds the leaves of four trees to the sums of `count` rows. */
// @ts-ignore: decorator
@inline
function walkFour(trees: usize, splits: usize, codes: usize, count: u32, sums: usize): void {
  const tree: usize = load<u32>(trees, TREE_ADDRESS);
  const sumA = load<u32>(trees, TREE_SUMS), sumB = load<u32>(trees, TREE_REFERENCE_BYTES + TREE_SUMS);
  const sumC = load<u32>(trees, 2 * TREE_REFERENCE_BYTES + TREE_SUMS), sumD = load<u32>(trees, 3 * TREE_REFERENCE_BYTES + TREE_SUMS);
  for (const end = sums + (count << 2); sums < end; sums += 4, codes += 256) {
    let a: u32 = 1, b: u32 = 1, c: u32 = 1, d: u32 = 1;
    for (let level = 0; level < BLOCK_TREE_DEPTH - 1; level++) {
      a = childOf(load<u16>(splits + (a << 1)), codes, a);
      b = childOf(load<u16>(splits + (b << 1), TOP_SPLITS_BYTES), codes, b);
      c = childOf(load<u16>(splits + (c << 1), 2 * TOP_SPLITS_BYTES), codes, c);
      d = childOf(load<u16>(splits + (d << 1), 3 * TOP_SPLITS_BYTES), codes, d);
    }
    addLeaf(tree, codes, a, sums + sumA);
    addLeaf(tree + TREE_BYTES, codes, b, sums + sumB);
    addLeaf(tree + 2 * TREE_BYTES, codes, c, sums + sumC);
    addLeaf(tree + 3 * TREE_BYTES, codes, d, sums + sumD);
  }
}

/** Adds the leaves of one tree to the sums of `count` rows. */
// @ts-ignore: decorator
@inline
function walkOne(tree: usize, splits: usize, codes: usize, count: u32, sums: usize): void {
  for (const end = sums + (count << 2); sums < end; sums += 4, codes += 256) {
    let node: u32 = 1;
    for (let level = 0; level < BLOCK_TREE_DEPTH - 1; level++) node = childOf(load<u16>(splits + (node << 1)), codes, node);
    addLeaf(tree, codes, node, sums);
  }
}

/**
 * Adds the leaves of `treeCount` trees to the sums of `count` rows.
 * @param trees tree references
 * @param splits top splits of the first tree; those of the others follow
 * @param codes 256 codes per row
 */
export function walkRows(trees: usize, treeCount: u32, splits: usize, codes: usize, count: u32, sums: usize): void {
  const end = trees + treeCount * TREE_REFERENCE_BYTES;
  for (const last = trees + (treeCount & ~3) * TREE_REFERENCE_BYTES; trees < last; trees += 4 * TREE_REFERENCE_BYTES) {
    walkFour(trees, splits, codes, count, sums);
    splits += 4 * TOP_SPLITS_BYTES;
  }
  for (; trees < end; trees += TREE_REFERENCE_BYTES, splits += TOP_SPLITS_BYTES) {
    walkOne(load<u32>(trees, TREE_ADDRESS), splits, codes, count, sums + load<u32>(trees, TREE_SUMS));
  }
}

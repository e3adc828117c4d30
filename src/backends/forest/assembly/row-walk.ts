// Walks block trees row by row, for blocks of a few rows. A row waits for memory most of the time, so the loads of many trees are made
// to overlap: trees go in groups, and each step is taken in all trees of a group before the next.
import {
  BLOCK_TREE_DEPTH, TOP_SPLITS_BYTES, TREE_ADDRESS, TREE_BYTES, TREE_LEAVES, TREE_LEVEL_7, TREE_REFERENCE_BYTES, TREE_SUMS,
} from '../layout/plan-format';

/** Trees of a group. */
const GROUP_TREES: u32 = 32;

/** Number of the child that a row goes to, in heap order. @param split column << 8 | threshold */
// @ts-ignore: decorator
@inline
function childOf(split: u32, codes: usize, node: u32): u32 {
  return (node << 1) + u32(<i32>load<i8>(codes + (split >> 8)) > <i32>(<i8>split));
}

/** Levels 0 to 6 of four trees. Writes the places of the level-7 nodes: 0 to 127, a byte each. */
// @ts-ignore: decorator
@inline
function walkTopOfFour(splits: usize, codes: usize, places: usize): void {
  let a: u32 = 1, b: u32 = 1, c: u32 = 1, d: u32 = 1;
  for (let level = 0; level < BLOCK_TREE_DEPTH - 1; level++) {
    a = childOf(load<u16>(splits + (a << 1)), codes, a);
    b = childOf(load<u16>(splits + (b << 1), TOP_SPLITS_BYTES), codes, b);
    c = childOf(load<u16>(splits + (c << 1), 2 * TOP_SPLITS_BYTES), codes, c);
    d = childOf(load<u16>(splits + (d << 1), 3 * TOP_SPLITS_BYTES), codes, d);
  }
  store<u8>(places, a - 128);
  store<u8>(places, b - 128, 1);
  store<u8>(places, c - 128, 2);
  store<u8>(places, d - 128, 3);
}

/** Levels 0 to 6 of one tree. */
// @ts-ignore: decorator
@inline
function walkTopOfOne(splits: usize, codes: usize, place: usize): void {
  let node: u32 = 1;
  for (let level = 0; level < BLOCK_TREE_DEPTH - 1; level++) node = childOf(load<u16>(splits + (node << 1)), codes, node);
  store<u8>(place, node - 128);
}

/** Levels 0 to 6 of a group. */
// @ts-ignore: decorator
@inline
function walkTops(splits: usize, treeCount: u32, codes: usize, places: usize): void {
  const fours = places + (treeCount & ~3), end = places + treeCount;
  for (; places < fours; places += 4, splits += 4 * TOP_SPLITS_BYTES) walkTopOfFour(splits, codes, places);
  for (; places < end; places++, splits += TOP_SPLITS_BYTES) walkTopOfOne(splits, codes, places);
}

/** Level 7 of a group. Writes the addresses of the leaves. */
// @ts-ignore: decorator
@inline
function walkLevel7(tree: usize, treeCount: u32, codes: usize, places: usize, leaves: usize): void {
  for (const end = places + treeCount; places < end; places++, leaves += 4, tree += TREE_BYTES) {
    const place: u32 = load<u8>(places);
    const leaf = childOf(load<u16>(tree + (place << 1), TREE_LEVEL_7), codes, place);
    store<u32>(leaves, <u32>(tree + (leaf << 2) + TREE_LEAVES));
  }
}

/** Adds the leaves of a group to the sums of a row. */
// @ts-ignore: decorator
@inline
function addLeaves(trees: usize, treeCount: u32, leaves: usize, sums: usize): void {
  for (const end = leaves + (treeCount << 2); leaves < end; leaves += 4, trees += TREE_REFERENCE_BYTES) {
    const sum = sums + load<u32>(trees, TREE_SUMS);
    store<f32>(sum, load<f32>(sum) + load<f32>(load<u32>(leaves)));
  }
}

/**
 * Adds the leaves of `treeCount` trees to the sums of `count` rows.
 * @param trees tree references
 * @param splits top splits of the first tree; those of the others follow
 * @param codes 256 codes per row
 * @param scratch 5 * GROUP_TREES bytes
 */
export function walkRows(trees: usize, treeCount: u32, splits: usize, codes: usize, count: u32, sums: usize, scratch: usize): void {
  const places = scratch, leaves = scratch + GROUP_TREES;
  while (treeCount > 0) {
    const size = min<u32>(treeCount, GROUP_TREES);
    const tree: usize = load<u32>(trees, TREE_ADDRESS);
    for (let row: u32 = 0; row < count; row++) {
      const from = codes + (row << 8);
      walkTops(splits, size, from, places);
      walkLevel7(tree, size, from, places, leaves);
      addLeaves(trees, size, leaves, sums + (row << 2));
    }
    trees += size * TREE_REFERENCE_BYTES;
    splits += size * TOP_SPLITS_BYTES;
    treeCount -= size;
  }
}

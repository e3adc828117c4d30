// Walks block trees row by row, for blocks of a few rows. Without branches, so the CPU works on the next trees meanwhile.
import {
  TREE_ADDRESS, TREE_COLUMNS_4, TREE_COLUMNS_5, TREE_COLUMNS_6, TREE_LEAVES, TREE_LEVEL_7, TREE_REFERENCE_BYTES, TREE_SUMS,
  TREE_THRESHOLDS_4, TREE_THRESHOLDS_5, TREE_THRESHOLDS_6, TREE_TOP_COLUMNS, TREE_TOP_THRESHOLDS,
} from '../layout/plan-format';

// @ts-ignore: decorator
@inline
function isGreater(codes: usize, column: u32, threshold: i32): u32 {
  return u32(<i32>load<i8>(codes + column) > threshold);
}

/** Child of a node of levels 0 to 3, in heap order. */
// @ts-ignore: decorator
@inline
function topChild(tree: usize, codes: usize, node: u32): u32 {
  const column: u32 = load<u8>(tree + node, TREE_TOP_COLUMNS);
  return 2 * node + 1 + isGreater(codes, column, load<i8>(tree + node, TREE_TOP_THRESHOLDS));
}

/** Entry of a pair of xor tables; `mask` is -1 if the way is right, else 0. */
// @ts-ignore: decorator
@inline
function entryOf2(table: usize, mask: u32): u32 {
  return <u32>load<u8>(table) ^ (<u32>load<u8>(table, 16) & mask);
}

/** Entry of four xor tables. */
// @ts-ignore: decorator
@inline
function entryOf4(table: usize, mask4: u32, mask5: u32): u32 {
  return entryOf2(table, mask5) ^ (entryOf2(table + 32, mask5) & mask4);
}

/** Margin of the leaf that a row reaches. */
// @ts-ignore: decorator
@inline
function leafOf(tree: usize, codes: usize): f32 {
  let node = topChild(tree, codes, 0);
  node = topChild(tree, codes, node);
  node = topChild(tree, codes, node);
  node = topChild(tree, codes, node) - 15;
  const at = tree + node;
  const is4 = isGreater(codes, load<u8>(at, TREE_COLUMNS_4), load<i8>(at, TREE_THRESHOLDS_4)), mask4 = 0 - is4;
  const threshold5 = <i32>(<i8>entryOf2(at + TREE_THRESHOLDS_5, mask4));
  const is5 = isGreater(codes, entryOf2(at + TREE_COLUMNS_5, mask4), threshold5), mask5 = 0 - is5;
  const threshold6 = <i32>(<i8>entryOf4(at + TREE_THRESHOLDS_6, mask4, mask5));
  const is6 = isGreater(codes, entryOf4(at + TREE_COLUMNS_6, mask4, mask5), threshold6);
  node = (node << 3) | (is4 << 2) | (is5 << 1) | is6;
  const split: u32 = load<u16>(tree + (node << 1), TREE_LEVEL_7);
  const is7 = isGreater(codes, split >> 8, <i32>(<i8>split));
  return load<f32>(tree + (((node << 1) | is7) << 2), TREE_LEAVES);
}

/**
 * Adds the leaves of `treeCount` trees to the sums of `count` rows.
 * @param trees tree references
 * @param codes 256 codes per row
 */
export function walkRows(trees: usize, treeCount: u32, codes: usize, count: u32, sums: usize): void {
  for (const last = trees + treeCount * TREE_REFERENCE_BYTES; trees < last; trees += TREE_REFERENCE_BYTES) {
    const tree: usize = load<u32>(trees, TREE_ADDRESS);
    let sum = sums + load<u32>(trees, TREE_SUMS);
    let row = codes;
    for (const end = codes + (count << 8); row < end; row += 256, sum += 4) {
      store<f32>(sum, load<f32>(sum) + leafOf(tree, row));
    }
  }
}

// Walks block trees with a block of rows: 16 rows an instruction. The ways taken are kept as byte masks (all bits set: right).
import {
  BLOCK_ROWS, TREE_ADDRESS, TREE_BYTES, TREE_COLUMNS_4, TREE_COLUMNS_5, TREE_COLUMNS_6, TREE_LEAVES, TREE_LEVEL_7,
  TREE_REFERENCE_BYTES, TREE_SUMS, TREE_THRESHOLDS_4, TREE_THRESHOLDS_5, TREE_THRESHOLDS_6, TREE_TOP_COLUMNS, TREE_TOP_THRESHOLDS,
} from '../layout/plan-format';

/** Mask of the 16 rows at `codes` that go right. */
// @ts-ignore: decorator
@inline
function goesRight(codes: usize, thresholds: v128): v128 {
  return i8x16.gt_s(v128.load(codes), thresholds);
}

/** `right` where the mask is set, else `left`. */
// @ts-ignore: decorator
@inline
function select(right: v128, left: v128, mask: v128): v128 {
  return v128.bitselect(right, left, mask);
}

/** Entries of a table of 16 bytes, by indices from 0 to 15. */
// @ts-ignore: decorator
@inline
function lookUp(table: v128, indices: v128): v128 {
  return i8x16.relaxed_swizzle(table, indices);
}

/** Number of the child: 2p, or 2p + 1 where the mask is set. */
// @ts-ignore: decorator
@inline
function childOf(p: v128, mask: v128): v128 {
  return i8x16.sub(i8x16.add(p, p), mask);
}

/** Entry of level 5: the second table holds xors of the two children, and is applied where the mask is set. */
// @ts-ignore: decorator
@inline
function lookUpOf2(first: v128, second: v128, p: v128, mask: v128): v128 {
  return v128.xor(lookUp(first, p), v128.and(lookUp(second, p), mask));
}

/** Stores 16 column numbers as the 16-bit offsets of these columns of codes: number * BLOCK_ROWS. */
// @ts-ignore: decorator
@inline
function storeOffsets(to: usize, columns: v128): void {
  const zero = i8x16.splat(0);
  v128.store(to, i8x16.shuffle(zero, columns, 0, 16, 0, 17, 0, 18, 0, 19, 0, 20, 0, 21, 0, 22, 0, 23));
  v128.store(to, i8x16.shuffle(zero, columns, 0, 24, 0, 25, 0, 26, 0, 27, 0, 28, 0, 29, 0, 30, 0, 31), 16);
}

/** Fetches the code of each row from the column of its node. */
// @ts-ignore: decorator
@inline
function gatherCodes(codes: usize, offsets: usize, to: usize, count: u32): void {
  for (const end = codes + count; codes < end; codes += 8, offsets += 16, to += 8) {
    store<u8>(to, load<u8>(codes + load<u16>(offsets)));
    store<u8>(to, load<u8>(codes + load<u16>(offsets, 2), 1), 1);
    store<u8>(to, load<u8>(codes + load<u16>(offsets, 4), 2), 2);
    store<u8>(to, load<u8>(codes + load<u16>(offsets, 6), 3), 3);
    store<u8>(to, load<u8>(codes + load<u16>(offsets, 8), 4), 4);
    store<u8>(to, load<u8>(codes + load<u16>(offsets, 10), 5), 5);
    store<u8>(to, load<u8>(codes + load<u16>(offsets, 12), 6), 6);
    store<u8>(to, load<u8>(codes + load<u16>(offsets, 14), 7), 7);
  }
}

/** Prefetches 6 of the 24 cache lines of a tree. A load whose value is dropped stays in the code, because it might trap. */
// @ts-ignore: decorator
@inline
function prefetch(at: usize): void {
  load<u8>(at);
  load<u8>(at, 64);
  load<u8>(at, 128);
  load<u8>(at, 192);
  load<u8>(at, 256);
  load<u8>(at, 320);
}

// @ts-ignore: decorator
@inline
function threshold(tree: usize, node: u32): v128 {
  return v128.load8_splat(tree + node, TREE_TOP_THRESHOLDS);
}

// @ts-ignore: decorator
@inline
function column(codes: usize, tree: usize, node: u32): usize {
  return codes + (<u32>load<u8>(tree + node, TREE_TOP_COLUMNS)) * BLOCK_ROWS;
}

/** Levels 0 to 3. Writes the numbers of the level-4 nodes, and the offsets of their columns. */
// @ts-ignore: decorator
@inline
function walkTop(tree: usize, codes: usize, count: u32, nodes: usize, offsets: usize): void {
  const t0 = threshold(tree, 0), t1 = threshold(tree, 1), t2 = threshold(tree, 2), t3 = threshold(tree, 3);
  const t4 = threshold(tree, 4), t5 = threshold(tree, 5), t6 = threshold(tree, 6), t7 = threshold(tree, 7);
  const t8 = threshold(tree, 8), t9 = threshold(tree, 9), t10 = threshold(tree, 10), t11 = threshold(tree, 11);
  const t12 = threshold(tree, 12), t13 = threshold(tree, 13), t14 = threshold(tree, 14);
  const c0 = column(codes, tree, 0), c1 = column(codes, tree, 1), c2 = column(codes, tree, 2), c3 = column(codes, tree, 3);
  const c4 = column(codes, tree, 4), c5 = column(codes, tree, 5), c6 = column(codes, tree, 6), c7 = column(codes, tree, 7);
  const c8 = column(codes, tree, 8), c9 = column(codes, tree, 9), c10 = column(codes, tree, 10), c11 = column(codes, tree, 11);
  const c12 = column(codes, tree, 12), c13 = column(codes, tree, 13), c14 = column(codes, tree, 14);
  const columns4 = v128.load(tree, TREE_COLUMNS_4);
  for (let row: u32 = 0; row < count; row += 16) {
    const b0 = goesRight(c0 + row, t0);
    const b1 = select(goesRight(c2 + row, t2), goesRight(c1 + row, t1), b0);
    const b2 = select(
      select(goesRight(c6 + row, t6), goesRight(c5 + row, t5), b1),
      select(goesRight(c4 + row, t4), goesRight(c3 + row, t3), b1),
      b0,
    );
    const b3 = select(
      select(
        select(goesRight(c14 + row, t14), goesRight(c13 + row, t13), b2),
        select(goesRight(c12 + row, t12), goesRight(c11 + row, t11), b2),
        b1,
      ),
      select(
        select(goesRight(c10 + row, t10), goesRight(c9 + row, t9), b2),
        select(goesRight(c8 + row, t8), goesRight(c7 + row, t7), b2),
        b1,
      ),
      b0,
    );
    // A mask is -1 in each byte, so the sum counts down; the sign is turned at the end.
    const twice = i8x16.add(i8x16.add(b0, b0), b1);
    const fourTimes = i8x16.add(i8x16.add(twice, twice), b2);
    const node = i8x16.neg(i8x16.add(i8x16.add(fourTimes, fourTimes), b3));
    v128.store(nodes + row, node);
    storeOffsets(offsets + (row << 1), lookUp(columns4, node));
  }
}

/** Level 4. Writes the masks of the ways taken, and the offsets of the columns of level 5. */
// @ts-ignore: decorator
@inline
function walkLevel4(tree: usize, found: usize, count: u32, nodes: usize, offsets: usize, masks4: usize): void {
  const thresholds = v128.load(tree, TREE_THRESHOLDS_4);
  const columns0 = v128.load(tree, TREE_COLUMNS_5), columns1 = v128.load(tree, TREE_COLUMNS_5 + 16);
  for (let row: u32 = 0; row < count; row += 16) {
    const node = v128.load(nodes + row), mask = goesRight(found + row, lookUp(thresholds, node));
    v128.store(masks4 + row, mask);
    storeOffsets(offsets + (row << 1), lookUpOf2(columns0, columns1, node, mask));
  }
}

/** Level 5, in the same way. */
// @ts-ignore: decorator
@inline
function walkLevel5(tree: usize, found: usize, count: u32, nodes: usize, offsets: usize, masks4: usize, masks5: usize): void {
  const thresholds0 = v128.load(tree, TREE_THRESHOLDS_5), thresholds1 = v128.load(tree, TREE_THRESHOLDS_5 + 16);
  const columns0 = v128.load(tree, TREE_COLUMNS_6), columns1 = v128.load(tree, TREE_COLUMNS_6 + 16);
  const columns2 = v128.load(tree, TREE_COLUMNS_6 + 32), columns3 = v128.load(tree, TREE_COLUMNS_6 + 48);
  for (let row: u32 = 0; row < count; row += 16) {
    const node = v128.load(nodes + row), mask4 = v128.load(masks4 + row);
    const mask = goesRight(found + row, lookUpOf2(thresholds0, thresholds1, node, mask4));
    v128.store(masks5 + row, mask);
    const left = lookUpOf2(columns0, columns1, node, mask), right = lookUpOf2(columns2, columns3, node, mask);
    storeOffsets(offsets + (row << 1), v128.xor(left, v128.and(mask4, right)));
  }
}

/** Level 6. Writes the numbers of the level-7 nodes. */
// @ts-ignore: decorator
@inline
function walkLevel6(tree: usize, found: usize, count: u32, nodes: usize, masks4: usize, masks5: usize): void {
  const thresholds0 = v128.load(tree, TREE_THRESHOLDS_6), thresholds1 = v128.load(tree, TREE_THRESHOLDS_6 + 16);
  const thresholds2 = v128.load(tree, TREE_THRESHOLDS_6 + 32), thresholds3 = v128.load(tree, TREE_THRESHOLDS_6 + 48);
  for (let row: u32 = 0; row < count; row += 16) {
    const node = v128.load(nodes + row), mask4 = v128.load(masks4 + row), mask5 = v128.load(masks5 + row);
    const left = lookUpOf2(thresholds0, thresholds1, node, mask5), right = lookUpOf2(thresholds2, thresholds3, node, mask5);
    const mask = goesRight(found + row, v128.xor(left, v128.and(mask4, right)));
    v128.store(nodes + row, childOf(childOf(childOf(node, mask4), mask5), mask));
  }
}

/** Level 7 and the leaves, a row at a time. */
// @ts-ignore: decorator
@inline
function addLeaves(tree: usize, codes: usize, count: u32, nodes: usize, sums: usize): void {
  for (let row: u32 = 0; row < count; row++, sums += 4) {
    const node: u32 = load<u8>(nodes + row);
    const split: u32 = load<u16>(tree + (node << 1), TREE_LEVEL_7);
    const isRight = u32(<i32>load<i8>(codes + row + (split & 0xff00)) > <i32>(<i8>split));
    store<f32>(sums, load<f32>(sums) + load<f32>(tree + (((node << 1) + isRight) << 2), TREE_LEAVES));
  }
}

/**
 * Adds the leaves of `treeCount` trees to the sums of a block.
 * @param trees tree references
 * @param codes BLOCK_ROWS codes per column
 * @param scratch 6 * BLOCK_ROWS bytes
 */
export function walkBlock(trees: usize, treeCount: u32, codes: usize, count: u32, sums: usize, scratch: usize): void {
  const nodes = scratch, offsets = scratch + BLOCK_ROWS, found = offsets + 2 * BLOCK_ROWS;
  const masks4 = found + BLOCK_ROWS, masks5 = masks4 + BLOCK_ROWS;
  for (const last = trees + treeCount * TREE_REFERENCE_BYTES; trees < last; trees += TREE_REFERENCE_BYTES) {
    const tree: usize = load<u32>(trees, TREE_ADDRESS), next = tree + TREE_BYTES;
    prefetch(next);
    walkTop(tree, codes, count, nodes, offsets);
    gatherCodes(codes, offsets, found, count);
    prefetch(next + 384);
    walkLevel4(tree, found, count, nodes, offsets, masks4);
    gatherCodes(codes, offsets, found, count);
    prefetch(next + 768);
    walkLevel5(tree, found, count, nodes, offsets, masks4, masks5);
    gatherCodes(codes, offsets, found, count);
    prefetch(next + 1152);
    walkLevel6(tree, found, count, nodes, masks4, masks5);
    addLeaves(tree, codes, count, nodes, sums + load<u32>(trees, TREE_SUMS));
  }
}

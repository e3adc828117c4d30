// The forest kernel. It has no data segment, no stack and no allocation: any number of threads may run it on one shared memory, each
// with its own scratch.
import { walkBlock } from './block-walk';
import { walkNodes } from './node-walk';
import { sortByRoute } from './routes';
import { walkRows } from './row-walk';
import { codeBlock, codeRows, rankBlock, recodeBlock, recodeRows } from './search';
import { finishSums, startSums } from './sums';
import {
  BLOCK_ROWS, BLOCK_WALK_MIN_ROWS, CHUNK_TREES, KIND_NODES, KIND_SEARCHED, PACK_BYTES, PACK_COLUMNS, PACK_COLUMN_COUNT, PACK_KIND,
  PACK_TOP_SPLITS, PACK_TREES, PACK_TREE_COUNT,
  PIECE_ROWS, PLAN_CODES_AT, PLAN_CODE_BYTES, PLAN_FEATURES, PLAN_OUTPUTS, PLAN_POSITIONS_AT, PLAN_RANKS_AT, PLAN_RANK_BYTES,
  PLAN_ROUTES, PLAN_ROUTE_COUNT, ROUTE_BYTES, ROUTE_COLUMNS, ROUTE_COLUMN_COUNT, ROUTE_PACKS, ROUTE_PACK_COUNT, SCRATCH_OUTS,
  SCRATCH_ROWS, SCRATCH_SUMS, SCRATCH_WALK, TOP_SPLITS_BYTES, TREE_REFERENCE_BYTES,
} from '../layout/plan-format';

/**
 * Computes `rowCount` rows.
 * @param plan address of the plan
 * @param rows address of the rows, PLAN_FEATURES floats each
 * @param outs address of the outputs, PLAN_OUTPUTS floats per row
 * @param scratch address of the scratch of this thread
 */
export function predict(plan: usize, rows: usize, rowCount: u32, outs: usize, scratch: usize): void {
  const rowBytes = load<u32>(plan, PLAN_FEATURES) << 2, outBytes = load<u32>(plan, PLAN_OUTPUTS) << 2;
  while (rowCount > 0) {
    const count = min<u32>(rowCount, PIECE_ROWS);
    predictPiece(plan, rows, count, outs, scratch);
    rows += count * rowBytes;
    outs += count * outBytes;
    rowCount -= count;
  }
}

function predictPiece(plan: usize, rows: usize, count: u32, outs: usize, scratch: usize): void {
  sortByRoute(plan, rows, count, outs, scratch);
  let first: u32 = 0;
  let route: usize = load<u32>(plan, PLAN_ROUTES), positions = scratch + load<u32>(plan, PLAN_POSITIONS_AT);
  for (const end = route + load<u32>(plan, PLAN_ROUTE_COUNT) * ROUTE_BYTES; route < end; route += ROUTE_BYTES, positions += 4) {
    const next = load<u32>(positions);
    if (next > first) predictRoute(plan, route, first, next - first, scratch);
    first = next;
  }
}

/** Computes the rows of one route: positions `first` to `first + count - 1`. */
function predictRoute(plan: usize, route: usize, first: u32, count: u32, scratch: usize): void {
  const rows = scratch + SCRATCH_ROWS + (first << 2), outs = scratch + SCRATCH_OUTS + (first << 2), sums = scratch + SCRATCH_SUMS;
  const sumBytes = load<u32>(plan, PLAN_OUTPUTS) * (4 * BLOCK_ROWS), rankBytes = load<u32>(plan, PLAN_RANK_BYTES);
  const ranks = scratch + load<u32>(plan, PLAN_RANKS_AT), columnCount = load<u32>(route, ROUTE_COLUMN_COUNT);
  const blockCount = (count + BLOCK_ROWS - 1) / BLOCK_ROWS;
  for (let block: u32 = 0; block < blockCount; block++) {
    const size = sizeOf(block, count), from = rows + block * (4 * BLOCK_ROWS);
    startSums(plan, size, sums + block * sumBytes);
    rankBlock(from, size, load<u32>(route, ROUTE_COLUMNS), columnCount, ranks + block * rankBytes);
  }
  let pack: usize = load<u32>(route, ROUTE_PACKS);
  for (const end = pack + load<u32>(route, ROUTE_PACK_COUNT) * PACK_BYTES; pack < end; pack += PACK_BYTES) {
    addPack(plan, pack, rows, count, scratch);
  }
  for (let block: u32 = 0; block < blockCount; block++) {
    finishSums(plan, sizeOf(block, count), sums + block * sumBytes, outs + block * (4 * BLOCK_ROWS));
  }
}

/** Adds the trees of a pack to the sums of all blocks. */
function addPack(plan: usize, pack: usize, rows: usize, count: u32, scratch: usize): void {
  const blockCount = (count + BLOCK_ROWS - 1) / BLOCK_ROWS, codeBytes = load<u32>(plan, PLAN_CODE_BYTES);
  const sumBytes = load<u32>(plan, PLAN_OUTPUTS) * (4 * BLOCK_ROWS), sums = scratch + SCRATCH_SUMS;
  const codes = scratch + load<u32>(plan, PLAN_CODES_AT), isNodes = load<u32>(pack, PACK_KIND) == KIND_NODES;
  if (!isNodes) {
    for (let block: u32 = 0; block < blockCount; block++) {
      const ranks = scratch + load<u32>(plan, PLAN_RANKS_AT) + block * load<u32>(plan, PLAN_RANK_BYTES);
      writeCodes(pack, rows + block * (4 * BLOCK_ROWS), ranks, sizeOf(block, count), codes + block * codeBytes);
    }
  }
  let trees: usize = load<u32>(pack, PACK_TREES), splits: usize = load<u32>(pack, PACK_TOP_SPLITS);
  for (let left = load<u32>(pack, PACK_TREE_COUNT); left > 0; ) {
    const treeCount = min<u32>(left, CHUNK_TREES);
    for (let block: u32 = 0; block < blockCount; block++) {
      const size = sizeOf(block, count), to = sums + block * sumBytes, from = codes + block * codeBytes;
      if (isNodes) walkNodes(trees, treeCount, rows + block * (4 * BLOCK_ROWS), size, to);
      else if (!isBlockWalk(size)) walkRows(trees, treeCount, splits, from, size, to, scratch + SCRATCH_WALK);
      else walkBlock(trees, treeCount, from, size, to, scratch + SCRATCH_WALK);
    }
    trees += treeCount * TREE_REFERENCE_BYTES;
    splits += treeCount * TOP_SPLITS_BYTES;
    left -= treeCount;
  }
}

/** Writes the codes of one block for the walk that its size gets. */
function writeCodes(pack: usize, rows: usize, ranks: usize, size: u32, codes: usize): void {
  const columnCount = load<u32>(pack, PACK_COLUMN_COUNT), columns: usize = load<u32>(pack, PACK_COLUMNS), isBlock = isBlockWalk(size);
  if (load<u32>(pack, PACK_KIND) == KIND_SEARCHED) {
    if (isBlock) codeBlock(rows, size, columns, columnCount, codes);
    else codeRows(rows, size, columns, columnCount, codes);
  } else if (isBlock) recodeBlock(ranks, size, columns, columnCount, codes);
  else recodeRows(ranks, size, columns, columnCount, codes);
}

/** Rows of a block of a route with `count` rows. */
// @ts-ignore: decorator
@inline
function sizeOf(block: u32, count: u32): u32 {
  return min<u32>(BLOCK_ROWS, count - block * BLOCK_ROWS);
}

/** True if the block walk computes a block of `size` rows; false for the row walk. */
// @ts-ignore: decorator
@inline
function isBlockWalk(size: u32): bool {
  return size >= <u32>BLOCK_WALK_MIN_ROWS;
}

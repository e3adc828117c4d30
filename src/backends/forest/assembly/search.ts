// Turns feature values into ranks and codes. The rank of a value is the number of thresholds of its column that are less than or
// equal to it. The code of a value is its rank in one pack, less 128, in one byte. Comparing codes gives the same result as comparing
// the values, because ranks keep the order.
import {
  BLOCK_ROWS, COLUMN_BYTES, COLUMN_FEATURE, COLUMN_LEVELS, COLUMN_MISSING, COLUMN_THRESHOLDS,
  RECODING_BYTES, RECODING_MAP, RECODING_RANKS,
} from '../layout/plan-format';

/** One step of a binary search: `rank`, or `rank + step` if the value reaches the last threshold of that half. */
// @ts-ignore: decorator
@inline
function step(thresholds: usize, rank: u32, step: u32, value: f32): u32 {
  return rank + (u32(load<f32>(thresholds + ((rank + step - 1) << 2)) <= value) * step);
}

// @ts-ignore: decorator
@inline
function rankOf4(thresholds: usize, from: u32, value: f32): u32 {
  let rank = step(thresholds, from, 8, value);
  rank = step(thresholds, rank, 4, value);
  rank = step(thresholds, rank, 2, value);
  return step(thresholds, rank, 1, value);
}

// @ts-ignore: decorator
@inline
function rankOf6(thresholds: usize, from: u32, value: f32): u32 {
  let rank = step(thresholds, from, 32, value);
  rank = step(thresholds, rank, 16, value);
  return rankOf4(thresholds, rank, value);
}

// @ts-ignore: decorator
@inline
function rankOf8(thresholds: usize, from: u32, value: f32): u32 {
  let rank = step(thresholds, from, 128, value);
  rank = step(thresholds, rank, 64, value);
  return rankOf6(thresholds, rank, value);
}

/** Rank of a value in a column of 10 or 12 levels. */
function rankOfMany(thresholds: usize, levels: u32, value: f32): u32 {
  let rank: u32 = 0;
  if (levels == 12) {
    rank = step(thresholds, rank, 2048, value);
    rank = step(thresholds, rank, 1024, value);
  }
  rank = step(thresholds, rank, 512, value);
  rank = step(thresholds, rank, 256, value);
  return rankOf8(thresholds, rank, value);
}

/**
 * Writes the codes of `count` rows.
 * @param rows addresses of the rows
 * @param rowStep bytes from the code of a row to that of the next
 * @param columnStep bytes from a column of codes to the next
 */
// @ts-ignore: decorator
@inline
function writeCodes(rows: usize, count: u32, columns: usize, columnCount: u32, out: usize, rowStep: u32, columnStep: u32): void {
  const end = rows + (count << 2);
  for (const last = columns + columnCount * COLUMN_BYTES; columns < last; columns += COLUMN_BYTES, out += columnStep) {
    const thresholds: usize = load<u32>(columns, COLUMN_THRESHOLDS);
    const feature = load<u32>(columns, COLUMN_FEATURE);
    const missing = load<u32>(columns, COLUMN_MISSING);
    const levels = load<u32>(columns, COLUMN_LEVELS);
    let to = out;
    if (levels == 8) {
      for (let row = rows; row < end; row += 4, to += rowStep) {
        const value = load<f32>(load<u32>(row) + feature);
        store<u8>(to, (value != value ? missing : rankOf8(thresholds, 0, value)) - 128);
      }
    } else if (levels == 6) {
      for (let row = rows; row < end; row += 4, to += rowStep) {
        const value = load<f32>(load<u32>(row) + feature);
        store<u8>(to, (value != value ? missing : rankOf6(thresholds, 0, value)) - 128);
      }
    } else {
      for (let row = rows; row < end; row += 4, to += rowStep) {
        const value = load<f32>(load<u32>(row) + feature);
        store<u8>(to, (value != value ? missing : rankOf4(thresholds, 0, value)) - 128);
      }
    }
  }
}

/** Codes for the block walk: BLOCK_ROWS bytes per column. */
export function codeBlock(rows: usize, count: u32, columns: usize, columnCount: u32, out: usize): void {
  writeCodes(rows, count, columns, columnCount, out, 1, BLOCK_ROWS);
}

/** Codes for the row walk: 256 bytes per row, one per column. */
export function codeRows(rows: usize, count: u32, columns: usize, columnCount: u32, out: usize): void {
  writeCodes(rows, count, columns, columnCount, out, 256, 1);
}

/** Writes the ranks of `count` rows as 16-bit numbers, BLOCK_ROWS per column. A missing value gets the column's COLUMN_MISSING. */
export function rankBlock(rows: usize, count: u32, columns: usize, columnCount: u32, out: usize): void {
  const end = rows + (count << 2);
  for (const last = columns + columnCount * COLUMN_BYTES; columns < last; columns += COLUMN_BYTES, out += 2 * BLOCK_ROWS) {
    const thresholds: usize = load<u32>(columns, COLUMN_THRESHOLDS);
    const feature = load<u32>(columns, COLUMN_FEATURE);
    const missing = load<u32>(columns, COLUMN_MISSING);
    const levels = load<u32>(columns, COLUMN_LEVELS);
    for (let row = rows, to = out; row < end; row += 4, to += 2) {
      const value = load<f32>(load<u32>(row) + feature);
      let rank: u32;
      if (levels > 8) rank = rankOfMany(thresholds, levels, value);
      else if (levels == 8) rank = rankOf8(thresholds, 0, value);
      else if (levels == 6) rank = rankOf6(thresholds, 0, value);
      else rank = rankOf4(thresholds, 0, value);
      store<u16>(to, value != value ? missing : rank);
    }
  }
}

/** Writes the codes of one pack from the ranks of the route. */
// @ts-ignore: decorator
@inline
function recode(ranks: usize, count: u32, recodings: usize, columnCount: u32, out: usize, rowStep: u32, columnStep: u32): void {
  for (const last = recodings + columnCount * RECODING_BYTES; recodings < last; recodings += RECODING_BYTES, out += columnStep) {
    const map: usize = load<u32>(recodings, RECODING_MAP);
    let from = ranks + load<u32>(recodings, RECODING_RANKS);
    let to = out;
    for (const end = from + (count << 1); from < end; from += 2, to += rowStep) store<u8>(to, load<u8>(map + load<u16>(from)));
  }
}

/** Codes of one pack for the block walk, from the ranks of the route. */
export function recodeBlock(ranks: usize, count: u32, recodings: usize, columnCount: u32, out: usize): void {
  recode(ranks, count, recodings, columnCount, out, 1, BLOCK_ROWS);
}

/** Codes of one pack for the row walk, from the ranks of the route. */
export function recodeRows(ranks: usize, count: u32, recodings: usize, columnCount: u32, out: usize): void {
  recode(ranks, count, recodings, columnCount, out, 256, 1);
}

import type { MemoryViews } from './arena.js';
import { writeRecord } from './arena.js';
import type { PackColumn } from './packs.js';
import {
  BLOCK_ROWS,
  COLUMN_BYTES,
  COLUMN_FEATURE,
  COLUMN_LEVELS,
  COLUMN_MISSING,
  COLUMN_THRESHOLDS,
  RECODING_BYTES,
  RECODING_MAP,
  RECODING_RANKS,
} from './plan-format.js';
import type { SortedThresholds } from './threshold-table.js';

/** A column that values are searched in. */
export interface SearchColumn {
  /** Number of the column: 2 * feature, or 2 * feature + 1 if missing values go right. */
  readonly column: number;
  /** Ascending. */
  readonly values: Float32Array;
  /** Result for a missing value. */
  readonly missing: number;
}

/** The kernel's searches have 4, 6, 8, 10 or 12 steps. */
const MIN_LEVELS = 4;
/** Most thresholds of a column that the kernel can search. */
export const MAX_RANKS = (1 << 12) - 1;
/** Code of a missing value that goes right, before 128 is subtracted: not less than any rank. */
export const MISSING_RIGHT = 255;

/** True if missing values of a column go right. */
export function goesRight(column: number): boolean {
  return (column & 1) === 1;
}

/** Bytes of columns with their thresholds. */
export function columnsBytes(columns: readonly SearchColumn[]): number {
  return columns.reduce((sum, { values }) => sum + COLUMN_BYTES + 4 * 2 ** levelsOf(values), 0);
}

/** Writes columns, and after them their thresholds. */
export function writeColumns(views: MemoryViews, columns: readonly SearchColumn[], address: number): void {
  let thresholds = address + columns.length * COLUMN_BYTES;
  columns.forEach(({ column, values, missing }, i) => {
    const levels = levelsOf(values);
    writeRecord(views, address + i * COLUMN_BYTES, [
      [COLUMN_FEATURE, 4 * (column >>> 1)],
      [COLUMN_THRESHOLDS, thresholds],
      [COLUMN_LEVELS, levels],
      [COLUMN_MISSING, missing],
    ]);
    views.floats.fill(Number.NaN, thresholds >>> 2, (thresholds >>> 2) + 2 ** levels);
    views.floats.set(values, thresholds >>> 2);
    thresholds += 4 * 2 ** levels;
  });
}

/** Bytes of the recodings of a pack. A map has an entry per rank, and one for a missing value that goes right. */
export function recodingsBytes(columns: readonly PackColumn[], { starts }: SortedThresholds): number {
  return columns.reduce(
    (sum, { column }) => sum + RECODING_BYTES + starts[column + 1]! - starts[column]! + 2,
    0,
  );
}

/**
 * Writes the recodings of a pack, and after them their maps.
 * @param rankedAt place of each column among the ranked columns of the route, by number of the column
 */
export function writeRecodings(
  views: MemoryViews,
  columns: readonly PackColumn[],
  { starts }: SortedThresholds,
  rankedAt: ReadonlyMap<number, number>,
  address: number,
): void {
  let map = address + columns.length * RECODING_BYTES;
  columns.forEach(({ column, positions }, i) => {
    writeRecord(views, address + i * RECODING_BYTES, [
      [RECODING_RANKS, 2 * BLOCK_ROWS * (rankedAt.get(column) ?? 0)],
      [RECODING_MAP, map],
    ]);
    const first = starts[column]!;
    const rankCount = starts[column + 1]! - first + 1;
    // Ranks r of the route with the same rank in the pack follow each other.
    let from = 0;
    for (let rank = 0; rank <= positions.length; rank += 1) {
      const end = rank < positions.length ? positions[rank]! - first + 1 : rankCount;
      for (; from < end; from += 1) views.bytes[map + from] = rank - 128;
    }
    views.bytes[map + rankCount] = MISSING_RIGHT - 128;
    map += rankCount + 1;
  });
}

/** Steps of the search among some thresholds: fewer than 2^steps. */
function levelsOf(values: Float32Array): number {
  let levels = MIN_LEVELS;
  while (values.length >= 2 ** levels) levels += 2;
  return levels;
}

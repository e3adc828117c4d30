/** Targets counted per record: reply, retweet, quote, like. */
export const SUM_COUNT = 4;

/** Number of values per horizon in a record: impressions, then the engagements of each target. */
export const HORIZON_VALUES = 1 + SUM_COUNT;

/** Name and half-life of the decay of a record's values. */
export interface Horizon {
  readonly name: string;
  /** Time after which an event counts half, in seconds. */
  readonly halfLifeS: number;
}

/** A copy of one record. */
export interface StatisticsRecord {
  keyLo: number;
  keyHi: number;
  /** Event time of the last update, Unix seconds. */
  timeS: number;
  /** Impressions and engagements, decayed to `timeS`: HORIZON_VALUES per horizon. */
  readonly values: Float64Array;
}

/**
 * Layout of a record: 16 bytes, and 40 bytes per horizon, with two views of the same shared memory:
 *
 *   byte   0      4      8          12       16      24           56  ...
 *          keyLo  keyHi  sequence   timeS    count   sums[0..3]   the next horizon
 *          int32  int32  int32      uint32   f64     4 x f64
 *
 * `sequence` is 0 in an empty record, odd during a write, and even otherwise. A reader that sees the same even number
 * before and after has read a complete record. Sums are doubles because a frequent key (a tweet type, a language) passes
 * 2^24 events, where a single-precision counter stops counting.
 */
export const HEADER_DOUBLES = 2;
export const INT_KEY_HI = 1;
export const INT_SEQUENCE = 2;
export const INT_TIME = 3;

/**
 * Words after the last record of a table, one cache line of int32: number of keys, and the latest event time (uint32, Unix
 * seconds). Records begin at byte 0 of the buffer, so that the position of a record is one multiplication.
 */
export const TOTAL_INTS = 16;
export const TOTAL_KEYS = 0;
export const TOTAL_LAST_EVENT = 1;

/** Share of the records that may be used before a table is rebuilt with more room or fewer keys. Keeps probe sequences short. */
export const MAX_LOAD = 0.6;
/** Fewest records of a table. */
export const SMALLEST_CAPACITY = 64;

/** Size of a record, in doubles. */
export function recordDoublesOf(horizonCount: number): number {
  return HEADER_DOUBLES + HORIZON_VALUES * horizonCount;
}

/** Shared memory of an empty table. @param capacity number of records, a power of two */
export function createTableBuffer(horizonCount: number, capacity: number): SharedArrayBuffer {
  return new SharedArrayBuffer(tableBytes(horizonCount, capacity));
}

/** Size of a table in bytes. */
export function tableBytes(horizonCount: number, capacity: number): number {
  return (
    capacity * recordDoublesOf(horizonCount) * Float64Array.BYTES_PER_ELEMENT +
    TOTAL_INTS * Int32Array.BYTES_PER_ELEMENT
  );
}

/** Number of records of a table whose `keyCount` keys fit without a rebuild. */
export function capacityFor(keyCount: number): number {
  let capacity = SMALLEST_CAPACITY;
  while (capacity * MAX_LOAD < keyCount) capacity *= 2;
  return capacity;
}

/** Number of records in a buffer. */
export function capacityOf(buffer: SharedArrayBuffer, horizonCount: number): number {
  return (buffer.byteLength - tableBytes(horizonCount, 0)) / (recordDoublesOf(horizonCount) * 8);
}

/** Decay rate of each horizon, per second. */
export function decayRatesOf(horizons: readonly Horizon[]): Float64Array {
  return Float64Array.from(horizons, ({ halfLifeS }) => Math.LN2 / halfLifeS);
}

import { withRoom } from '../pairs/column-growth.js';
import type { Hash64 } from '../pairs/murmur3.js';
import { HORIZON_VALUES, type StatisticsTable } from '../statistics/statistics-table.js';
import { hashKey, type KeySet } from './key-sets.js';
import { type ViewKind, writeView } from './statistics-views.js';

/** Look-up of one key in one table, and the values that the plan reads from the record. */
export interface LookUp {
  readonly keySet: KeySet;
  readonly table: StatisticsTable;
  readonly readings: readonly Reading[];
}

/** Values that a plan reads from one horizon of a record. */
export interface Reading {
  /** Position in the table's horizons. */
  readonly horizon: number;
  readonly views: readonly {
    readonly kind: ViewKind;
    /** Position of its first feature among the values of the row space. */
    readonly valueAt: number;
  }[];
}

/**
 * Values of the rows of one row space, and the keys of their statistics. The keys of many rows are collected first and looked up
 * together: the tables are far larger than the CPU caches, and independent look-ups overlap their memory latencies. The buffers
 * grow to the largest number of rows.
 */
export class EncodedRows {
  /** Row-major [rows, valueWidth]. */
  values = new Float32Array(0);
  /** Time of the statistics by row, Unix seconds. */
  asOfS = new Float64Array(0);
  /** Lanes of the key of each look-up, row-major [rows, look-ups, 2]. */
  private keys = new Int32Array(0);
  private readonly key: Hash64 = { lo: 0, hi: 0 };
  /** Values of the last record. */
  private readonly state = new Float64Array(HORIZON_VALUES);
  private readonly keyWidth: number;

  constructor(
    private readonly lookUps: readonly LookUp[],
    readonly valueWidth: number,
    private readonly priors: Float64Array,
  ) {
    this.keyWidth = lookUps.length * 2;
  }

  /** Allocates room for `rowCount` rows and keeps the current ones. */
  reserve(rowCount: number): void {
    this.values = withRoom(this.values, rowCount * this.valueWidth, Float32Array);
    this.asOfS = withRoom(this.asOfS, rowCount, Float64Array);
    this.keys = withRoom(this.keys, rowCount * this.keyWidth, Int32Array);
  }

  /** Sets the keys and the time of a row. @param lanes of the key components of the row */
  setKeys(row: number, lanes: Int32Array, asOfS: number): void {
    const { lookUps, key, keys } = this;
    this.asOfS[row] = asOfS;
    let at = row * this.keyWidth;
    for (let i = 0; i < lookUps.length; i += 1) {
      hashKey(lookUps[i]!.keySet, lanes, key);
      keys[at] = key.lo;
      keys[at + 1] = key.hi;
      at += 2;
    }
  }

  /** Looks up the statistics of rows [from .. to) and writes them into `values`. */
  lookUp(from: number, to: number): void {
    const { lookUps, keys, keyWidth } = this;
    for (let i = 0; i < lookUps.length; i += 1)
      lookUps[i]!.table.prefetch(keys, from * keyWidth + i * 2, keyWidth, to - from);
    for (let i = 0; i < lookUps.length; i += 1) this.lookUpOne(lookUps[i]!, i * 2, from, to);
  }

  private lookUpOne({ table, readings }: LookUp, keyOffset: number, from: number, to: number): void {
    const { keys, keyWidth, asOfS, state } = this;
    for (let row = from; row < to; row += 1) {
      const keyAt = row * keyWidth + keyOffset;
      const record = table.find(keys[keyAt]!, keys[keyAt + 1]!);
      for (let r = 0; r < readings.length; r += 1) {
        table.read(record, readings[r]!.horizon, asOfS[row]!, state);
        this.writeViews(readings[r]!, row);
      }
    }
  }

  private writeViews({ views }: Reading, row: number): void {
    const { state, priors, values, valueWidth } = this;
    for (let v = 0; v < views.length; v += 1) {
      const { kind, valueAt } = views[v]!;
      writeView(kind, state, priors, values, row * valueWidth + valueAt);
    }
  }
}

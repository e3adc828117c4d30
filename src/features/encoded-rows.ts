import { withRoom } from '../pairs/column-growth.js';
import type { Hash64 } from '../pairs/murmur3.js';
import { HORIZON_VALUES, type StatisticsTable } from '../statistics/statistics-table.js';
import { hashKey, type KeySet } from './key-sets.js';
import { type ViewKind, writeView } from './statistics-views.js';

/** One key that a plan looks up in one table, and what it reads there. */
export interface LookUp {
  readonly keySet: KeySet;
  readonly table: StatisticsTable;
  readonly readings: readonly Reading[];
}

/** What is read of one horizon of a record. */
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
 * Values of the rows of one row space, with the keys that their statistics are looked up by. Keys of many rows are
 * gathered first and looked up together: the tables are far larger than any cache, and look-ups that do not wait for each
 * other hide most of the way to memory. Buffers grow, and are the owner's to read.
 */
export class EncodedRows {
  /** Row-major [rows, valueWidth]. */
  values = new Float32Array(0);
  /** The time a row's statistics are of, Unix seconds. */
  asOfS = new Float64Array(0);
  /** Lanes of every look-up's key, row-major [rows, look-ups, 2]. */
  private keys = new Int32Array(0);
  private readonly key: Hash64 = { lo: 0, hi: 0 };
  /** Of the record last read. */
  private readonly state = new Float64Array(HORIZON_VALUES);
  private readonly keyWidth: number;

  constructor(
    private readonly lookUps: readonly LookUp[],
    readonly valueWidth: number,
    private readonly priors: Float64Array,
  ) {
    this.keyWidth = lookUps.length * 2;
  }

  /** Makes room for so many rows; those that are there stay. */
  reserve(rowCount: number): void {
    this.values = withRoom(this.values, rowCount * this.valueWidth, Float32Array);
    this.asOfS = withRoom(this.asOfS, rowCount, Float64Array);
    this.keys = withRoom(this.keys, rowCount * this.keyWidth, Int32Array);
  }

  /** Sets what a row is looked up by. @param lanes of its components */
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

  /** Looks rows [from .. to) up and writes what was asked for among their values. */
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

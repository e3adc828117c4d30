import type { Hash64 } from '../hashing/murmur3.js';
import type { StatisticsTable } from '../lookups/statistics-table.js';
import { SMOOTHING_WEIGHT } from '../lookups/statistics-tables.js';
import { hashKey, type KeyComponents } from './key-sets.js';

/** One key set that a plan looks up: where its encodings go in the values of its row space. */
export interface Encoding {
  /** Position in KEY_SETS. */
  readonly keySet: number;
  readonly table: StatisticsTable;
  /** Position of its first encoding among the values of its row space. */
  readonly valueAt: number;
}

/**
 * Values of the rows of one row space, with the keys that their encodings are looked up by. Keys of many rows are
 * gathered first and looked up together: the tables are far larger than any cache, and look-ups that do not wait for each
 * other hide most of the way to memory. Buffers grow, and are the owner's to read.
 */
export class EncodedRows {
  /** Row-major [rows, valueWidth]. */
  values = new Float32Array(0);
  /** The time a row's encodings are of, Unix seconds. */
  asOfS = new Float64Array(0);
  /** Lanes of every encoding's key, row-major [rows, encodings, 2]. */
  private keys = new Int32Array(0);
  private readonly key: Hash64 = { lo: 0, hi: 0 };
  private readonly keyWidth: number;

  constructor(
    private readonly encodings: readonly Encoding[],
    readonly valueWidth: number,
    private readonly priors: Float64Array,
  ) {
    this.keyWidth = encodings.length * 2;
  }

  /** Makes room for so many rows; those that are there stay. */
  reserve(rowCount: number): void {
    const capacity = this.asOfS.length;
    if (rowCount <= capacity) return;
    const larger = Math.max(rowCount, capacity * 2);
    const { values, asOfS, keys } = this;
    this.values = new Float32Array(larger * this.valueWidth);
    this.values.set(values);
    this.asOfS = new Float64Array(larger);
    this.asOfS.set(asOfS);
    this.keys = new Int32Array(larger * this.keyWidth);
    this.keys.set(keys);
  }

  /** Sets what a row is looked up by. */
  setKeys(row: number, components: KeyComponents, asOfS: number): void {
    const { encodings, key, keys } = this;
    this.asOfS[row] = asOfS;
    let at = row * this.keyWidth;
    for (let e = 0; e < encodings.length; e += 1) {
      hashKey(encodings[e]!.keySet, components, key);
      keys[at] = key.lo;
      keys[at + 1] = key.hi;
      at += 2;
    }
  }

  /** Gives row `to` the keys of row `from`, at another time. */
  copyKeys(from: number, to: number, asOfS: number): void {
    const { keyWidth } = this;
    this.keys.copyWithin(to * keyWidth, from * keyWidth, (from + 1) * keyWidth);
    this.asOfS[to] = asOfS;
  }

  /** Looks rows [from .. to) up and writes their encodings among their values. */
  encode(from: number, to: number): void {
    const { encodings, keys, keyWidth } = this;
    for (let e = 0; e < encodings.length; e += 1)
      encodings[e]!.table.touch(keys, from * keyWidth + e * 2, keyWidth, to - from);
    for (let e = 0; e < encodings.length; e += 1) this.encodeOne(encodings[e]!, e, from, to);
  }

  private encodeOne({ table, valueAt }: Encoding, e: number, from: number, to: number): void {
    const { keys, keyWidth, values, valueWidth, asOfS, priors } = this;
    for (let row = from; row < to; row += 1) {
      const keyAt = row * keyWidth + e * 2;
      const record = table.find(keys[keyAt]!, keys[keyAt + 1]!);
      table.smoothedRates(record, asOfS[row]!, priors, SMOOTHING_WEIGHT, values, row * valueWidth + valueAt);
    }
  }
}

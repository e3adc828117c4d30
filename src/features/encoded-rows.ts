import { withRoom } from '../pairs/column-growth.js';
import type { Hash64 } from '../pairs/murmur3.js';
import { HORIZON_VALUES } from '../statistics/record-layout.js';
import type { StatisticsTable } from '../statistics/statistics-table.js';
import { hashKey, type KeySet } from './key-sets.js';
import { type ViewKind, writeRates, writeSums } from './statistics-views.js';

/** Look-up of one key in one table, and the values that the plan reads from the record. */
export interface LookUp {
  readonly keySet: KeySet;
  readonly table: StatisticsTable;
  /** Horizons of the table that the plan reads, as positions in the table's horizons. */
  readonly horizons: Uint8Array;
  /**
   * Views of each kind, two numbers a view: position of the horizon's values among those that the look-up reads, and position of
   * the first feature among the values of the row space.
   */
  readonly views: Readonly<Record<ViewKind, Uint16Array>>;
  /** Positions of all features of the views among the values of the row space. */
  readonly valueAt: Uint16Array;
}

/** Keys of a look-up that are remembered, by their low bits: a power of two. */
const REMEMBERED_KEYS = 64;
const NO_ROW = -1;

/**
 * Values of the rows of one row space, and the keys of their statistics. The keys of many rows are collected first and looked up
 * together: the tables are far larger than the CPU caches, and independent look-ups overlap their memory latencies. A row whose key
 * and time an earlier row of the same look-up has gets a copy of its values. The buffers grow to the largest number of rows.
 */
export class EncodedRows {
  /** Row-major [rows, valueWidth]. */
  values = new Float32Array(0);
  /** Time of the statistics by row, Unix seconds. */
  asOfS = new Float64Array(0);
  /** Lanes of the key of each look-up, row-major [rows, look-ups, 2]. */
  private keys = new Int32Array(0);
  private readonly key: Hash64 = { lo: 0, hi: 0 };
  /** Values of the last record, HORIZON_VALUES for each horizon that was read. */
  private readonly state: Float64Array;
  private readonly keyWidth: number;
  /** Row of the current look-up that a remembered key was last read for. */
  private readonly rowOfKey = new Int32Array(REMEMBERED_KEYS);

  constructor(
    private readonly lookUps: readonly LookUp[],
    readonly valueWidth: number,
    private readonly priors: Float64Array,
  ) {
    this.keyWidth = lookUps.length * 2;
    this.state = new Float64Array(
      HORIZON_VALUES * Math.max(0, ...lookUps.map(({ horizons }) => horizons.length)),
    );
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

  private lookUpOne(lookUp: LookUp, keyOffset: number, from: number, to: number): void {
    const { keys, keyWidth, asOfS, state, priors, values, valueWidth, rowOfKey } = this;
    const { table, horizons, views } = lookUp;
    const { rates, sums, count } = views;
    rowOfKey.fill(NO_ROW);
    for (let row = from; row < to; row += 1) {
      const keyAt = row * keyWidth + keyOffset;
      const slot = keys[keyAt]! & (REMEMBERED_KEYS - 1);
      const earlier = rowOfKey[slot]!;
      // Rows of a request often share the reader, the tweet or a key of few values.
      if (earlier !== NO_ROW && this.haveSameKey(earlier, row, keyOffset)) {
        this.copyValues(lookUp, earlier, row);
        continue;
      }
      rowOfKey[slot] = row;
      table.readHorizons(table.find(keys[keyAt]!, keys[keyAt + 1]!), horizons, asOfS[row]!, state);
      const at = row * valueWidth;
      for (let v = 0; v < rates.length; v += 2)
        writeRates(state, rates[v]!, priors, values, at + rates[v + 1]!);
      for (let v = 0; v < sums.length; v += 2) writeSums(state, sums[v]!, values, at + sums[v + 1]!);
      for (let v = 0; v < count.length; v += 2) values[at + count[v + 1]!] = state[count[v]!]!;
    }
  }

  private haveSameKey(rowA: number, rowB: number, keyOffset: number): boolean {
    const { keys, keyWidth, asOfS } = this;
    const a = rowA * keyWidth + keyOffset;
    const b = rowB * keyWidth + keyOffset;
    return keys[a] === keys[b] && keys[a + 1] === keys[b + 1] && asOfS[rowA] === asOfS[rowB];
  }

  private copyValues({ valueAt }: LookUp, fromRow: number, toRow: number): void {
    const { values, valueWidth } = this;
    const from = fromRow * valueWidth;
    const to = toRow * valueWidth;
    for (let v = 0; v < valueAt.length; v += 1) values[to + valueAt[v]!] = values[from + valueAt[v]!]!;
  }
}

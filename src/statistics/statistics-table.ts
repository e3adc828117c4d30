import {
  capacityFor,
  capacityOf,
  createTableBuffer,
  decayRatesOf,
  HEADER_DOUBLES,
  type Horizon,
  HORIZON_VALUES,
  INT_KEY_HI,
  INT_SEQUENCE,
  INT_TIME,
  recordDoublesOf,
  type StatisticsRecord,
  TOTAL_INTS,
  TOTAL_KEYS,
  TOTAL_LAST_EVENT,
} from './record-layout.js';
import { isUnchanged, waitForWriter } from './sequence-lock.js';

/**
 * Exponentially decayed counters by 64-bit key, as a reader sees them: impressions and the four engagements, per horizon. Open
 * addressing with linear probing in one SharedArrayBuffer. Any number of threads may read; one StatisticsWriter on any thread
 * writes. Values decay in event time; the decay since the record's last event is applied when the record is updated or read.
 */
export class StatisticsTable {
  private buffer: SharedArrayBuffer;
  private ints: Int32Array;
  private doubles: Float64Array;
  /** The words after the last record. */
  private totals: Int32Array;
  private mask: number;
  private readonly recordDoubles: number;
  private readonly recordInts: number;
  /** Decay rate per second, by horizon. */
  private readonly decayPerS: Float64Array;
  /** The horizon of `read`. */
  private readonly oneHorizon = new Uint8Array(1);
  /** Prevents the compiler from removing the reads of `prefetch`. */
  protected lastSeen = 0;

  /**
   * @param name of the key set
   * @param horizons one or more
   * @param buffer memory of a table with as many horizons, for instance the `sharedBuffer` of another thread's; default: a new
   *   one, without keys
   */
  constructor(
    readonly name: string,
    readonly horizons: readonly Horizon[],
    buffer = emptyTableBuffer(horizons.length),
  ) {
    this.recordDoubles = recordDoublesOf(horizons.length);
    this.recordInts = this.recordDoubles * 2;
    this.decayPerS = decayRatesOf(horizons);
    this.buffer = buffer;
    this.ints = new Int32Array(buffer);
    this.doubles = new Float64Array(buffer);
    this.totals = new Int32Array(buffer, buffer.byteLength - TOTAL_INTS * Int32Array.BYTES_PER_ELEMENT);
    this.mask = capacityOf(buffer, horizons.length) - 1;
  }

  /**
   * Reads from another buffer from now on, for instance the one that a rebuild has published. Record numbers of before are
   * invalid.
   * @param buffer memory of a table with as many horizons
   */
  adopt(buffer: SharedArrayBuffer): void {
    this.buffer = buffer;
    this.ints = new Int32Array(buffer);
    this.doubles = new Float64Array(buffer);
    this.totals = new Int32Array(buffer, buffer.byteLength - TOTAL_INTS * Int32Array.BYTES_PER_ELEMENT);
    this.mask = capacityOf(buffer, this.horizons.length) - 1;
  }

  /** Number of keys. Deleted keys count until the next rebuild. */
  get keyCount(): number {
    return Atomics.load(this.totals, TOTAL_KEYS);
  }

  /** Records that the table has room for. It is rebuilt when more than MAX_LOAD of them are used. */
  get capacity(): number {
    return this.mask + 1;
  }

  /** Event time of the latest event of any key, Unix seconds; 0 in a table without keys. Never goes back. */
  get lastEventS(): number {
    return Atomics.load(this.totals, TOTAL_LAST_EVENT) >>> 0;
  }

  /** Size of one record in bytes. */
  get recordBytes(): number {
    return this.recordDoubles * Float64Array.BYTES_PER_ELEMENT;
  }

  /** Size of the table in bytes. */
  get byteLength(): number {
    return this.buffer.byteLength;
  }

  /** Memory of the table, for tables of other threads. A rebuild replaces it: StatisticsStore publishes the new one. */
  get sharedBuffer(): SharedArrayBuffer {
    return this.buffer;
  }

  /** Record number of a key, or -1. The number is valid until `adopt`, and until a writer on the same thread adds a key. */
  find(keyLo: number, keyHi: number): number {
    const { ints, mask, recordInts } = this;
    for (let slot = keyLo & mask; ; slot = (slot + 1) & mask) {
      const at = slot * recordInts;
      if (Atomics.load(ints, at + INT_SEQUENCE) === 0) return -1;
      if (ints[at] === keyLo && ints[at + INT_KEY_HI] === keyHi) return slot;
    }
  }

  /**
   * Prefetches the records of `count` keys into the CPU cache, for the look-ups that follow. The reads are independent of
   * each other, unlike those of `find`.
   * @param keys the low lane of key i is at keys[keyAt + i * keyStride], the high lane after it
   */
  prefetch(keys: Int32Array, keyAt: number, keyStride: number, count: number): void {
    const { ints, mask, recordInts } = this;
    let seen = 0;
    for (let i = 0; i < count; i += 1) {
      const at = (keys[keyAt + i * keyStride]! & mask) * recordInts;
      // A record may span two cache lines, so both its first and its last word are read.
      seen |= ints[at]! ^ ints[at + recordInts - 1]!;
    }
    this.lastSeen = seen;
  }

  /**
   * Copies the values of one horizon, decayed to `asOfS`: impressions, then the engagements of each target. Zeros for record
   * -1. If `asOfS` is before the record's last event, the values are those of that event.
   * @param horizon position in `horizons`
   * @param out receives HORIZON_VALUES values
   */
  read(record: number, horizon: number, asOfS: number, out: Float64Array): void {
    this.oneHorizon[0] = horizon;
    this.readHorizons(record, this.oneHorizon, asOfS, out);
  }

  /**
   * Copies the values of several horizons of one state of the record, as `read` does.
   * @param horizons positions in the table's horizons
   * @param out receives HORIZON_VALUES values for each of `horizons`
   */
  readHorizons(record: number, horizons: Uint8Array, asOfS: number, out: Float64Array): void {
    if (record < 0) {
      // A loop: `fill` costs a call into the engine.
      for (let v = 0; v < horizons.length * HORIZON_VALUES; v += 1) out[v] = 0;
      return;
    }
    const { ints, doubles, decayPerS } = this;
    const sequenceAt = record * this.recordInts + INT_SEQUENCE;
    const firstAt = record * this.recordDoubles + HEADER_DOUBLES;
    for (;;) {
      const before = Atomics.load(ints, sequenceAt);
      if ((before & 1) === 1) {
        waitForWriter(ints, sequenceAt, before);
        continue;
      }
      const ageS = asOfS - (ints[sequenceAt - INT_SEQUENCE + INT_TIME]! >>> 0);
      for (let i = 0; i < horizons.length; i += 1) {
        const horizon = horizons[i]!;
        const decay = ageS > 0 ? Math.exp(-ageS * decayPerS[horizon]!) : 1;
        const at = firstAt + horizon * HORIZON_VALUES;
        const to = i * HORIZON_VALUES;
        for (let v = 0; v < HORIZON_VALUES; v += 1) out[to + v] = doubles[at + v]! * decay;
      }
      if (isUnchanged(ints, sequenceAt, before)) return;
    }
  }

  /** Event time of the last event of a record, Unix seconds; 0 for a deleted key. @param record from `find`, not -1 */
  timeOf(record: number): number {
    return this.ints[record * this.recordInts + INT_TIME]! >>> 0;
  }

  /** A record of zeros with values for every horizon, for `forEach` and StatisticsWriter.restore. */
  emptyRecord(): StatisticsRecord {
    const values = new Float64Array(this.horizons.length * HORIZON_VALUES);
    return { keyLo: 0, keyHi: 0, timeS: 0, values };
  }

  /**
   * Copies each record in table order into `record` (one object, reused) and calls `visit`. No thread may write meanwhile; use
   * StatisticsStore.beginSnapshot if one does.
   */
  forEach(record: StatisticsRecord, visit: () => void): void {
    for (let slot = 0; slot <= this.mask; slot += 1) {
      const intAt = slot * this.recordInts;
      if (this.ints[intAt + INT_SEQUENCE] === 0) continue;
      record.keyLo = this.ints[intAt]!;
      record.keyHi = this.ints[intAt + INT_KEY_HI]!;
      record.timeS = this.ints[intAt + INT_TIME]! >>> 0;
      const doubleAt = slot * this.recordDoubles + HEADER_DOUBLES;
      for (let i = 0; i < this.recordDoubles - HEADER_DOUBLES; i += 1)
        record.values[i] = this.doubles[doubleAt + i]!;
      visit();
    }
  }
}

/** Memory of a table without keys. @param expectedKeys number of keys that fit without a rebuild */
export function emptyTableBuffer(horizonCount: number, expectedKeys = 0): SharedArrayBuffer {
  return createTableBuffer(horizonCount, capacityFor(expectedKeys));
}

import { PairstreamError } from '../errors/pairstream-error.js';

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
const HEADER_DOUBLES = 2;
const INT_KEY_HI = 1;
const INT_SEQUENCE = 2;
const INT_TIME = 3;

/** Maximum load factor, which keeps probe sequences short. */
const MAX_LOAD = 0.6;
const SMALLEST_CAPACITY = 64;

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
 * Exponentially decayed counters by 64-bit key: impressions and the four engagements, per horizon. Open addressing with
 * linear probing in one SharedArrayBuffer. Any number of threads may read, one may write. Values decay in event time; the
 * decay since the record's last event is applied when the record is updated or read.
 */
export class StatisticsTable {
  private keyCountNow = 0;
  private lastEventNowS = 0;
  private ints: Int32Array;
  private doubles: Float64Array;
  private mask: number;
  private readonly recordDoubles: number;
  private readonly recordInts: number;
  /** Decay rate per second, by horizon. */
  private readonly decayPerS: Float64Array;
  /** Prevents the compiler from removing the reads of `prefetch`. */
  protected lastSeen = 0;

  /**
   * @param name of the key set
   * @param horizons one or more
   * @param expectedKeys number of keys that fit without growing
   */
  constructor(
    readonly name: string,
    readonly horizons: readonly Horizon[],
    expectedKeys = 0,
  ) {
    this.recordDoubles = HEADER_DOUBLES + HORIZON_VALUES * horizons.length;
    this.recordInts = this.recordDoubles * 2;
    this.decayPerS = Float64Array.from(horizons, ({ halfLifeS }) => Math.LN2 / halfLifeS);
    const capacity = capacityFor(expectedKeys);
    const buffer = new SharedArrayBuffer(capacity * this.recordBytes);
    this.ints = new Int32Array(buffer);
    this.doubles = new Float64Array(buffer);
    this.mask = capacity - 1;
  }

  /** Number of keys. */
  get keyCount(): number {
    return this.keyCountNow;
  }

  /** Records that the table has room for. It grows before more than MAX_LOAD of them are used. */
  get capacity(): number {
    return this.mask + 1;
  }

  /** Event time of the latest event of any key, Unix seconds; 0 in a table without keys. */
  get lastEventS(): number {
    return this.lastEventNowS;
  }

  /** Size of one record in bytes. */
  get recordBytes(): number {
    return this.recordDoubles * Float64Array.BYTES_PER_ELEMENT;
  }

  /** Size of the table in bytes. */
  get byteLength(): number {
    return this.doubles.byteLength;
  }

  /** Memory that readers on other threads use. Growing the table replaces it. */
  get sharedBuffer(): ArrayBufferLike {
    return this.doubles.buffer;
  }

  /** Record number of a key, or -1. The number is valid until the next write. */
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
    if (record < 0) {
      out.fill(0, 0, HORIZON_VALUES);
      return;
    }
    const { ints, doubles } = this;
    const intAt = record * this.recordInts;
    const doubleAt = record * this.recordDoubles + HEADER_DOUBLES + horizon * HORIZON_VALUES;
    for (;;) {
      const before = Atomics.load(ints, intAt + INT_SEQUENCE);
      if ((before & 1) === 1) continue;
      const ageS = asOfS - (ints[intAt + INT_TIME]! >>> 0);
      const decay = ageS > 0 ? Math.exp(-ageS * this.decayPerS[horizon]!) : 1;
      for (let i = 0; i < HORIZON_VALUES; i += 1) out[i] = doubles[doubleAt + i]! * decay;
      if (Atomics.load(ints, intAt + INT_SEQUENCE) === before) return;
    }
  }

  /** Event time of the last event of a record, Unix seconds. @param record from `find`, not -1 */
  timeOf(record: number): number {
    return this.ints[record * this.recordInts + INT_TIME]! >>> 0;
  }

  /** Counts one impression of a key at an event time (Unix seconds). */
  addImpression(keyLo: number, keyHi: number, timeS: number): void {
    this.add(keyLo, keyHi, timeS, 0);
  }

  /** Counts one engagement of a key at an event time (Unix seconds). @param target 0 .. SUM_COUNT - 1 */
  addEngagement(keyLo: number, keyHi: number, timeS: number, target: number): void {
    this.add(keyLo, keyHi, timeS, 1 + target);
  }

  /** @param value position of the counter, 0 .. HORIZON_VALUES - 1 */
  private add(keyLo: number, keyHi: number, timeS: number, value: number): void {
    const record = this.findOrInsert(keyLo | 0, keyHi | 0, timeS);
    if (timeS > this.lastEventNowS) this.lastEventNowS = timeS;
    const { ints } = this;
    const intAt = record * this.recordInts;
    const sequence = Atomics.load(ints, intAt + INT_SEQUENCE);
    Atomics.store(ints, intAt + INT_SEQUENCE, sequence + 1);
    const ageS = timeS - (ints[intAt + INT_TIME]! >>> 0);
    if (ageS > 0) {
      this.age(record, ageS);
      ints[intAt + INT_TIME] = timeS;
    }
    // An event older than the record counts with its decay until the record's time.
    const at = record * this.recordDoubles + HEADER_DOUBLES + value;
    for (let h = 0; h < this.decayPerS.length; h += 1)
      this.doubles[at + h * HORIZON_VALUES]! += ageS < 0 ? Math.exp(ageS * this.decayPerS[h]!) : 1;
    Atomics.store(ints, intAt + INT_SEQUENCE, nextEven(sequence));
  }

  private age(record: number, ageS: number): void {
    const { doubles, decayPerS } = this;
    let at = record * this.recordDoubles + HEADER_DOUBLES;
    for (let h = 0; h < decayPerS.length; h += 1) {
      const decay = Math.exp(-ageS * decayPerS[h]!);
      for (let i = 0; i < HORIZON_VALUES; i += 1) doubles[at + i]! *= decay;
      at += HORIZON_VALUES;
    }
  }

  private findOrInsert(keyLo: number, keyHi: number, timeS: number): number {
    const found = this.find(keyLo, keyHi);
    if (found >= 0) return found;
    if (this.keyCountNow + 1 > (this.mask + 1) * MAX_LOAD) this.grow();
    const slot = this.freeSlot(keyLo);
    this.insert(slot, keyLo, keyHi, timeS);
    return slot;
  }

  private insert(slot: number, keyLo: number, keyHi: number, timeS: number): void {
    const at = slot * this.recordInts;
    this.ints[at] = keyLo;
    this.ints[at + INT_KEY_HI] = keyHi;
    this.ints[at + INT_TIME] = timeS;
    Atomics.store(this.ints, at + INT_SEQUENCE, 2);
    this.keyCountNow += 1;
  }

  private freeSlot(keyLo: number): number {
    let slot = keyLo & this.mask;
    while (this.ints[slot * this.recordInts + INT_SEQUENCE] !== 0) slot = (slot + 1) & this.mask;
    return slot;
  }

  /** Copies all records to a table of twice the size, which replaces this one's memory. */
  private grow(): void {
    const old = this.doubles;
    const oldInts = this.ints;
    const capacity = (this.mask + 1) * 2;
    const buffer = new SharedArrayBuffer(capacity * this.recordBytes);
    this.ints = new Int32Array(buffer);
    this.doubles = new Float64Array(buffer);
    this.mask = capacity - 1;
    for (let from = 0; from < oldInts.length; from += this.recordInts) {
      if (oldInts[from + INT_SEQUENCE] === 0) continue;
      const to = this.freeSlot(oldInts[from]!) * this.recordDoubles;
      const fromDouble = from / 2;
      for (let i = 0; i < this.recordDoubles; i += 1) this.doubles[to + i] = old[fromDouble + i]!;
    }
  }

  /** A record of zeros with values for every horizon, for `forEach` and `restore`. */
  emptyRecord(): StatisticsRecord {
    const values = new Float64Array(this.horizons.length * HORIZON_VALUES);
    return { keyLo: 0, keyHi: 0, timeS: 0, values };
  }

  /** Copies each record in table order into `record` (one object, reused) and calls `visit`. */
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

  /**
   * Inserts a record of a snapshot.
   * @throws PairstreamError INVALID_SNAPSHOT if the key exists already
   */
  restore(record: StatisticsRecord): void {
    if (this.keyCountNow + 1 > (this.mask + 1) * MAX_LOAD) this.grow();
    const { ints, doubles, mask } = this;
    const { keyLo, keyHi } = record;
    let slot = keyLo & mask;
    for (; ints[slot * this.recordInts + INT_SEQUENCE] !== 0; slot = (slot + 1) & mask) {
      const at = slot * this.recordInts;
      if (ints[at] === keyLo && ints[at + INT_KEY_HI] === keyHi) {
        throw new PairstreamError('INVALID_SNAPSHOT', `table ${this.name}: a key occurs twice`, {
          field: this.name,
        });
      }
    }
    this.insert(slot, keyLo, keyHi, record.timeS);
    if (record.timeS > this.lastEventNowS) this.lastEventNowS = record.timeS;
    doubles.set(record.values, slot * this.recordDoubles + HEADER_DOUBLES);
  }
}

function capacityFor(keys: number): number {
  let capacity = SMALLEST_CAPACITY;
  while (capacity * MAX_LOAD < keys) capacity *= 2;
  return capacity;
}

/** Next even sequence number. Skips 0, which means an empty record. */
function nextEven(sequence: number): number {
  const next = (sequence + 2) | 0;
  return next === 0 ? 2 : next;
}

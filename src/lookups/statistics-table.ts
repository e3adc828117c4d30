import { PairstreamError } from '../errors/pairstream-error.js';

/** Targets counted per record: reply, retweet, quote, like. */
export const SUM_COUNT = 4;

/**
 * One record is 56 bytes, seen through two views of the same shared memory:
 *
 *   byte   0      4      8          12       16      24           56
 *          keyLo  keyHi  sequence   timeS    count   sums[0..3]
 *          int32  int32  int32      uint32   f64     4 x f64
 *
 * `sequence` is 0 in an empty record, odd while the writer is in the record, even otherwise: a reader that sees the
 * same even number before and after has read a whole record. Sums are doubles because a hot key (a tweet type, a
 * language) passes 2^24 events, where a single-precision counter stops counting.
 */
const DOUBLES_PER_RECORD = 7;
const INTS_PER_RECORD = 14;
const INT_KEY_HI = 1;
const INT_SEQUENCE = 2;
const INT_TIME = 3;
const DOUBLE_COUNT = 2;
const DOUBLE_SUMS = 3;

/** Bytes of one record. */
export const RECORD_BYTES = DOUBLES_PER_RECORD * 8;

/** A table is at most this full, so that probe runs stay short. */
const MAX_LOAD = 0.6;
const SMALLEST_CAPACITY = 64;

/** One record, copied out of a table. */
export interface StatisticsRecord {
  keyLo: number;
  keyHi: number;
  /** Event time of the last update, Unix seconds. */
  timeS: number;
  /** Impressions, decayed to `timeS`. */
  count: number;
  /** Engagements of each target, decayed to `timeS`. */
  readonly sums: Float64Array;
}

/**
 * Exponentially decayed counters by 64-bit key: impressions and the four engagements. Open addressing with linear
 * probing in one SharedArrayBuffer; any number of threads may read, one may write. Decay is in event time, applied
 * when a record is touched or read, from the record's own time stamp.
 */
export class StatisticsTable {
  private keyCountNow = 0;
  private ints: Int32Array;
  private doubles: Float64Array;
  private mask: number;
  private readonly decayPerS: number;
  /** Keeps the reads of `touch` from being optimised away. */
  protected lastSeen = 0;

  /**
   * @param name of the key set
   * @param halfLifeS seconds after which an event counts half
   * @param expectedKeys the table starts large enough for these
   */
  constructor(
    readonly name: string,
    readonly halfLifeS: number,
    expectedKeys = 0,
  ) {
    const capacity = capacityFor(expectedKeys);
    const buffer = new SharedArrayBuffer(capacity * RECORD_BYTES);
    this.ints = new Int32Array(buffer);
    this.doubles = new Float64Array(buffer);
    this.mask = capacity - 1;
    this.decayPerS = Math.LN2 / halfLifeS;
  }

  /** Keys held. */
  get keyCount(): number {
    return this.keyCountNow;
  }

  /** Resident bytes of the table. */
  get byteLength(): number {
    return this.doubles.byteLength;
  }

  /** The memory that readers on other threads see; growth replaces it. */
  get sharedBuffer(): ArrayBufferLike {
    return this.doubles.buffer;
  }

  /** Record number of a key, or -1. A number is valid until the next write. */
  find(keyLo: number, keyHi: number): number {
    const { ints, mask } = this;
    for (let slot = keyLo & mask; ; slot = (slot + 1) & mask) {
      const at = slot * INTS_PER_RECORD;
      if (Atomics.load(ints, at + INT_SEQUENCE) === 0) return -1;
      if (ints[at] === keyLo && ints[at + INT_KEY_HI] === keyHi) return slot;
    }
  }

  /**
   * Reads the home slots of `count` keys and forgets what it saw: records that are asked for next lie in the cache then.
   * The reads do not wait for each other, as those of `find` do.
   * @param keys low and high lane of a key at keys[keyAt + i * keyStride] and after it
   */
  touch(keys: Int32Array, keyAt: number, keyStride: number, count: number): void {
    const { ints, mask } = this;
    let seen = 0;
    for (let i = 0; i < count; i += 1) {
      const at = (keys[keyAt + i * keyStride]! & mask) * INTS_PER_RECORD;
      // A record may lie across two cache lines: its first and its last word.
      seen |= ints[at]! ^ ints[at + INTS_PER_RECORD - 1]!;
    }
    this.lastSeen = seen;
  }

  /**
   * Writes the smoothed engagement rates of a record at a time: (sum + weight * prior) / (count + weight) for each
   * target, with count and sums decayed to `asOfS` (a time before the record's last event reads it as of that event);
   * the priors themselves for record -1.
   * @param out receives SUM_COUNT values from `outAt`
   */
  smoothedRates(
    record: number,
    asOfS: number,
    priors: Float64Array,
    weight: number,
    out: Float32Array,
    outAt: number,
  ): void {
    if (record < 0) {
      for (let t = 0; t < SUM_COUNT; t += 1) out[outAt + t] = priors[t]!;
      return;
    }
    const { ints, doubles } = this;
    const intAt = record * INTS_PER_RECORD;
    const doubleAt = record * DOUBLES_PER_RECORD;
    for (;;) {
      const before = Atomics.load(ints, intAt + INT_SEQUENCE);
      if ((before & 1) === 1) continue;
      const ageS = asOfS - (ints[intAt + INT_TIME]! >>> 0);
      const decay = ageS > 0 ? Math.exp(-ageS * this.decayPerS) : 1;
      const denominator = doubles[doubleAt + DOUBLE_COUNT]! * decay + weight;
      for (let t = 0; t < SUM_COUNT; t += 1) {
        out[outAt + t] = (doubles[doubleAt + DOUBLE_SUMS + t]! * decay + weight * priors[t]!) / denominator;
      }
      if (Atomics.load(ints, intAt + INT_SEQUENCE) === before) return;
    }
  }

  /** Counts one impression of a key at an event time (Unix seconds). */
  addImpression(keyLo: number, keyHi: number, timeS: number): void {
    this.add(keyLo, keyHi, timeS, DOUBLE_COUNT);
  }

  /** Counts one engagement of a key at an event time (Unix seconds). @param target 0 .. SUM_COUNT - 1 */
  addEngagement(keyLo: number, keyHi: number, timeS: number, target: number): void {
    this.add(keyLo, keyHi, timeS, DOUBLE_SUMS + target);
  }

  private add(keyLo: number, keyHi: number, timeS: number, doubleOffset: number): void {
    const record = this.findOrInsert(keyLo | 0, keyHi | 0, timeS);
    const { ints, doubles } = this;
    const intAt = record * INTS_PER_RECORD;
    const doubleAt = record * DOUBLES_PER_RECORD;
    const sequence = Atomics.load(ints, intAt + INT_SEQUENCE);
    Atomics.store(ints, intAt + INT_SEQUENCE, sequence + 1);
    const ageS = timeS - (ints[intAt + INT_TIME]! >>> 0);
    // An event older than the record is worth what is left of it; a newer one first ages the record.
    let worth = 1;
    if (ageS < 0) worth = Math.exp(ageS * this.decayPerS);
    else if (ageS > 0) {
      const decay = Math.exp(-ageS * this.decayPerS);
      for (let i = 0; i <= SUM_COUNT; i += 1) doubles[doubleAt + DOUBLE_COUNT + i]! *= decay;
      ints[intAt + INT_TIME] = timeS;
    }
    doubles[doubleAt + doubleOffset]! += worth;
    Atomics.store(ints, intAt + INT_SEQUENCE, nextEven(sequence));
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
    const at = slot * INTS_PER_RECORD;
    this.ints[at] = keyLo;
    this.ints[at + INT_KEY_HI] = keyHi;
    this.ints[at + INT_TIME] = timeS;
    Atomics.store(this.ints, at + INT_SEQUENCE, 2);
    this.keyCountNow += 1;
  }

  private freeSlot(keyLo: number): number {
    let slot = keyLo & this.mask;
    while (this.ints[slot * INTS_PER_RECORD + INT_SEQUENCE] !== 0) slot = (slot + 1) & this.mask;
    return slot;
  }

  /** Builds a table of twice the size beside the old one and swaps it in. */
  private grow(): void {
    const old = this.doubles;
    const oldInts = this.ints;
    const capacity = (this.mask + 1) * 2;
    const buffer = new SharedArrayBuffer(capacity * RECORD_BYTES);
    this.ints = new Int32Array(buffer);
    this.doubles = new Float64Array(buffer);
    this.mask = capacity - 1;
    for (let from = 0; from < oldInts.length; from += INTS_PER_RECORD) {
      if (oldInts[from + INT_SEQUENCE] === 0) continue;
      const to = this.freeSlot(oldInts[from]!) * DOUBLES_PER_RECORD;
      const fromDouble = from / 2;
      for (let i = 0; i < DOUBLES_PER_RECORD; i += 1) this.doubles[to + i] = old[fromDouble + i]!;
    }
  }

  /** Copies every record, in table order, into `record` (one object, reused) and hands it over. */
  forEach(record: StatisticsRecord, visit: () => void): void {
    for (let slot = 0; slot <= this.mask; slot += 1) {
      const intAt = slot * INTS_PER_RECORD;
      if (this.ints[intAt + INT_SEQUENCE] === 0) continue;
      record.keyLo = this.ints[intAt]!;
      record.keyHi = this.ints[intAt + INT_KEY_HI]!;
      record.timeS = this.ints[intAt + INT_TIME]! >>> 0;
      const doubleAt = slot * DOUBLES_PER_RECORD;
      record.count = this.doubles[doubleAt + DOUBLE_COUNT]!;
      for (let t = 0; t < SUM_COUNT; t += 1) record.sums[t] = this.doubles[doubleAt + DOUBLE_SUMS + t]!;
      visit();
    }
  }

  /**
   * Puts a record read from a snapshot into the table.
   * @throws PairstreamError INVALID_SNAPSHOT when the key is there already
   */
  restore(record: StatisticsRecord): void {
    if (this.keyCountNow + 1 > (this.mask + 1) * MAX_LOAD) this.grow();
    const { ints, doubles, mask } = this;
    const { keyLo, keyHi } = record;
    let slot = keyLo & mask;
    for (; ints[slot * INTS_PER_RECORD + INT_SEQUENCE] !== 0; slot = (slot + 1) & mask) {
      const at = slot * INTS_PER_RECORD;
      if (ints[at] === keyLo && ints[at + INT_KEY_HI] === keyHi) {
        throw new PairstreamError('INVALID_SNAPSHOT', `table ${this.name}: a key occurs twice`, {
          field: this.name,
        });
      }
    }
    this.insert(slot, keyLo, keyHi, record.timeS);
    const doubleAt = slot * DOUBLES_PER_RECORD;
    doubles[doubleAt + DOUBLE_COUNT] = record.count;
    for (let t = 0; t < SUM_COUNT; t += 1) doubles[doubleAt + DOUBLE_SUMS + t] = record.sums[t]!;
  }
}

function capacityFor(keys: number): number {
  let capacity = SMALLEST_CAPACITY;
  while (capacity * MAX_LOAD < keys) capacity *= 2;
  return capacity;
}

/** 0 means empty, so a sequence that would wrap to it goes on at 2. */
function nextEven(sequence: number): number {
  const next = (sequence + 2) | 0;
  return next === 0 ? 2 : next;
}

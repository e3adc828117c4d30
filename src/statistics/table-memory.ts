import {
  capacityOf,
  createTableBuffer,
  HEADER_DOUBLES,
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
import { beginWrite, endWrite } from './sequence-lock.js';

/** Sequence of a record that has just been inserted. */
const FIRST_SEQUENCE = 2;

/** The memory of a table as its writer uses it. Slots are never freed or moved: a rebuild makes another memory. */
export class TableMemory {
  /** Number of slots. */
  readonly capacity: number;
  private readonly ints: Int32Array;
  private readonly doubles: Float64Array;
  private readonly totals: Int32Array;
  private readonly mask: number;
  private readonly recordDoubles: number;
  private readonly recordInts: number;
  private keyCountNow: number;
  private lastEventNowS: number;

  /**
   * @param buffer memory of a table; this thread is the only one that writes it
   * @param decayPerS decay rate of each horizon
   */
  constructor(
    readonly buffer: SharedArrayBuffer,
    readonly decayPerS: Float64Array,
  ) {
    this.capacity = capacityOf(buffer, decayPerS.length);
    this.mask = this.capacity - 1;
    this.recordDoubles = recordDoublesOf(decayPerS.length);
    this.recordInts = this.recordDoubles * 2;
    this.ints = new Int32Array(buffer);
    this.doubles = new Float64Array(buffer);
    this.totals = new Int32Array(buffer, buffer.byteLength - TOTAL_INTS * Int32Array.BYTES_PER_ELEMENT);
    this.keyCountNow = this.totals[TOTAL_KEYS]!;
    this.lastEventNowS = this.totals[TOTAL_LAST_EVENT]! >>> 0;
  }

  /** Memory for as many horizons, without keys. */
  static empty(capacity: number, decayPerS: Float64Array): TableMemory {
    return new TableMemory(createTableBuffer(decayPerS.length, capacity), decayPerS);
  }

  /** Used slots. */
  get keyCount(): number {
    return this.keyCountNow;
  }

  /** Event time of the latest event of any key, Unix seconds. */
  get lastEventS(): number {
    return this.lastEventNowS;
  }

  /** Raises the time of the latest event. */
  noteEvent(timeS: number): void {
    if (timeS <= this.lastEventNowS) return;
    this.lastEventNowS = timeS;
    this.totals[TOTAL_LAST_EVENT] = timeS;
  }

  /** Slot of a key, or the free slot where it belongs. */
  slotOf(keyLo: number, keyHi: number): number {
    const { ints, mask, recordInts } = this;
    for (let slot = keyLo & mask; ; slot = (slot + 1) & mask) {
      const at = slot * recordInts;
      if (ints[at + INT_SEQUENCE] === 0) return slot;
      if (ints[at] === keyLo && ints[at + INT_KEY_HI] === keyHi) return slot;
    }
  }

  /** True if a slot holds no record. */
  isFree(slot: number): boolean {
    return this.ints[slot * this.recordInts + INT_SEQUENCE] === 0;
  }

  /** Puts a key without counts into a free slot. */
  insert(slot: number, keyLo: number, keyHi: number, timeS: number): void {
    const at = slot * this.recordInts;
    this.ints[at] = keyLo;
    this.ints[at + INT_KEY_HI] = keyHi;
    this.ints[at + INT_TIME] = timeS;
    this.publishSlot(at);
  }

  /** Puts a record into a free slot. */
  insertRecord(slot: number, { keyLo, keyHi, timeS, values }: StatisticsRecord): void {
    this.doubles.set(values, slot * this.recordDoubles + HEADER_DOUBLES);
    this.insert(slot, keyLo, keyHi, timeS);
  }

  /** Counts one event. @param value position of the counter, 0 .. HORIZON_VALUES - 1 */
  count(slot: number, timeS: number, value: number): void {
    const { ints, doubles, decayPerS } = this;
    const intAt = slot * this.recordInts;
    const odd = beginWrite(ints, intAt + INT_SEQUENCE);
    const ageS = timeS - (ints[intAt + INT_TIME]! >>> 0);
    if (ageS > 0) {
      this.age(slot, ageS);
      ints[intAt + INT_TIME] = timeS;
    }
    // An event older than the record counts with its decay until the record's time.
    const at = slot * this.recordDoubles + HEADER_DOUBLES + value;
    for (let h = 0; h < decayPerS.length; h += 1)
      doubles[at + h * HORIZON_VALUES]! += ageS < 0 ? Math.exp(ageS * decayPerS[h]!) : 1;
    endWrite(ints, intAt + INT_SEQUENCE, odd);
  }

  /** Zeroes time and values. The slot stays used. */
  clear(slot: number): void {
    const intAt = slot * this.recordInts;
    const odd = beginWrite(this.ints, intAt + INT_SEQUENCE);
    this.ints[intAt + INT_TIME] = 0;
    const doubleAt = slot * this.recordDoubles;
    this.doubles.fill(0, doubleAt + HEADER_DOUBLES, doubleAt + this.recordDoubles);
    endWrite(this.ints, intAt + INT_SEQUENCE, odd);
  }

  /** Copies a record of a used slot. */
  read(slot: number, record: StatisticsRecord): void {
    const intAt = slot * this.recordInts;
    record.keyLo = this.ints[intAt]!;
    record.keyHi = this.ints[intAt + INT_KEY_HI]!;
    record.timeS = this.ints[intAt + INT_TIME]! >>> 0;
    const doubleAt = slot * this.recordDoubles + HEADER_DOUBLES;
    const { values } = record;
    for (let i = 0; i < values.length; i += 1) values[i] = this.doubles[doubleAt + i]!;
  }

  /** High lane of the key in a used slot. */
  keyHiAt(slot: number): number {
    return this.ints[slot * this.recordInts + INT_KEY_HI]!;
  }

  /**
   * Copies the record of a used slot of another memory, bit by bit, under its key. No thread may read this memory yet.
   * @returns true if the key is new here
   */
  copyFrom(source: TableMemory, slot: number): boolean {
    const fromInt = slot * source.recordInts;
    const to = this.slotOf(source.ints[fromInt]!, source.ints[fromInt + INT_KEY_HI]!);
    const isNew = this.isFree(to);
    const { recordDoubles } = this;
    const toInt = to * this.recordInts;
    this.ints[toInt] = source.ints[fromInt]!;
    this.ints[toInt + INT_KEY_HI] = source.ints[fromInt + INT_KEY_HI]!;
    this.ints[toInt + INT_TIME] = source.ints[fromInt + INT_TIME]!;
    for (let i = HEADER_DOUBLES; i < recordDoubles; i += 1)
      this.doubles[to * recordDoubles + i] = source.doubles[slot * recordDoubles + i]!;
    if (isNew) this.publishSlot(toInt);
    return isNew;
  }

  /**
   * Largest value of a record in any horizon, decayed to a time: impressions, or engagements if their impressions were evicted. 0
   * for a deleted key.
   */
  weightOf(slot: number, asOfS: number): number {
    const { doubles, decayPerS } = this;
    const ageS = Math.max(0, asOfS - (this.ints[slot * this.recordInts + INT_TIME]! >>> 0));
    let at = slot * this.recordDoubles + HEADER_DOUBLES;
    let weight = 0;
    for (let h = 0; h < decayPerS.length; h += 1) {
      let largest = 0;
      for (let i = 0; i < HORIZON_VALUES; i += 1) largest = Math.max(largest, doubles[at + i]!);
      weight = Math.max(weight, largest * Math.exp(-ageS * decayPerS[h]!));
      at += HORIZON_VALUES;
    }
    return weight;
  }

  private publishSlot(intAt: number): void {
    Atomics.store(this.ints, intAt + INT_SEQUENCE, FIRST_SEQUENCE);
    this.keyCountNow += 1;
    this.totals[TOTAL_KEYS] = this.keyCountNow;
  }

  private age(slot: number, ageS: number): void {
    const { doubles, decayPerS } = this;
    let at = slot * this.recordDoubles + HEADER_DOUBLES;
    for (let h = 0; h < decayPerS.length; h += 1) {
      const decay = Math.exp(-ageS * decayPerS[h]!);
      for (let i = 0; i < HORIZON_VALUES; i += 1) doubles[at + i]! *= decay;
      at += HORIZON_VALUES;
    }
  }
}

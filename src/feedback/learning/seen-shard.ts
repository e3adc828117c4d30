import { EVENT_KIND_COUNT } from '../events/event-record.js';

const SMALLEST_CAPACITY = 16;
/** Maximum load factor, which keeps probe sequences short. */
const MAX_LOAD = 0.7;
/** Bytes per slot: a pair id in two lanes, and one bit per kind. */
const SLOT_BYTES = 9;
/** Bytes per pair of an encoded shard. */
export const ENCODED_PAIR_BYTES = 9;

/** The memory of a shard. A snapshot keeps it while the shard goes on with a copy. */
interface Slots {
  /** Pair ids: low lane of slot i at lanes[2 i], high lane after it. */
  readonly lanes: Int32Array;
  /** Kinds of the pair, one bit each; 0 in an empty slot. */
  readonly kinds: Uint8Array;
}

/**
 * A part of the set of seen events: pair ids with the kinds of their events. Open addressing with linear probing. It doubles at
 * MAX_LOAD, so a shard is small enough to be copied in less than a millisecond.
 */
export class SeenShard {
  /** Number of pairs. */
  pairCount = 0;
  private slots: Slots = emptySlots(SMALLEST_CAPACITY);
  /** True while a snapshot reads `slots`: the next change copies them first. */
  private isShared = false;

  /** Size in memory. */
  get byteLength(): number {
    return this.slots.kinds.length * SLOT_BYTES;
  }

  /** True if the pair has an event of the kind. */
  has(lo: number, hi: number, kind: number): boolean {
    return ((this.slots.kinds[this.slotOf(lo, hi)]! >>> kind) & 1) === 1;
  }

  /** Adds an event. @returns true if its pair is new in this shard */
  add(lo: number, hi: number, kind: number): boolean {
    return this.addKinds(lo, hi, 1 << kind);
  }

  /** Calls `visit` for every pair id. */
  forEachPair(visit: (lo: number, hi: number) => void): void {
    const { lanes, kinds } = this.slots;
    for (let slot = 0; slot < kinds.length; slot += 1)
      if (kinds[slot] !== 0) visit(lanes[2 * slot]!, lanes[2 * slot + 1]!);
  }

  /** The memory of the shard as it is now, for a snapshot. It does not change until `release`. */
  share(): Slots {
    this.isShared = true;
    return this.slots;
  }

  /** Ends the use of the memory by the snapshot. @param slots from `share` */
  release(slots: Slots): void {
    if (slots === this.slots) this.isShared = false;
  }

  /** Adds the pairs of an encoded shard. @returns number of pairs that were not in this shard */
  restore(encoded: DataView, at: number, pairCount: number): number {
    const before = this.pairCount;
    for (let i = 0; i < pairCount; i += 1) {
      const from = at + i * ENCODED_PAIR_BYTES;
      const kinds = encoded.getUint8(from + 8) & ((1 << EVENT_KIND_COUNT) - 1);
      if (kinds !== 0) this.addKinds(encoded.getInt32(from, true), encoded.getInt32(from + 4, true), kinds);
    }
    return this.pairCount - before;
  }

  private addKinds(lo: number, hi: number, kinds: number): boolean {
    if (this.pairCount + 1 > this.slots.kinds.length * MAX_LOAD)
      this.moveTo(emptySlots(2 * this.slots.kinds.length));
    else if (this.isShared) this.copy();
    const slot = this.slotOf(lo, hi);
    const isNew = this.slots.kinds[slot] === 0;
    this.slots.lanes[2 * slot] = lo;
    this.slots.lanes[2 * slot + 1] = hi;
    this.slots.kinds[slot]! |= kinds;
    if (isNew) this.pairCount += 1;
    return isNew;
  }

  private copy(): void {
    const { lanes, kinds } = this.slots;
    this.slots = { lanes: lanes.slice(), kinds: kinds.slice() };
    this.isShared = false;
  }

  private moveTo(slots: Slots): void {
    const { lanes, kinds } = this.slots;
    this.slots = slots;
    this.isShared = false;
    for (let from = 0; from < kinds.length; from += 1) {
      if (kinds[from] === 0) continue;
      const to = this.slotOf(lanes[2 * from]!, lanes[2 * from + 1]!);
      slots.lanes[2 * to] = lanes[2 * from]!;
      slots.lanes[2 * to + 1] = lanes[2 * from + 1]!;
      slots.kinds[to] = kinds[from]!;
    }
  }

  /** Slot of a pair, or the empty slot where it belongs. */
  private slotOf(lo: number, hi: number): number {
    const { lanes, kinds } = this.slots;
    const mask = kinds.length - 1;
    let slot = lo & mask;
    while (kinds[slot] !== 0 && (lanes[2 * slot] !== lo || lanes[2 * slot + 1] !== hi))
      slot = (slot + 1) & mask;
    return slot;
  }
}

/** Writes the pairs of a shard: id (2 x int32) and kinds (u8), little-endian. @returns number of pairs */
export function encodeSlots({ lanes, kinds }: Slots, out: DataView, at: number): number {
  let pairCount = 0;
  for (let slot = 0; slot < kinds.length; slot += 1) {
    if (kinds[slot] === 0) continue;
    const to = at + pairCount * ENCODED_PAIR_BYTES;
    out.setInt32(to, lanes[2 * slot]!, true);
    out.setInt32(to + 4, lanes[2 * slot + 1]!, true);
    out.setUint8(to + 8, kinds[slot]!);
    pairCount += 1;
  }
  return pairCount;
}

/** Memory of a shard that a snapshot reads. */
export type SharedSlots = Slots;

function emptySlots(capacity: number): Slots {
  return { lanes: new Int32Array(2 * capacity), kinds: new Uint8Array(capacity) };
}

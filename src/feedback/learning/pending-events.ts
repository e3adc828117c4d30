/** Events of one call of submit that are on their way through the log. */
export interface PendingCall {
  /** Events that were appended and not delivered yet. */
  pendingCount: number;
  /** Resolves when the events are durable and, if the log applies before it acknowledges, applied. */
  readonly settled: Promise<void>;
  /** Called when pendingCount falls to 0. */
  readonly onDelivered: () => void;
}

/**
 * Events that were appended to the log and not delivered yet, by pair id and kind, with the call that waits for them. Open
 * addressing; the table never grows.
 */
export class PendingEvents {
  private countNow = 0;
  private readonly maxCount: number;
  private readonly lanes: Int32Array;
  private readonly kinds: Uint8Array;
  /** Call of each slot; undefined in an empty slot. */
  private readonly calls: (PendingCall | undefined)[];

  /** @param maxCount bound */
  constructor(maxCount: number) {
    this.maxCount = maxCount;
    let capacity = 16;
    while (capacity < 2 * maxCount) capacity *= 2;
    this.lanes = new Int32Array(2 * capacity);
    this.kinds = new Uint8Array(capacity);
    this.calls = Array.from({ length: capacity }, () => undefined);
  }

  /** Number of events. */
  get count(): number {
    return this.countNow;
  }

  /** True if the table has room for `count` more events. */
  hasRoomFor(count: number): boolean {
    return this.countNow + count <= this.maxCount;
  }

  /** The call that waits for an event; undefined if none does. */
  find(lo: number, hi: number, kind: number): PendingCall | undefined {
    return this.calls[this.slotOf(lo, hi, kind)];
  }

  /** Adds an event that is not in the table. The caller checked `hasRoomFor`. */
  add(lo: number, hi: number, kind: number, call: PendingCall): void {
    const slot = this.slotOf(lo, hi, kind);
    this.lanes[2 * slot] = lo;
    this.lanes[2 * slot + 1] = hi;
    this.kinds[slot] = kind;
    this.calls[slot] = call;
    this.countNow += 1;
    call.pendingCount += 1;
  }

  /** Removes an event, if it is in the table, and tells its call after its last event. */
  delivered(lo: number, hi: number, kind: number): void {
    const call = this.remove(lo, hi, kind);
    if (call?.pendingCount === 0) call.onDelivered();
  }

  /** Removes an event whose append failed. Its call is not told. */
  failed(lo: number, hi: number, kind: number, call: PendingCall): void {
    if (this.find(lo, hi, kind) === call) this.remove(lo, hi, kind);
  }

  private remove(lo: number, hi: number, kind: number): PendingCall | undefined {
    const slot = this.slotOf(lo, hi, kind);
    const call = this.calls[slot];
    if (call === undefined) return undefined;
    this.countNow -= 1;
    call.pendingCount -= 1;
    this.close(slot);
    return call;
  }

  /** Empties a slot, and moves the events behind it that would not be found any more. */
  private close(slot: number): void {
    const { lanes, kinds, calls } = this;
    const mask = kinds.length - 1;
    let free = slot;
    for (let at = (slot + 1) & mask; calls[at] !== undefined; at = (at + 1) & mask) {
      const home = (lanes[2 * at]! + kinds[at]!) & mask;
      // The event may stay if its home lies behind the free slot.
      if (((at - home) & mask) < ((at - free) & mask)) continue;
      lanes[2 * free] = lanes[2 * at]!;
      lanes[2 * free + 1] = lanes[2 * at + 1]!;
      kinds[free] = kinds[at]!;
      calls[free] = calls[at];
      free = at;
    }
    calls[free] = undefined;
  }

  /** Slot of an event, or the empty slot where it belongs. The kinds of a pair begin at neighbouring slots. */
  private slotOf(lo: number, hi: number, kind: number): number {
    const { lanes, kinds, calls } = this;
    const mask = kinds.length - 1;
    let slot = (lo + kind) & mask;
    while (
      calls[slot] !== undefined &&
      (lanes[2 * slot] !== lo || lanes[2 * slot + 1] !== hi || kinds[slot] !== kind)
    )
      slot = (slot + 1) & mask;
    return slot;
  }
}

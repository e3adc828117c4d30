/** Events whose records of one table fit into the cache of a core, beside those of the next table. */
const BLOCK_EVENTS = 256;

/** Events that are counted together. */
export class EventBlock {
  /** Keys of each event, as EventCounters.writeKeys writes them. */
  readonly keys: Int32Array;
  /** Kind of each event, as in EventCounters.count. */
  readonly kinds = new Uint8Array(BLOCK_EVENTS);
  /** Event times, Unix seconds. */
  readonly timesS = new Uint32Array(BLOCK_EVENTS);
  /** Number of events, at most BLOCK_EVENTS. */
  eventCount = 0;

  /** @param keyLanes of the EventCounters */
  constructor(keyLanes: number) {
    this.keys = new Int32Array(BLOCK_EVENTS * keyLanes);
  }

  /** True if the block has no room for another event. */
  get isFull(): boolean {
    return this.eventCount === BLOCK_EVENTS;
  }
}

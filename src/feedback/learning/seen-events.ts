import { DAY_S } from '../../pairs/unix-time.js';
import { ENCODED_PAIR_BYTES, encodeSlots, SeenShard, type SharedSlots } from './seen-shard.js';

/** Shards of a day. A shard grows, is copied and is encoded in one step, so a day has many. */
const SHARD_COUNT = 256;
const SHARD_SHIFT = 24;
/** An encoded shard begins with its day and its number of pairs, u32 each. */
const CHUNK_HEAD_BYTES = 8;

/** Bounds of the set of seen events. */
export interface SeenEventsOptions {
  /** Seconds of event time behind the watermark that events are remembered for. */
  readonly keptS: number;
  /** Maximum number of pairs over all days. A pair counts once for each day with events. */
  readonly maxPairCount: number;
}

/** Events of one day of event time, by the top bits of the pair id. */
interface Day {
  readonly shards: readonly SeenShard[];
  pairCount: number;
}

/**
 * The set of applied events, by pair id and kind, which makes their effect exactly once. Events are kept by the day of their event
 * time; a day leaves as a whole when the watermark has passed it by the kept time.
 */
export class SeenEvents {
  private readonly days = new Map<number, Day>();
  private firstDay = 0;
  private pairCountNow = 0;
  private readonly options: SeenEventsOptions;

  constructor(options: SeenEventsOptions) {
    this.options = options;
  }

  /** Pairs in the set. A pair counts once for each day with events. */
  get pairCount(): number {
    return this.pairCountNow;
  }

  /** True if the set has room for `count` more pairs. */
  hasRoomFor(count: number): boolean {
    return this.pairCountNow + count <= this.options.maxPairCount;
  }

  /** Size in memory. */
  get byteLength(): number {
    let bytes = 0;
    for (const { shards } of this.days.values()) for (const { byteLength } of shards) bytes += byteLength;
    return bytes;
  }

  /** True if an event of the pair and kind is in the set. */
  has(lo: number, hi: number, kind: number): boolean {
    for (const { shards } of this.days.values())
      if (shards[hi >>> SHARD_SHIFT]!.has(lo, hi, kind)) return true;
    return false;
  }

  /**
   * Adds an event, even beyond the bound: events of the log are never forgotten early. An event older than the kept time is
   * remembered as long as the oldest kept day.
   * @param timeS event time, Unix seconds
   * @returns true if the event is new
   */
  add(lo: number, hi: number, kind: number, timeS: number): boolean {
    if (this.has(lo, hi, kind)) return false;
    const day = this.dayOf(Math.max(this.firstDay, Math.floor(timeS / DAY_S)));
    if (day.shards[hi >>> SHARD_SHIFT]!.add(lo, hi, kind)) {
      day.pairCount += 1;
      this.pairCountNow += 1;
    }
    return true;
  }

  /** Forgets the days that end before the kept time. @param watermarkS event time that never goes back, Unix seconds */
  advance(watermarkS: number): void {
    const firstDay = Math.floor((watermarkS - this.options.keptS) / DAY_S);
    if (firstDay <= this.firstDay) return;
    this.firstDay = firstDay;
    for (const [number, { pairCount }] of this.days) {
      if (number >= firstDay) continue;
      this.pairCountNow -= pairCount;
      this.days.delete(number);
    }
  }

  /**
   * Encodes the set as it is at the call, one chunk per step. The set may change between the steps: a shard that changes is copied
   * first. The caller must finish one snapshot (or return it) before it begins the next.
   */
  snapshot(): Generator<Uint8Array<ArrayBuffer>, void, void> {
    const shared: { number: number; shard: SeenShard; slots: SharedSlots; pairCount: number }[] = [];
    for (const [number, { shards }] of this.days)
      for (const shard of shards)
        if (shard.pairCount > 0)
          shared.push({ number, shard, slots: shard.share(), pairCount: shard.pairCount });
    return encodeShards(shared);
  }

  /** Adds the pairs of a chunk of `snapshot`. @returns false if the chunk is not one */
  restore(chunk: Uint8Array): boolean {
    const view = new DataView(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    if (chunk.length < CHUNK_HEAD_BYTES) return false;
    const pairCount = view.getUint32(4, true);
    if (pairCount === 0 || chunk.length !== CHUNK_HEAD_BYTES + pairCount * ENCODED_PAIR_BYTES) return false;
    const day = this.dayOf(Math.max(this.firstDay, view.getUint32(0, true)));
    // All pairs of a chunk are of one shard.
    const shard = day.shards[view.getInt32(CHUNK_HEAD_BYTES + 4, true) >>> SHARD_SHIFT]!;
    const added = shard.restore(view, CHUNK_HEAD_BYTES, pairCount);
    day.pairCount += added;
    this.pairCountNow += added;
    return true;
  }

  private dayOf(number: number): Day {
    let day = this.days.get(number);
    if (day === undefined) {
      day = { shards: Array.from({ length: SHARD_COUNT }, () => new SeenShard()), pairCount: 0 };
      this.days.set(number, day);
    }
    return day;
  }
}

function* encodeShards(
  shared: Iterable<{
    readonly number: number;
    readonly shard: SeenShard;
    readonly slots: SharedSlots;
    readonly pairCount: number;
  }>,
): Generator<Uint8Array<ArrayBuffer>, void, void> {
  for (const { number, shard, slots, pairCount } of shared) {
    const chunk = new Uint8Array(CHUNK_HEAD_BYTES + pairCount * ENCODED_PAIR_BYTES);
    const view = new DataView(chunk.buffer);
    view.setUint32(0, number, true);
    view.setUint32(4, pairCount, true);
    encodeSlots(slots, view, CHUNK_HEAD_BYTES);
    shard.release(slots);
    yield chunk;
  }
}

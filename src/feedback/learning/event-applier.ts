import { EventBlock } from '../../features/event-block.js';
import { type CountedTable, EventCounters } from '../../features/event-counters.js';
import { COMPONENT_LANES, laneOf } from '../../features/key-components.js';
import { EVENT_BYTES, EVENT_KIND_COUNT, kindOf, timeOf } from '../events/event-record.js';
import { keySchemeOf, readComponents, readPairId } from '../events/pair-record.js';
import type { PendingEvents } from './pending-events.js';
import type { SeenEvents } from './seen-events.js';
import { encodeSlots, ENCODED_PAIR_BYTES, SeenShard } from './seen-shard.js';

/** Bound of the languages that are remembered. A world has about 200; more are a fault of a caller. */
const MAX_LANGUAGE_COUNT = 4_096;
const LANGUAGE_LANE = laneOf('language');

/** Counts of events since the state directory was made. A start continues them from the newest snapshot. */
export interface EventCounts {
  /** Counted in the tables. */
  appliedCount: number;
  duplicateCount: number;
  /** Older than the attribution window, or than the statistics of the release. */
  tooOldCount: number;
  /** Of another key scheme than the release's, or of a kind that this version does not know: not counted in the tables. */
  foreignCount: number;
}

/** State that EventApplier updates, and rules of the release. */
export interface EventApplierOptions {
  readonly tables: readonly CountedTable[];
  readonly seen: SeenEvents;
  /** Key scheme of the release. */
  readonly keyScheme: number;
  /** The statistics file of the release has learned all events before this time, Unix seconds. */
  readonly asOfS: number;
}

/** Applies delivered events to the tables, each pair and kind once. Its state depends on the delivered events alone, not on a clock. */
export class EventApplier {
  readonly counts: EventCounts = { appliedCount: 0, duplicateCount: 0, tooOldCount: 0, foreignCount: 0 };
  /** Languages of applied events. */
  readonly languages = new SeenShard();
  private watermarkNowS: number;
  private readonly options: EventApplierOptions;
  private readonly counters: EventCounters;
  private readonly components = new Int32Array(COMPONENT_LANES);
  private readonly block: EventBlock;
  private readonly pairId = { lo: 0, hi: 0 };

  /** @throws PairstreamError INVALID_SNAPSHOT for a table of no key set */
  constructor(options: EventApplierOptions) {
    this.options = options;
    this.counters = new EventCounters(options.tables);
    this.block = new EventBlock(this.counters.keyLanes);
    this.watermarkNowS = options.asOfS;
  }

  /** Event time of the newest applied event, at least `asOfS`. Never goes back. Unix seconds. */
  get watermarkS(): number {
    return this.watermarkNowS;
  }

  /** Raises the watermark, and forgets the seen events behind it. */
  advance(timeS: number): void {
    if (timeS <= this.watermarkNowS) return;
    this.watermarkNowS = timeS;
    this.options.seen.advance(timeS);
  }

  /** Applies the events of a group. @param pending is told of every event */
  apply(events: Uint8Array, pending: PendingEvents): void {
    const view = new DataView(events.buffer, events.byteOffset, events.byteLength);
    const { pairId } = this;
    for (let at = 0; at < events.length; at += EVENT_BYTES) {
      const kind = kindOf(view, at);
      if (kind >= EVENT_KIND_COUNT) {
        this.counts.foreignCount += 1;
        continue;
      }
      readPairId(view, at, pairId);
      this.admit(view, at, kind);
      if (this.block.isFull) this.countBlock();
      pending.delivered(pairId.lo, pairId.hi, kind);
    }
    this.countBlock();
  }

  /** Languages as records of `encodeSlots`. */
  encodeLanguages(): Uint8Array<ArrayBuffer> {
    const bytes = new Uint8Array(this.languages.pairCount * ENCODED_PAIR_BYTES);
    encodeSlots(this.languages.share(), new DataView(bytes.buffer), 0);
    return bytes;
  }

  private countBlock(): void {
    this.counters.countBlock(this.block);
    this.block.eventCount = 0;
  }

  /** Adds an event to the block if it is to be counted. @param view of the group; `pairId` is the event's */
  private admit(view: DataView, at: number, kind: number): void {
    const { block, components, counts, counters, pairId, options } = this;
    const timeS = timeOf(view, at);
    if (keySchemeOf(view, at) !== options.keyScheme) {
      counts.foreignCount += 1;
      return;
    }
    if (!options.seen.add(pairId.lo, pairId.hi, kind, timeS)) {
      counts.duplicateCount += 1;
      return;
    }
    if (timeS < options.asOfS) {
      counts.tooOldCount += 1;
      return;
    }
    readComponents(view, at, components);
    counters.writeKeys(components, block.keys, block.eventCount * counters.keyLanes);
    block.kinds[block.eventCount] = kind;
    block.timesS[block.eventCount] = timeS;
    block.eventCount += 1;
    counts.appliedCount += 1;
    this.advance(timeS);
    if (this.languages.pairCount < MAX_LANGUAGE_COUNT)
      this.languages.add(components[LANGUAGE_LANE]!, components[LANGUAGE_LANE + 1]!, 0);
  }
}

import { PairstreamError } from '../../errors/pairstream-error.js';
import { EVENT_BYTES, IMPRESSION, kindOf, timeOf } from '../../feedback/events/event-record.js';
import { predictedAtOf, readPairId } from '../../feedback/events/pair-record.js';
import { isSampled } from '../../feedback/feature-log/served-request.js';
import type { EngagementTimes } from '../../pairs/part-row.js';
import { TARGET_COUNT } from '../../pairs/targets.js';

/** Words of an entry: pair id (two lanes), time of the shown prediction, and a time per kind. 0 is no time. */
const PREDICTED_AT = 2;
const TIMES_AT = 3;
const ENTRY_WORDS = TIMES_AT + TARGET_COUNT + 1;
const IMPRESSION_AT = TIMES_AT + IMPRESSION;
/** Slots per entry of a full table. */
const SPARE = 1.5;
const FIRST_CAPACITY = 1_024;

/** Bytes per pair of PairEvents, at most: while the table grows, the old half is there, too. */
export const PAIR_EVENTS_BYTES = 3 * SPARE * 4 * ENTRY_WORDS;

/**
 * Events by pair, for pairs of a sample. Open addressing; memory follows the number of pairs, at most PAIR_EVENTS_BYTES each. An
 * event counts once per pair and kind: the first in the order of the log.
 */
export class PairEvents {
  /** Time of the newest event, of all pairs, Unix seconds. */
  newestEventS = Number.NEGATIVE_INFINITY;
  /** Events read, of all pairs. */
  eventCount = 0;
  /** Pairs held. */
  pairCount = 0;
  private words = new Uint32Array(FIRST_CAPACITY * ENTRY_WORDS);
  private capacity = FIRST_CAPACITY;
  private readonly id = { lo: 0, hi: 0 };

  /** @param oneIn sample of the pairs @param maxPairCount bound */
  constructor(
    private readonly oneIn: number,
    private readonly maxPairCount: number,
  ) {}

  /** Adds event records. Blank events are left out. @throws PairstreamError INVALID_DATA_FILE if there are too many pairs */
  add(events: Uint8Array): void {
    const { id } = this;
    const view = new DataView(events.buffer, events.byteOffset, events.byteLength);
    for (let at = 0; at < events.length; at += EVENT_BYTES) {
      const kind = kindOf(view, at);
      if (kind > IMPRESSION) continue;
      const timeS = timeOf(view, at);
      this.eventCount += 1;
      this.newestEventS = Math.max(this.newestEventS, timeS);
      readPairId(view, at, id);
      if (!isSampled(id, this.oneIn)) continue;
      const entry = this.entryOf(id.lo, id.hi);
      if (this.words[entry + TIMES_AT + kind] !== 0) continue;
      this.words[entry + TIMES_AT + kind] = timeS;
      if (kind === IMPRESSION) this.words[entry + PREDICTED_AT] = predictedAtOf(view, at);
    }
  }

  /**
   * True if the impression of a pair belongs to a prediction.
   * @param predictedAtS time that the features were computed for, whole Unix seconds
   */
  isShown(lo: number, hi: number, predictedAtS: number): boolean {
    const entry = this.find(lo, hi);
    return this.words[entry + IMPRESSION_AT] !== 0 && this.words[entry + PREDICTED_AT] === predictedAtS;
  }

  /** Times of the engagements of a shown pair up to a time. */
  engagementsUntil(lo: number, hi: number, untilS: number): EngagementTimes {
    const entry = this.find(lo, hi);
    const timeOfTarget = (target: number): number | null => {
      const timeS = this.words[entry + TIMES_AT + target]!;
      return timeS === 0 || timeS > untilS ? null : timeS;
    };
    return [timeOfTarget(0), timeOfTarget(1), timeOfTarget(2), timeOfTarget(3)];
  }

  /** Forgets the impression of a pair: a second row of the same prediction is then not shown. */
  take(lo: number, hi: number): void {
    this.words[this.find(lo, hi) + IMPRESSION_AT] = 0;
  }

  /** Entry of a pair; a new one if needed. */
  private entryOf(lo: number, hi: number): number {
    const entry = this.find(lo, hi);
    if (!this.isEmpty(entry)) return entry;
    if (this.pairCount === this.maxPairCount) throw this.full();
    if ((this.pairCount + 1) * SPARE > this.capacity) {
      this.grow();
      return this.entryOf(lo, hi);
    }
    this.pairCount += 1;
    this.words[entry] = lo;
    this.words[entry + 1] = hi;
    return entry;
  }

  /** Entry of a pair, or the empty entry where it belongs. */
  private find(lo: number, hi: number): number {
    const { words, capacity } = this;
    let slot = (lo >>> 0) % capacity;
    for (;;) {
      const entry = slot * ENTRY_WORDS;
      if (this.isEmpty(entry) || (words[entry] === lo >>> 0 && words[entry + 1] === hi >>> 0)) return entry;
      slot = (slot + 1) % capacity;
    }
  }

  private isEmpty(entry: number): boolean {
    return this.words[entry] === 0 && this.words[entry + 1] === 0;
  }

  private grow(): void {
    const old = this.words;
    this.capacity *= 2;
    this.words = new Uint32Array(this.capacity * ENTRY_WORDS);
    for (let from = 0; from < old.length; from += ENTRY_WORDS)
      if (old[from] !== 0 || old[from + 1] !== 0)
        this.words.set(old.subarray(from, from + ENTRY_WORDS), this.find(old[from]!, old[from + 1]!));
  }

  private full(): PairstreamError {
    return new PairstreamError(
      'INVALID_DATA_FILE',
      `the event log holds events of more than ${this.maxPairCount} sampled pairs (--max-pairs); raise it, at ${PAIR_EVENTS_BYTES} bytes of memory per pair`,
      { field: '--max-pairs' },
    );
  }
}

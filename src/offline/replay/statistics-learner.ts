import TinyQueue from 'tinyqueue';
import { EventCounters } from '../../features/event-counters.js';
import { COMPONENT_LANES } from '../../features/key-components.js';
import { writePairComponents } from '../../features/pair-kernel.js';
import type { TweetRows } from '../../features/tweet-rows.js';
import type { StatisticsTables } from '../../statistics/statistics-tables.js';
import { StatisticsWriter } from '../../statistics/statistics-writer.js';
import type { EngagementTimes } from '../../pairs/part-row.js';
import { TARGET_COUNT } from '../../pairs/targets.js';

/** Kind of an impression, after the targets. */
const IMPRESSION = TARGET_COUNT;

/** An impression or an engagement that has happened or will happen at `timeS`. */
interface LearningEvent {
  readonly timeS: number;
  /** IMPRESSION or a target. */
  readonly kind: number;
  /** Lanes of the key of every table, in their order. */
  readonly keys: Int32Array;
}

/**
 * Applies impressions and engagements to statistics tables in event time, from one queue: nothing is in the tables
 * before its own time. Memory follows the engagements that are still to come.
 */
export class StatisticsLearner {
  /** Events applied so far: impressions, then each target. */
  readonly applied = { impressionCount: 0, engagementCounts: new Float64Array(TARGET_COUNT) };
  private readonly queue = new TinyQueue<LearningEvent>([], (a, b) => a.timeS - b.timeS);
  private readonly counters: EventCounters;
  private readonly components = new Int32Array(COMPONENT_LANES);

  /**
   * @param statistics tables to update; no other code may write them
   * @param knownUntilS events before this time are in the tables already and are not counted again; default: none are
   * @throws PairstreamError INVALID_SNAPSHOT for a table of no key set
   */
  constructor(
    statistics: StatisticsTables,
    private readonly knownUntilS = Number.NEGATIVE_INFINITY,
  ) {
    this.counters = new EventCounters(statistics.tables.map((table) => new StatisticsWriter(table)));
  }

  /** Applies every event before `timeS`; events at `timeS` itself wait, so that what happens at once sees the same state. */
  advanceTo(timeS: number): void {
    for (let next = this.queue.peek(); next !== undefined && next.timeS < timeS; next = this.queue.peek()) {
      this.queue.pop();
      this.apply(next);
    }
  }

  /**
   * Queues the impression of a pair at its tweet's time, and each engagement at its own time. An engagement earlier than the
   * tweet counts at the tweet's time.
   * @param tweetRows created with names, begun with the batch of the pair
   */
  observe(tweetRows: TweetRows, pair: number, engagementTimesS: EngagementTimes): void {
    const { tweets, pairs } = tweetRows.batch;
    const tweet = pairs.tweetIndex[pair]!;
    const shownAtS = tweets.createdAtS[tweet]!;
    const keys = this.keysOf(tweetRows, pair, tweet);
    this.enqueue(shownAtS, IMPRESSION, keys);
    for (let target = 0; target < TARGET_COUNT; target += 1) {
      const engagedAtS = engagementTimesS[target] ?? null;
      if (engagedAtS !== null) this.enqueue(Math.max(engagedAtS, shownAtS), target, keys);
    }
  }

  private enqueue(timeS: number, kind: number, keys: Int32Array): void {
    if (timeS >= this.knownUntilS) this.queue.push({ timeS, kind, keys });
  }

  private keysOf(tweetRows: TweetRows, pair: number, tweet: number): Int32Array {
    const { components, counters } = this;
    tweetRows.ensure(tweet);
    tweetRows.readComponents(tweet, components);
    writePairComponents(tweetRows.batch, pair, components);
    const keys = new Int32Array(counters.keyLanes);
    counters.writeKeys(components, keys);
    return keys;
  }

  private apply({ timeS, kind, keys }: LearningEvent): void {
    if (kind === IMPRESSION) this.applied.impressionCount += 1;
    else this.applied.engagementCounts[kind]! += 1;
    this.counters.count(keys, kind, timeS);
  }
}

import type { StatisticsTables } from '../statistics/statistics-tables.js';
import type { PairBatch } from '../pairs/pair-batch.js';
import type { Vocabulary } from './text/vocabulary.js';
import { TWEET_COMPONENT_LANES } from './key-components.js';
import { TWEET_FEATURES } from './tweet-features.js';
import { TweetKernel } from './tweet-kernel.js';

/** Values per tweet in TweetRows.values. */
export const TWEET_WIDTH = TWEET_FEATURES.length;

/**
 * What the tweets of one message bring by themselves: request-only values and key components, computed once per tweet,
 * when they are first asked for, however many readers, models and batches ask. Reused message after message by its owner.
 */
export class TweetRows {
  /** Row-major [tweets, TWEET_WIDTH], in the order of TWEET_FEATURES; rows that were asked for are valid. */
  values = new Float32Array(0);
  batch!: PairBatch;
  private lanes = new Int32Array(0);
  private isComputed = new Uint8Array(0);
  private readonly kernel: TweetKernel;

  /**
   * Borrows vocabulary and statistics (of which only the languages are read). One instance serves one thread.
   * @param hasNames whether the names in a text are looked for, see TweetKernel
   */
  constructor(vocabulary: Vocabulary, statistics: Pick<StatisticsTables, 'languages'>, hasNames: boolean) {
    this.kernel = new TweetKernel(vocabulary, statistics, hasNames);
  }

  /** Tweets there is room for: that of the largest message so far. */
  get capacity(): number {
    return this.isComputed.length;
  }

  /** Begins a message; the batch is read until the next one begins. */
  begin(batch: PairBatch): void {
    const { count } = batch.tweets;
    this.batch = batch;
    if (this.isComputed.length < count) {
      const capacity = Math.max(count, 2 * this.isComputed.length);
      this.isComputed = new Uint8Array(capacity);
      this.values = new Float32Array(capacity * TWEET_WIDTH);
      this.lanes = new Int32Array(capacity * TWEET_COMPONENT_LANES);
    } else this.isComputed.fill(0, 0, count);
  }

  /** Sees to it that the values and components of a tweet are there. */
  ensure(tweet: number): void {
    if (this.isComputed[tweet] === 1) return;
    const { kernel, lanes, batch, values } = this;
    const { users, tweets } = batch;
    kernel.compute(users, tweets, tweet, lanes, tweet * TWEET_COMPONENT_LANES, values, tweet * TWEET_WIDTH);
    this.isComputed[tweet] = 1;
  }

  /** Copies the components of a tweet that was ensured; those of the pair are left alone. */
  readComponents(tweet: number, out: Int32Array): void {
    const { lanes } = this;
    const at = tweet * TWEET_COMPONENT_LANES;
    for (let i = 0; i < TWEET_COMPONENT_LANES; i += 1) out[i] = lanes[at + i]!;
  }

  /** A lane of a component of a tweet that was ensured, see key-components.ts. */
  componentLane(tweet: number, lane: number): number {
    return this.lanes[tweet * TWEET_COMPONENT_LANES + lane]!;
  }
}

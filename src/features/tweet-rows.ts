import type { StatisticsTables } from '../statistics/statistics-tables.js';
import type { PairBatch } from '../pairs/pair-batch.js';
import type { Vocabulary } from './text/vocabulary.js';
import { type TextScope, TWEET_COMPONENT_LANES } from './key-components.js';
import { TWEET_FEATURES } from './tweet-features.js';
import { TweetKernel } from './tweet-kernel.js';

/** Values per tweet in TweetRows.values. */
export const TWEET_WIDTH = TWEET_FEATURES.length;

/**
 * Values and key components of the tweets of one request that depend on the tweet alone. Each tweet is computed once, when
 * it is first needed, for all readers, models and batches. The owner reuses the buffers for later requests.
 */
export class TweetRows {
  /** Row-major [tweets, TWEET_WIDTH], in the order of TWEET_FEATURES. Valid for the tweets of earlier `ensure` calls. */
  values = new Float32Array(0);
  batch!: PairBatch;
  private lanes = new Int32Array(0);
  private isComputed = new Uint8Array(0);
  private readonly kernel: TweetKernel;

  /**
   * Borrows vocabulary and statistics (of which only the languages are read). One instance serves one thread.
   * @param textScope components of the text that are computed, see TweetKernel
   */
  constructor(
    vocabulary: Vocabulary,
    statistics: Pick<StatisticsTables, 'languages'>,
    readonly textScope: TextScope,
  ) {
    this.kernel = new TweetKernel(vocabulary, statistics, textScope);
  }

  /** Number of tweets that fit without allocation. */
  get capacity(): number {
    return this.isComputed.length;
  }

  /** Begins a request. The caller must not modify the batch until the next `begin`. */
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

  /** Computes the values and components of a tweet unless they are computed already. */
  ensure(tweet: number): void {
    if (this.isComputed[tweet] === 1) return;
    const { kernel, lanes, batch, values } = this;
    const { users, tweets } = batch;
    kernel.compute(users, tweets, tweet, lanes, tweet * TWEET_COMPONENT_LANES, values, tweet * TWEET_WIDTH);
    this.isComputed[tweet] = 1;
  }

  /** Copies the components of a computed tweet. The components of the pair stay unchanged. */
  readComponents(tweet: number, out: Int32Array): void {
    const { lanes } = this;
    const at = tweet * TWEET_COMPONENT_LANES;
    for (let i = 0; i < TWEET_COMPONENT_LANES; i += 1) out[i] = lanes[at + i]!;
  }

  /** A lane of a component of a computed tweet, see key-components.ts. */
  componentLane(tweet: number, lane: number): number {
    return this.lanes[tweet * TWEET_COMPONENT_LANES + lane]!;
  }
}

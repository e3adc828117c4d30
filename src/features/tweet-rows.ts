import type { StatisticsTables } from '../lookups/statistics-tables.js';
import type { PairBatch } from '../pairs/pair-batch.js';
import { TEXT_KEY_LANES } from '../text/text-keys.js';
import type { Vocabulary } from '../text/vocabulary.js';
import { TWEET_FEATURES } from './catalogue.js';
import type { KeyComponents } from './key-sets.js';
import { TweetKernel } from './tweet-kernel.js';

/** Lanes kept per tweet, in this order: author, language, first word, tweet type, media code, then those of TextKeys. */
const COMPONENT_LANES = 8;
const LANES = COMPONENT_LANES + TEXT_KEY_LANES;

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

  /** Borrows vocabulary and statistics (of which only the languages are read). One instance serves one thread. */
  constructor(
    vocabulary: Vocabulary,
    statistics: Pick<StatisticsTables, 'languages'>,
    private readonly hasTextKeys: boolean,
  ) {
    this.kernel = new TweetKernel(vocabulary, statistics);
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
      this.lanes = new Int32Array(capacity * LANES);
    } else this.isComputed.fill(0, 0, count);
  }

  /** Sees to it that the values and components of a tweet are there. */
  ensure(tweet: number): void {
    if (this.isComputed[tweet] === 1) return;
    const { kernel, lanes, batch } = this;
    kernel.compute(batch.users, batch.tweets, tweet, this.values, tweet * TWEET_WIDTH);
    const { components } = kernel;
    const at = tweet * LANES;
    lanes[at] = components.authorLo;
    lanes[at + 1] = components.authorHi;
    lanes[at + 2] = components.languageLo;
    lanes[at + 3] = components.languageHi;
    lanes[at + 4] = components.wordLo;
    lanes[at + 5] = components.wordHi;
    lanes[at + 6] = components.tweetType;
    lanes[at + 7] = components.mediaCode;
    if (this.hasTextKeys) kernel.writeTextKeys(lanes, at + COMPONENT_LANES);
    this.isComputed[tweet] = 1;
  }

  /** Copies the components of a tweet that was ensured; the reader's are left alone. */
  readComponents(tweet: number, out: KeyComponents): void {
    const { lanes } = this;
    const at = tweet * LANES;
    out.authorLo = lanes[at]!;
    out.authorHi = lanes[at + 1]!;
    out.languageLo = lanes[at + 2]!;
    out.languageHi = lanes[at + 3]!;
    out.wordLo = lanes[at + 4]!;
    out.wordHi = lanes[at + 5]!;
    out.tweetType = lanes[at + 6]!;
    out.mediaCode = lanes[at + 7]!;
  }

  /** A lane of TextKeys of a tweet that was ensured; only where text keys are computed. */
  textKeyLane(tweet: number, lane: number): number {
    return this.lanes[tweet * LANES + COMPONENT_LANES + lane]!;
  }

  /** A lane of the first word of a tweet that was ensured: 0 low, 1 high. */
  firstWordLane(tweet: number, lane: 0 | 1): number {
    return this.lanes[tweet * LANES + 4 + lane]!;
  }
}

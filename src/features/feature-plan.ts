import { closestMatch } from 'leven';
import type { RowRange } from '../backends/backend.js';
import { PairstreamError } from '../errors/pairstream-error.js';
import { DistinctRows } from '../pairs/distinct-rows.js';
import type { StatisticsTables } from '../statistics/statistics-tables.js';
import { CATALOGUE } from './catalogue.js';
import { EncodedRows } from './encoded-rows.js';
import type { FeatureDefinition } from './feature-definition.js';
import { type Component, COMPONENT_LANES } from './key-components.js';
import { compileLookUps, componentsOf, STATISTICS_FEATURES } from './look-ups.js';
import { PAIR_FEATURES } from './pair-features.js';
import { PairKernel, writePairComponents } from './pair-kernel.js';
import { TWEET_FEATURES } from './tweet-features.js';
import { TWEET_WIDTH, type TweetRows } from './tweet-rows.js';

/** Pairs that are looked up together: their records stay in the second-level cache. */
const CHUNK_PAIRS = 128;
/** Values of a pair: request-only ones first, then statistics. */
const PAIR_VALUES: readonly FeatureDefinition[] = [...PAIR_FEATURES, ...STATISTICS_FEATURES.pair];
const TWEET_STATISTICS_WIDTH = STATISTICS_FEATURES.tweet.length;

/** Runs of output columns that take consecutive values of their source. */
interface ColumnMap {
  /** Position of the first value of each run. */
  readonly valueAt: Int32Array;
  /** First output column of each run. */
  readonly columnAt: Int32Array;
  /** Columns of each run. */
  readonly length: Int32Array;
}

/** The columns of one output, by source. */
interface OutputColumns {
  readonly tweet: ColumnMap;
  readonly tweetStatistics: ColumnMap;
  readonly pair: ColumnMap;
}

/** A row-major matrix that a plan writes into; it may be wider than the features that go there. */
export interface FeatureMatrix {
  readonly data: Float32Array;
  /** Values from one row to the next. */
  readonly width: number;
}

/** A tweet at a time, which has one row of statistics. The key is TWEET_AT_TIME_LANES of `lanes`, from lanes[1] on. */
class TweetAtTime {
  /** 0, the tweet, and the two lanes of the time's 64 bits. */
  readonly lanes = new Int32Array(4);
  private readonly timeS = new Float64Array(this.lanes.buffer, 8, 1);

  set(tweet: number, asOfS: number): void {
    this.lanes[1] = tweet;
    this.timeS[0] = asOfS;
  }
}

const TWEET_AT_TIME_LANES = 3;

/**
 * Lists of features compiled for evaluation, one list per model input. A feature is computed once and written to every input
 * that has it. Only the key sets of the lists are looked up. Tweet-space values are computed once per distinct tweet. Nothing
 * is allocated per row; buffers grow to the largest request. One instance serves one thread. It reads the caller's tables and
 * owns its buffers.
 */
export class FeaturePlan {
  /** Components of the keys that the plan looks up. TweetRows must be created with their text scope. */
  readonly components: readonly Component[];
  private readonly outputs: readonly OutputColumns[];
  /** Statistics of each distinct tweet and time of the request. */
  private readonly tweets: EncodedRows;
  private readonly distinctTweets: DistinctRows;
  private readonly tweetAtTime = new TweetAtTime();
  /** Values and statistics per pair of the chunk. */
  private readonly pairs: EncodedRows;
  private readonly pairKernel = new PairKernel();
  private readonly tweetRowOfPair = new Int32Array(CHUNK_PAIRS);
  /** Of the pair that is being prepared. */
  private readonly componentLanes = new Int32Array(COMPONENT_LANES);
  /** The part of the range that is being computed. */
  private readonly chunk = { batchRow: 0, requestRow: 0, rowCount: 0 };

  /**
   * @param lists of features of the catalogue, one for each output
   * @throws PairstreamError INVALID_SNAPSHOT for a table or a horizon that is missing
   */
  constructor(lists: readonly (readonly FeatureDefinition[])[], statistics: StatisticsTables) {
    this.outputs = lists.map((definitions) => ({
      tweet: mapColumns(definitions, TWEET_FEATURES),
      tweetStatistics: mapColumns(definitions, STATISTICS_FEATURES.tweet),
      pair: mapColumns(definitions, PAIR_VALUES),
    }));
    const all = lists.flat();
    const { priors } = statistics;
    const ofTweets = compileLookUps('tweet', all, statistics, 0);
    const ofPairs = compileLookUps('pair', all, statistics, PAIR_FEATURES.length);
    this.tweets = new EncodedRows(ofTweets, TWEET_STATISTICS_WIDTH, priors);
    this.distinctTweets = new DistinctRows(TWEET_AT_TIME_LANES);
    this.pairs = new EncodedRows(ofPairs, PAIR_VALUES.length, priors);
    this.pairs.reserve(CHUNK_PAIRS);
    this.components = componentsOf([...ofTweets, ...ofPairs]);
  }

  /**
   * Computes the features of pairs of a request and writes them to every output.
   * @param tweetRows begun with a valid batch, created with the text scope of the plan's components
   * @param pairIndexes the pair of each row of the request
   * @param range rows to write
   * @param outs one for each list; owned by the caller
   */
  write(
    tweetRows: TweetRows,
    pairIndexes: Uint32Array,
    { batchRow, requestRow, rowCount }: RowRange,
    outs: readonly FeatureMatrix[],
  ): void {
    const { chunk } = this;
    this.distinctTweets.clear();
    for (let done = 0; done < rowCount; done += CHUNK_PAIRS) {
      chunk.batchRow = batchRow + done;
      chunk.requestRow = requestRow + done;
      chunk.rowCount = Math.min(CHUNK_PAIRS, rowCount - done);
      this.computeChunk(tweetRows, pairIndexes);
      for (let o = 0; o < outs.length; o += 1)
        this.scatterChunk(tweetRows, pairIndexes, this.outputs[o]!, outs[o]!);
    }
  }

  private scatterChunk(
    { batch, values }: TweetRows,
    pairIndexes: Uint32Array,
    columns: OutputColumns,
    { data, width }: FeatureMatrix,
  ): void {
    const { batchRow, requestRow, rowCount } = this.chunk;
    for (let i = 0; i < rowCount; i += 1) {
      const at = (batchRow + i) * width;
      const tweet = batch.pairs.tweetIndex[pairIndexes[requestRow + i]!]!;
      scatter(columns.tweet, values, tweet * TWEET_WIDTH, data, at);
      const encodedAt = this.tweetRowOfPair[i]! * TWEET_STATISTICS_WIDTH;
      scatter(columns.tweetStatistics, this.tweets.values, encodedAt, data, at);
      scatter(columns.pair, this.pairs.values, i * PAIR_VALUES.length, data, at);
    }
  }

  /** Computes the values of the chunk's pairs, and the statistics of those of their tweets that are new in this call. */
  private computeChunk(tweetRows: TweetRows, pairIndexes: Uint32Array): void {
    const { batch } = tweetRows;
    const { pairs, tweets, componentLanes, distinctTweets } = this;
    const { requestRow, rowCount } = this.chunk;
    const { tweetIndex, asOfS } = batch.pairs;
    const knownTweets = distinctTweets.count;
    tweets.reserve(knownTweets + rowCount);
    let lastTweet = -1;
    for (let i = 0; i < rowCount; i += 1) {
      const pair = pairIndexes[requestRow + i]!;
      const tweet = tweetIndex[pair]!;
      // Pairs of one tweet often follow one another: its components are still there.
      if (tweet !== lastTweet) {
        tweetRows.ensure(tweet);
        tweetRows.readComponents(tweet, componentLanes);
        lastTweet = tweet;
      }
      this.tweetRowOfPair[i] = this.tweetRowAt(tweet, asOfS[pair]!);
      this.pairKernel.compute(batch, pair, pairs.values, i * PAIR_VALUES.length);
      writePairComponents(batch, pair, componentLanes);
      pairs.setKeys(i, componentLanes, asOfS[pair]!);
    }
    tweets.lookUp(knownTweets, distinctTweets.count);
    pairs.lookUp(0, rowCount);
  }

  /** Statistics row of a tweet, whose components were read, at a time; a new row is looked up later. */
  private tweetRowAt(tweet: number, asOfS: number): number {
    const { distinctTweets, tweetAtTime } = this;
    const knownTweets = distinctTweets.count;
    tweetAtTime.set(tweet, asOfS);
    const row = distinctTweets.findOrAdd(tweetAtTime.lanes, 1);
    if (row === knownTweets) this.tweets.setKeys(row, this.componentLanes, asOfS);
    return row;
  }
}

/**
 * Features by name, in the order given.
 * @throws PairstreamError INVALID_PIPELINE for a name that is not in the catalogue or occurs twice (`field` is `features[i]`)
 */
export function definitionsOf(names: readonly string[]): FeatureDefinition[] {
  const byName = new Map(CATALOGUE.map((definition) => [definition.name, definition]));
  return names.map((name, i) => {
    const definition = byName.get(name);
    const nearest = definition === undefined ? closestMatch(name, [...byName.keys()]) : undefined;
    const problem =
      definition === undefined
        ? `is no known feature, expected one of docs/reference/features.md; the nearest is "${nearest}"`
        : names.indexOf(name) < i
          ? 'occurs twice'
          : undefined;
    if (definition !== undefined && problem === undefined) return definition;
    throw new PairstreamError('INVALID_PIPELINE', `features[${i}]: "${name}" ${problem}`, {
      field: `features[${i}]`,
    });
  });
}

function mapColumns(output: readonly FeatureDefinition[], space: readonly FeatureDefinition[]): ColumnMap {
  const runs: { value: number; column: number; length: number }[] = [];
  for (const [column, definition] of output.entries()) {
    const value = space.indexOf(definition);
    const last = runs.at(-1);
    const offset = last === undefined ? -1 : column - last.column;
    if (last !== undefined && offset === last.length && value === last.value + offset) last.length += 1;
    else if (value >= 0) runs.push({ value, column, length: 1 });
  }
  return {
    valueAt: Int32Array.from(runs, ({ value }) => value),
    columnAt: Int32Array.from(runs, ({ column }) => column),
    length: Int32Array.from(runs, ({ length }) => length),
  };
}

function scatter(
  { valueAt, columnAt, length }: ColumnMap,
  values: Float32Array,
  from: number,
  out: Float32Array,
  at: number,
): void {
  for (let run = 0; run < length.length; run += 1) {
    const first = from + valueAt[run]!;
    const to = at + columnAt[run]!;
    for (let i = 0; i < length[run]!; i += 1) out[to + i] = values[first + i]!;
  }
}

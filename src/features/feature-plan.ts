import { closestMatch } from 'leven';
import { PairstreamError } from '../errors/pairstream-error.js';
import type { StatisticsTables } from '../statistics/statistics-tables.js';
import type { PairBatch } from '../pairs/pair-batch.js';
import type { Vocabulary } from './text/vocabulary.js';
import { CATALOGUE, PAIR_FEATURES, TWEET_FEATURES } from './catalogue.js';
import { EncodedRows } from './encoded-rows.js';
import type { FeatureDefinition } from './feature-definition.js';
import { COMPONENT_LANES } from './key-components.js';
import { compileLookUps, needsNames, STATISTICS_FEATURES } from './look-ups.js';
import { computePair, writePairComponents } from './pair-kernel.js';
import { TWEET_WIDTH, TweetRows } from './tweet-rows.js';

/** Pairs that are looked up together: their records stay in the second-level cache. */
const CHUNK_PAIRS = 128;
/** What is computed per pair: request-only values first, then statistics. */
const PAIR_VALUES: readonly FeatureDefinition[] = [...PAIR_FEATURES, ...STATISTICS_FEATURES.pair];
const TWEET_STATISTICS_WIDTH = STATISTICS_FEATURES.tweet.length;

/** From which value of its source each output column comes. */
interface ColumnMap {
  readonly valueAt: Int32Array;
  readonly columnAt: Int32Array;
}

/** The columns of one output, by source. */
interface OutputColumns {
  readonly width: number;
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

/**
 * Lists of features compiled for evaluation, one for each model input: everything is computed once and written to all
 * inputs that ask for it. Only the key sets that the lists need are looked up; tweet-space values are computed once per
 * distinct tweet, and nothing is allocated per row (buffers grow to the largest call). One instance serves one thread; it
 * borrows vocabulary and tables and owns its buffers.
 */
export class FeaturePlan {
  /** Values per row of each output. */
  readonly widths: readonly number[];
  /** Whether messages must have been made with the names of their texts. */
  readonly needsNames: boolean;
  private readonly outputs: readonly OutputColumns[];
  /** Statistics per distinct tweet (and time) of the call. */
  private readonly tweets: EncodedRows;
  /** Values and statistics per pair of the chunk. */
  private readonly pairs: EncodedRows;
  private readonly tweetRowOfPair = new Int32Array(CHUNK_PAIRS);
  /** Of the pair that is being prepared. */
  private readonly components = new Int32Array(COMPONENT_LANES);
  /** For `write`, which knows no message. */
  private readonly ownTweets: TweetRows;
  private readonly ownOutput: { data: Float32Array; width: number }[] = [];

  /** Per tweet of the batch: the call that looked it up last, and where. */
  private tweetCall = new Int32Array(0);
  private tweetRow = new Int32Array(0);
  private call = 0;
  private usedRows = 0;

  private constructor(
    lists: readonly (readonly FeatureDefinition[])[],
    vocabulary: Vocabulary,
    statistics: StatisticsTables,
  ) {
    this.widths = lists.map(({ length }) => length);
    this.outputs = lists.map((definitions) => ({
      width: definitions.length,
      tweet: mapColumns(definitions, TWEET_FEATURES),
      tweetStatistics: mapColumns(definitions, STATISTICS_FEATURES.tweet),
      pair: mapColumns(definitions, PAIR_VALUES),
    }));
    const all = lists.flat();
    const { priors } = statistics;
    const ofTweets = compileLookUps('tweet', all, statistics, 0);
    const ofPairs = compileLookUps('pair', all, statistics, PAIR_FEATURES.length);
    this.tweets = new EncodedRows(ofTweets, TWEET_STATISTICS_WIDTH, priors);
    this.pairs = new EncodedRows(ofPairs, PAIR_VALUES.length, priors);
    this.pairs.reserve(CHUNK_PAIRS);
    this.needsNames = needsNames([...ofTweets, ...ofPairs]);
    this.ownTweets = new TweetRows(vocabulary, statistics, this.needsNames);
  }

  /**
   * Compiles one list of features, in output order.
   * @throws PairstreamError INVALID_PIPELINE for a name that is not in the catalogue or occurs twice (`field` is
   *   `features[i]`); INVALID_SNAPSHOT for a table that is missing
   */
  static compile(
    names: readonly string[],
    vocabulary: Vocabulary,
    statistics: StatisticsTables,
  ): FeaturePlan {
    return FeaturePlan.compileOutputs([definitionsOf(names)], vocabulary, statistics);
  }

  /**
   * Compiles several lists, one for each output, of what `definitionsOf` gives.
   * @throws PairstreamError INVALID_SNAPSHOT for a table that is missing
   */
  static compileOutputs(
    lists: readonly (readonly FeatureDefinition[])[],
    vocabulary: Vocabulary,
    statistics: StatisticsTables,
  ): FeaturePlan {
    return new FeaturePlan(lists, vocabulary, statistics);
  }

  /** Values per row of the only output. */
  get width(): number {
    return this.widths[0]!;
  }

  /**
   * Computes the features of pairs pairIndexes[from .. to) of a valid batch and writes them row-major into `out`, the
   * first of them at row `outRow`. For plans of one output. The batch is only read; `out` stays the caller's.
   * @param outWidth values from one row of `out` to the next, this.width or more
   */
  write(
    batch: PairBatch,
    pairIndexes: Uint32Array,
    from: number,
    to: number,
    out: Float32Array,
    outRow: number,
    outWidth = this.width,
  ): void {
    this.ownTweets.begin(batch);
    this.ownOutput[0] = { data: out, width: outWidth };
    this.writeOutputs(this.ownTweets, pairIndexes, from, to, this.ownOutput, outRow);
  }

  /**
   * Computes the features of pairs pairIndexes[from .. to) of a message and writes each output's into its matrix, the
   * first pair at row `outRow`.
   * @param message whose batch is valid, with names if the plan needs them; tweets that are not computed yet will be
   * @param outs one for each list, which stay the caller's
   */
  writeOutputs(
    message: TweetRows,
    pairIndexes: Uint32Array,
    from: number,
    to: number,
    outs: readonly FeatureMatrix[],
    outRow: number,
  ): void {
    this.begin(message.batch.tweets.count);
    for (let first = from; first < to; first += CHUNK_PAIRS) {
      const count = Math.min(CHUNK_PAIRS, to - first);
      this.computeChunk(message, pairIndexes, first, count);
      for (let o = 0; o < outs.length; o += 1)
        this.scatterChunk(
          message,
          pairIndexes,
          first,
          count,
          this.outputs[o]!,
          outs[o]!,
          outRow + first - from,
        );
    }
  }

  private scatterChunk(
    { batch, values }: TweetRows,
    pairIndexes: Uint32Array,
    first: number,
    count: number,
    columns: OutputColumns,
    { data, width }: FeatureMatrix,
    outRow: number,
  ): void {
    for (let i = 0; i < count; i += 1) {
      const at = (outRow + i) * width;
      const tweet = batch.pairs.tweetIndex[pairIndexes[first + i]!]!;
      scatter(columns.tweet, values, tweet * TWEET_WIDTH, data, at);
      const encodedAt = this.tweetRowOfPair[i]! * TWEET_STATISTICS_WIDTH;
      scatter(columns.tweetStatistics, this.tweets.values, encodedAt, data, at);
      scatter(columns.pair, this.pairs.values, i * PAIR_VALUES.length, data, at);
    }
  }

  private begin(tweetCount: number): void {
    this.call += 1;
    this.usedRows = 0;
    if (this.tweetCall.length < tweetCount) {
      this.tweetCall = new Int32Array(tweetCount);
      this.tweetRow = new Int32Array(tweetCount);
    }
  }

  /** Brings the values of `count` pairs, and the statistics of those of their tweets that this call has not seen, up. */
  private computeChunk(message: TweetRows, pairIndexes: Uint32Array, first: number, count: number): void {
    const { batch } = message;
    const { tweetIndex, asOfS } = batch.pairs;
    const firstNewRow = this.usedRows;
    this.tweets.reserve(firstNewRow + count);
    for (let i = 0; i < count; i += 1) {
      const pair = pairIndexes[first + i]!;
      const tweet = tweetIndex[pair]!;
      message.ensure(tweet);
      message.readComponents(tweet, this.components);
      this.tweetRowOfPair[i] = this.tweetRowAt(tweet, asOfS[pair]!);
      this.preparePair(batch, pair, i);
    }
    this.tweets.lookUp(firstNewRow, this.usedRows);
    this.pairs.lookUp(0, count);
  }

  /** Row of a tweet at a time: the one this call has already, or a new one that is still to be looked up. */
  private tweetRowAt(tweet: number, asOfS: number): number {
    const { tweets } = this;
    const isKnown = this.tweetCall[tweet] === this.call;
    const known = this.tweetRow[tweet]!;
    if (isKnown && tweets.asOfS[known] === asOfS) return known;
    const row = this.usedRows;
    this.usedRows += 1;
    this.tweetCall[tweet] = this.call;
    this.tweetRow[tweet] = row;
    if (isKnown) tweets.copyKeys(known, row, asOfS);
    else tweets.setKeys(row, this.components, asOfS);
    return row;
  }

  /** Sets the request-only values and the keys of a pair, whose tweet's components were read, as row `i` of the chunk. */
  private preparePair(batch: PairBatch, pair: number, i: number): void {
    const { components, pairs } = this;
    computePair(batch, pair, pairs.values, i * PAIR_VALUES.length);
    writePairComponents(batch, pair, components);
    pairs.setKeys(i, components, batch.pairs.asOfS[pair]!);
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
  const columns = output
    .map((definition, column) => ({ column, value: space.indexOf(definition) }))
    .filter(({ value }) => value >= 0);
  return {
    valueAt: Int32Array.from(columns, ({ value }) => value),
    columnAt: Int32Array.from(columns, ({ column }) => column),
  };
}

function scatter(
  columns: ColumnMap,
  values: Float32Array,
  from: number,
  out: Float32Array,
  at: number,
): void {
  const { valueAt, columnAt } = columns;
  for (let i = 0; i < valueAt.length; i += 1) out[at + columnAt[i]!] = values[from + valueAt[i]!]!;
}

import { PairstreamError } from '../errors/pairstream-error.js';
import { SUM_COUNT } from '../lookups/statistics-table.js';
import type { StatisticsTables } from '../lookups/statistics-tables.js';
import type { PairBatch } from '../pairs/pair-batch.js';
import type { Vocabulary } from '../text/vocabulary.js';
import {
  CATALOGUE,
  type FeatureDefinition,
  FIRST_ENCODING,
  PAIR_FEATURES,
  TWEET_FEATURES,
} from './catalogue.js';
import { EncodedRows, type Encoding } from './encoded-rows.js';
import { KEY_SETS, type RowSpace } from './key-sets.js';
import { TweetKernel } from './tweet-kernel.js';

/** Pairs that are looked up together: their records stay in the second-level cache. */
const CHUNK_PAIRS = 128;

/** From which value of a row space each output column comes. */
interface ColumnMap {
  readonly valueAt: Int32Array;
  readonly columnAt: Int32Array;
}

/**
 * A list of features compiled for evaluation: only the key sets that the list needs are looked up, tweet-space values
 * are computed once per distinct tweet of a call, and nothing is allocated per row (buffers grow to the largest call).
 * One instance serves one thread; it borrows vocabulary and tables and owns its buffers.
 */
export class FeaturePlan {
  /** Values per row. */
  readonly width: number;
  private readonly kernel: TweetKernel;
  private readonly tweetColumns: ColumnMap;
  private readonly pairColumns: ColumnMap;
  /** Per distinct tweet (and time) of the call. */
  private readonly tweets: EncodedRows;
  /** Per pair of the chunk. */
  private readonly pairs: EncodedRows;
  private readonly tweetRowOfPair = new Int32Array(CHUNK_PAIRS);

  /** Per tweet of the batch: the call that computed its values, and where they are. */
  private tweetCall = new Int32Array(0);
  private tweetRow = new Int32Array(0);
  private call = 0;
  /** Per row of `tweets`: what it brings to the keys of its pairs. */
  private tweetComponents = new Int32Array(0);
  private usedRows = 0;

  private constructor(
    definitions: readonly FeatureDefinition[],
    vocabulary: Vocabulary,
    statistics: StatisticsTables,
  ) {
    this.width = definitions.length;
    this.kernel = new TweetKernel(vocabulary);
    this.tweetColumns = mapColumns(definitions, TWEET_FEATURES);
    this.pairColumns = mapColumns(definitions, PAIR_FEATURES);
    this.tweets = new EncodedRows(
      neededEncodings('tweet', this.tweetColumns, statistics),
      TWEET_FEATURES.length,
      statistics.priors,
    );
    this.pairs = new EncodedRows(
      neededEncodings('pair', this.pairColumns, statistics),
      PAIR_FEATURES.length,
      statistics.priors,
    );
    this.pairs.reserve(CHUNK_PAIRS);
  }

  /**
   * Compiles a list of features, in output order.
   * @throws PairstreamError INVALID_PIPELINE for a name that is not in the catalogue or occurs twice (`field` is `features[i]`)
   */
  static compile(
    names: readonly string[],
    vocabulary: Vocabulary,
    statistics: StatisticsTables,
  ): FeaturePlan {
    const byName = new Map(CATALOGUE.map((definition) => [definition.name, definition]));
    const definitions = names.map((name, i) => {
      const definition = byName.get(name);
      const problem =
        definition === undefined
          ? 'is no known feature'
          : names.indexOf(name) < i
            ? 'occurs twice'
            : undefined;
      if (definition !== undefined && problem === undefined) return definition;
      throw new PairstreamError('INVALID_PIPELINE', `features[${i}]: "${name}" ${problem}`, {
        field: `features[${i}]`,
      });
    });
    return new FeaturePlan(definitions, vocabulary, statistics);
  }

  /**
   * Computes the features of pairs pairIndexes[from .. to) of a valid batch and writes them row-major into `out`, the
   * first of them at row `outRow`. The batch is only read; `out` stays the caller's.
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
    this.begin(batch.tweets.count);
    for (let first = from; first < to; first += CHUNK_PAIRS) {
      const count = Math.min(CHUNK_PAIRS, to - first);
      this.computeChunk(batch, pairIndexes, first, count);
      for (let i = 0; i < count; i += 1) {
        const at = (outRow + first - from + i) * outWidth;
        scatter(
          this.tweetColumns,
          this.tweets.values,
          this.tweetRowOfPair[i]! * TWEET_FEATURES.length,
          out,
          at,
        );
        scatter(this.pairColumns, this.pairs.values, i * PAIR_FEATURES.length, out, at);
      }
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

  /** Brings the values of `count` pairs, and of those of their tweets that this call has not seen, up. */
  private computeChunk(batch: PairBatch, pairIndexes: Uint32Array, first: number, count: number): void {
    const { tweetIndex, asOfS } = batch.pairs;
    const firstNewRow = this.usedRows;
    this.reserveTweets(firstNewRow + count);
    for (let i = 0; i < count; i += 1) {
      const pair = pairIndexes[first + i]!;
      const row = this.tweetRowAt(batch, tweetIndex[pair]!, asOfS[pair]!);
      this.tweetRowOfPair[i] = row;
      this.preparePair(batch, pair, row, i);
    }
    this.tweets.encode(firstNewRow, this.usedRows);
    this.pairs.encode(0, count);
  }

  private reserveTweets(rowCount: number): void {
    const { tweets, tweetComponents } = this;
    tweets.reserve(rowCount);
    const capacity = tweets.asOfS.length;
    if (tweetComponents.length === capacity * COMPONENTS) return;
    this.tweetComponents = new Int32Array(capacity * COMPONENTS);
    this.tweetComponents.set(tweetComponents);
  }

  /** Row of a tweet at a time: the one this call has already, or a new one that is still to be encoded. */
  private tweetRowAt(batch: PairBatch, tweet: number, asOfS: number): number {
    const { tweets, kernel } = this;
    const isKnown = this.tweetCall[tweet] === this.call;
    const known = this.tweetRow[tweet]!;
    if (isKnown && tweets.asOfS[known] === asOfS) return known;
    const row = this.usedRows;
    this.usedRows += 1;
    this.tweetCall[tweet] = this.call;
    this.tweetRow[tweet] = row;
    if (isKnown) {
      tweets.copyRow(known, row, asOfS);
      this.tweetComponents.copyWithin(row * COMPONENTS, known * COMPONENTS, (known + 1) * COMPONENTS);
      return row;
    }
    kernel.compute(batch.users, batch.tweets, tweet, tweets.values, row * TWEET_FEATURES.length);
    tweets.setKeys(row, kernel.components, asOfS);
    this.keepComponents(row);
    return row;
  }

  private keepComponents(row: number): void {
    const { components } = this.kernel;
    const at = row * COMPONENTS;
    this.tweetComponents[at] = components.authorLo;
    this.tweetComponents[at + 1] = components.authorHi;
    this.tweetComponents[at + 2] = components.languageLo;
    this.tweetComponents[at + 3] = components.languageHi;
    this.tweetComponents[at + 4] = components.tweetType;
  }

  /** Sets the request-only values and the keys of a pair as row `i` of the chunk. */
  private preparePair({ users, pairs }: PairBatch, pair: number, tweetRow: number, i: number): void {
    const { components } = this.kernel;
    const { values } = this.pairs;
    const reader = pairs.readerIndex[pair]!;
    const followers = users.followerCount[reader]!;
    const following = users.followingCount[reader]!;
    const valueAt = i * PAIR_FEATURES.length;
    values[valueAt] = pairs.authorFollowsReader[pair]!;
    values[valueAt + 1] = followers;
    values[valueAt + 2] = following;
    values[valueAt + 3] = followers / (following + 1);
    const at = tweetRow * COMPONENTS;
    components.authorLo = this.tweetComponents[at]!;
    components.authorHi = this.tweetComponents[at + 1]!;
    components.languageLo = this.tweetComponents[at + 2]!;
    components.languageHi = this.tweetComponents[at + 3]!;
    components.tweetType = this.tweetComponents[at + 4]!;
    components.readerLo = users.idLo[reader]! | 0;
    components.readerHi = users.idHi[reader]! | 0;
    this.pairs.setKeys(i, components, pairs.asOfS[pair]!);
  }
}

/** Components kept per tweet: author and language lanes, tweet type. */
const COMPONENTS = 5;

function mapColumns(output: readonly FeatureDefinition[], space: readonly FeatureDefinition[]): ColumnMap {
  const columns = output
    .map((definition, column) => ({ column, value: space.indexOf(definition) }))
    .filter(({ value }) => value >= 0);
  return {
    valueAt: Int32Array.from(columns, ({ value }) => value),
    columnAt: Int32Array.from(columns, ({ column }) => column),
  };
}

function neededEncodings(rowSpace: RowSpace, columns: ColumnMap, statistics: StatisticsTables): Encoding[] {
  const ofSpace = KEY_SETS.map((keySet, position) => ({ keySet, position })).filter(
    ({ keySet }) => keySet.rowSpace === rowSpace,
  );
  return ofSpace.flatMap(({ keySet, position }, i) => {
    const valueAt = FIRST_ENCODING[rowSpace] + i * SUM_COUNT;
    const isNeeded = columns.valueAt.some((value) => value >= valueAt && value < valueAt + SUM_COUNT);
    if (!isNeeded) return [];
    const table = statistics.tables.find(({ name }) => name === keySet.name);
    if (table === undefined) {
      const names = statistics.tables.map(({ name }) => name).join(', ');
      throw new PairstreamError(
        'INVALID_SNAPSHOT',
        `statistics hold no table ${keySet.name}, only ${names}`,
        { field: keySet.name },
      );
    }
    return [{ keySet: position, table, valueAt }];
  });
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

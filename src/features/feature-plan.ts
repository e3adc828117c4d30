import { PairstreamError } from '../errors/pairstream-error.js';
import type { Hash64 } from '../hashing/murmur3.js';
import { type StatisticsTable, SUM_COUNT } from '../lookups/statistics-table.js';
import { SMOOTHING_WEIGHT, type StatisticsTables } from '../lookups/statistics-tables.js';
import type { PairBatch } from '../pairs/pair-batch.js';
import type { Vocabulary } from '../text/vocabulary.js';
import {
  CATALOGUE,
  type FeatureDefinition,
  FIRST_ENCODING,
  PAIR_FEATURES,
  TWEET_FEATURES,
} from './catalogue.js';
import { hashKey, KEY_SETS, type RowSpace } from './key-sets.js';
import { TweetKernel } from './tweet-kernel.js';

/** One key set that a plan looks up: where its encodings go in the values of its row space. */
interface Encoding {
  readonly keySet: number;
  readonly table: StatisticsTable;
  /** Position of its first encoding among the values of its row space. */
  readonly valueAt: number;
}

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
  private readonly priors: Float64Array;
  private readonly tweetEncodings: readonly Encoding[];
  private readonly pairEncodings: readonly Encoding[];
  private readonly tweetColumns: ColumnMap;
  private readonly pairColumns: ColumnMap;
  private readonly key: Hash64 = { lo: 0, hi: 0 };
  private readonly pairValues = new Float32Array(PAIR_FEATURES.length);

  /** Per tweet of the batch: the call that computed its values, and where they are. */
  private tweetCall = new Int32Array(0);
  private tweetRow = new Int32Array(0);
  private call = 0;
  /** Per distinct tweet of the call: values, time they are of, components and records. */
  private tweetValues = new Float32Array(0);
  private tweetAsOfS = new Float64Array(0);
  private tweetRecords = new Int32Array(0);
  private tweetComponents = new Int32Array(0);
  private usedRows = 0;

  private constructor(
    definitions: readonly FeatureDefinition[],
    vocabulary: Vocabulary,
    statistics: StatisticsTables,
  ) {
    this.width = definitions.length;
    this.kernel = new TweetKernel(vocabulary);
    this.priors = statistics.priors;
    this.tweetColumns = mapColumns(definitions, TWEET_FEATURES);
    this.pairColumns = mapColumns(definitions, PAIR_FEATURES);
    this.tweetEncodings = neededEncodings('tweet', this.tweetColumns, statistics);
    this.pairEncodings = neededEncodings('pair', this.pairColumns, statistics);
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
    this.begin(batch.tweets.count, to - from);
    let previousReader = -1;
    let previousAsOfS = Number.NaN;
    for (let i = from; i < to; i += 1) {
      const pair = pairIndexes[i]!;
      const reader = batch.pairs.readerIndex[pair]!;
      const asOfS = batch.pairs.asOfS[pair]!;
      const row = this.tweetRowAt(batch, batch.pairs.tweetIndex[pair]!, asOfS);
      const isSameReader = reader === previousReader && asOfS === previousAsOfS;
      this.computePair(batch, pair, reader, row, asOfS, isSameReader);
      previousReader = reader;
      previousAsOfS = asOfS;
      const at = (outRow + i - from) * outWidth;
      scatter(this.tweetColumns, this.tweetValues, row * TWEET_FEATURES.length, out, at);
      scatter(this.pairColumns, this.pairValues, 0, out, at);
    }
  }

  private begin(tweetCount: number, rowCount: number): void {
    this.call += 1;
    this.usedRows = 0;
    if (this.tweetCall.length < tweetCount) {
      this.tweetCall = new Int32Array(tweetCount);
      this.tweetRow = new Int32Array(tweetCount);
    }
    const rows = Math.min(tweetCount, rowCount);
    if (this.tweetAsOfS.length < rows) {
      this.tweetValues = new Float32Array(rows * TWEET_FEATURES.length);
      this.tweetAsOfS = new Float64Array(rows);
      this.tweetRecords = new Int32Array(rows * this.tweetEncodings.length);
      this.tweetComponents = new Int32Array(rows * COMPONENTS);
    }
  }

  /** Row of a tweet's values, computed if this call has not seen the tweet, brought to `asOfS` if it saw it at another time. */
  private tweetRowAt(batch: PairBatch, tweet: number, asOfS: number): number {
    if (this.tweetCall[tweet] === this.call) {
      const row = this.tweetRow[tweet]!;
      if (this.tweetAsOfS[row] !== asOfS) this.encodeTweet(row, asOfS);
      return row;
    }
    const row = this.usedRows;
    this.usedRows += 1;
    this.tweetCall[tweet] = this.call;
    this.tweetRow[tweet] = row;
    this.kernel.compute(batch.users, batch.tweets, tweet, this.tweetValues, row * TWEET_FEATURES.length);
    this.keepComponents(row);
    for (let e = 0; e < this.tweetEncodings.length; e += 1) {
      const { keySet, table } = this.tweetEncodings[e]!;
      hashKey(keySet, this.kernel.components, this.key);
      this.tweetRecords[row * this.tweetEncodings.length + e] = table.find(this.key.lo, this.key.hi);
    }
    this.encodeTweet(row, asOfS);
    return row;
  }

  private encodeTweet(row: number, asOfS: number): void {
    const { tweetEncodings, tweetValues, tweetRecords, priors } = this;
    for (let e = 0; e < tweetEncodings.length; e += 1) {
      const { table, valueAt } = tweetEncodings[e]!;
      const at = row * TWEET_FEATURES.length + valueAt;
      table.smoothedRates(
        tweetRecords[row * tweetEncodings.length + e]!,
        asOfS,
        priors,
        SMOOTHING_WEIGHT,
        tweetValues,
        at,
      );
    }
    this.tweetAsOfS[row] = asOfS;
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

  private computePair(
    batch: PairBatch,
    pair: number,
    reader: number,
    row: number,
    asOfS: number,
    isSameReader: boolean,
  ): void {
    const { users, pairs } = batch;
    const { pairValues, pairEncodings, kernel, key, priors } = this;
    const { components } = kernel;
    pairValues[0] = pairs.authorFollowsReader[pair]!;
    if (!isSameReader) {
      const followers = users.followerCount[reader]!;
      const following = users.followingCount[reader]!;
      pairValues[1] = followers;
      pairValues[2] = following;
      pairValues[3] = followers / (following + 1);
      components.readerLo = users.idLo[reader]! | 0;
      components.readerHi = users.idHi[reader]! | 0;
    }
    const at = row * COMPONENTS;
    components.authorLo = this.tweetComponents[at]!;
    components.authorHi = this.tweetComponents[at + 1]!;
    components.languageLo = this.tweetComponents[at + 2]!;
    components.languageHi = this.tweetComponents[at + 3]!;
    components.tweetType = this.tweetComponents[at + 4]!;
    for (let e = 0; e < pairEncodings.length; e += 1) {
      const { keySet, table, valueAt } = pairEncodings[e]!;
      if (isSameReader && keySet === READER_KEY_SET) continue;
      hashKey(keySet, components, key);
      table.smoothedRates(table.find(key.lo, key.hi), asOfS, priors, SMOOTHING_WEIGHT, pairValues, valueAt);
    }
  }
}

/** Components kept per tweet: author and language lanes, tweet type. */
const COMPONENTS = 5;
/** The key set that the reader alone decides. */
const READER_KEY_SET = KEY_SETS.findIndex(({ name }) => name === 'b_user_id');

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

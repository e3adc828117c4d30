import { PairstreamError } from '../../errors/pairstream-error.js';
import { validateBatch } from '../../features/batch-validation.js';
import { TweetRows } from '../../features/tweet-rows.js';
import type { StatisticsTables } from '../../statistics/statistics-tables.js';
import type { PairBatch } from '../../pairs/pair-batch.js';
import { PairBatchBuilder } from '../../pairs/pair-batch-builder.js';
import type { PartRow } from '../../pairs/part-row.js';
import { isUnixTime } from '../../pairs/unix-time.js';
import type { Vocabulary } from '../../features/text/vocabulary.js';
import { RowCheck } from './row-check.js';
import { StatisticsLearner } from './statistics-learner.js';

/** Parts of a walk over rows. */
export interface CausalWalkOptions {
  readonly vocabulary: Vocabulary;
  /** Statistics that the walk updates. No other code may write them. */
  readonly statistics: StatisticsTables;
  /** See StatisticsLearner. */
  readonly knownUntilS?: number;
}

/** Computes features of rows from the current statistics. */
export interface RowFeaturiser {
  /** Makes room for the rows of a batch. */
  begin(batch: PairBatch): void;
  /**
   * Computes rows [from .. to) of the batch that began last.
   * @param tweetRows tweets of the batch, created with names
   * @param pairIndexes the pair of each row of the batch: the pair of the same number
   */
  write(tweetRows: TweetRows, pairIndexes: Uint32Array, from: number, to: number): void;
}

/**
 * Walks labelled rows in event time, for training files and for prequential scoring. Per row, the walk applies every event
 * earlier than the tweet's time, computes the features, then queues the row's own impression and engagements.
 */
export class CausalWalk {
  readonly learner: StatisticsLearner;
  private readonly builder = new PairBatchBuilder();
  /** Tweets of the batch, for the featuriser and the learner: each text is analysed once. */
  private readonly tweetRows: TweetRows;
  private readonly vocabularySize: number;
  private pairIndexes = new Uint32Array(0);
  private lastTimeS = Number.NEGATIVE_INFINITY;
  private rowCount = 0;

  constructor({ vocabulary, statistics, knownUntilS }: CausalWalkOptions) {
    this.learner = new StatisticsLearner(statistics, knownUntilS);
    this.tweetRows = new TweetRows(vocabulary, statistics, 'all');
    this.vocabularySize = vocabulary.size;
  }

  /**
   * Featurises rows and learns from them.
   * @param featuriser undefined when the rows are only learned from
   * @returns their batch, valid until the next walk
   * @throws PairstreamError INVALID_DATA_FILE for a row that is earlier than the one before it, has no labels or is invalid
   */
  walk(rows: readonly PartRow[], featuriser: RowFeaturiser | undefined): PairBatch {
    this.build(rows);
    const batch = this.builder.toBatch();
    const invalid = validateBatch(batch, this.vocabularySize)?.entries().next().value;
    if (invalid !== undefined) {
      const [pair, error] = invalid;
      throw this.rowError(pair, new RowCheck(this.vocabularySize).problemOf(rows[pair]!) ?? error.message);
    }
    this.tweetRows.begin(batch);
    featuriser?.begin(batch);
    const { asOfS } = batch.pairs;
    for (let from = 0, to = 0; from < rows.length; from = to) {
      while (to < rows.length && asOfS[to] === asOfS[from]) to += 1;
      this.learner.advanceTo(asOfS[from]!);
      featuriser?.write(this.tweetRows, this.pairIndexes, from, to);
      for (let pair = from; pair < to; pair += 1) {
        const { engagementTimesS } = rows[pair]!;
        if (engagementTimesS === undefined)
          throw this.rowError(pair, 'has 20 columns, expected 24 with labels');
        this.learner.observe(this.tweetRows, pair, engagementTimesS);
      }
    }
    this.rowCount += rows.length;
    return batch;
  }

  private build(rows: readonly PartRow[]): void {
    this.builder.clear();
    if (this.pairIndexes.length < rows.length) this.pairIndexes = Uint32Array.from(rows, (_, i) => i);
    rows.forEach((row, i) => {
      this.builder.addPartRow(row);
      // A time in milliseconds is the fault of its own row, not of the order of the rows after it.
      if (isUnixTime(row.tweetCreatedAtS)) this.expectInOrder(row, i);
    });
  }

  private expectInOrder({ tweetCreatedAtS, tweetId }: PartRow, rowInCall: number): void {
    if (tweetCreatedAtS < this.lastTimeS) {
      const seen = `tweet time ${tweetCreatedAtS} follows ${this.lastTimeS} (tweet ${tweetId})`;
      throw this.rowError(
        rowInCall,
        `${seen}, expected rows in ascending order of tweet time (sort the files by it)`,
      );
    }
    this.lastTimeS = tweetCreatedAtS;
  }

  private rowError(rowInCall: number, problem: string): PairstreamError {
    const row = this.rowCount + rowInCall + 1;
    return new PairstreamError('INVALID_DATA_FILE', `row ${row}: ${problem}`, { field: `row ${row}` });
  }
}

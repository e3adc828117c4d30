import type { RowRange } from '../backends/backend.js';
import type { FeatureMatrix } from '../features/feature-plan.js';
import type { TweetRows } from '../features/tweet-rows.js';
import type { PairBatch } from '../pairs/pair-batch.js';

/** Part of an answer that a ServedRows records. */
export interface ServedAnswer {
  readonly releaseId: string;
  /** Row-major [pairs, 4]. */
  readonly probabilities: Float32Array;
}

/** Records the rows of one request with the feature values that the models read. Used by one request. */
export interface ServedRows {
  /** Chooses the pairs to record. Called once, before the first row is computed. @param pairIndexes valid pairs of the batch */
  begin(batch: PairBatch, pairIndexes: Uint32Array): void;
  /** True if a row of a range is recorded: `record` is then called for the range. */
  wants(range: RowRange): boolean;
  /** Copies rows of a range. @param catalogue its batch rows hold the features of the catalogue; valid during the call */
  record(range: RowRange, catalogue: FeatureMatrix): void;
  /**
   * Completes the rows of the answered pairs. Called once, if the request is answered.
   * @param tweetRows begun with the batch, created with names; valid during the call
   * @param pairIndexes answered pairs; with a ranking, the ranked ones. Owned by the predictor
   */
  finish(tweetRows: TweetRows, pairIndexes: Uint32Array, answer: ServedAnswer): void;
  /** Drops the rows that are not complete. Called once at the end, also after an error. */
  release(): void;
}

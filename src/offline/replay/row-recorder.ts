import { definitionsOf, FeaturePlan } from '../../features/feature-plan.js';
import { KEYS } from '../../features/keys.js';
import type { TweetRows } from '../../features/tweet-rows.js';
import type { Hash64 } from '../../pairs/murmur3.js';
import type { PairBatch } from '../../pairs/pair-batch.js';
import type { StatisticsTables } from '../../statistics/statistics-tables.js';
import type { RowFeaturiser } from './causal-walk.js';

/** Computes features and keys of rows into matrices that stay until the next batch. */
export class RowRecorder implements RowFeaturiser {
  /** Row-major [rows, features]. */
  values = new Float32Array(0);
  /** Lanes of KEYS, row-major [rows, 2 KEYS]. */
  keys = new Int32Array(0);
  private readonly plan: FeaturePlan;
  private readonly width: number;
  private readonly key: Hash64 = { lo: 0, hi: 0 };

  /** @throws PairstreamError as `definitionsOf` and FeaturePlan */
  constructor(featureNames: readonly string[], statistics: StatisticsTables) {
    this.plan = new FeaturePlan([definitionsOf(featureNames)], statistics);
    this.width = featureNames.length;
  }

  begin({ pairs: { count } }: PairBatch): void {
    if (this.values.length < count * this.width) {
      this.values = new Float32Array(count * this.width);
      this.keys = new Int32Array(count * 2 * KEYS.length);
    }
  }

  write(tweetRows: TweetRows, pairIndexes: Uint32Array, from: number, to: number): void {
    const { plan, values, keys, key, width } = this;
    const range = { batchRow: from, requestRow: from, rowCount: to - from };
    plan.write(tweetRows, pairIndexes, range, [{ data: values, width }]);
    const { tweetIndex, readerIndex } = tweetRows.batch.pairs;
    for (let pair = from; pair < to; pair += 1) {
      for (let k = 0; k < KEYS.length; k += 1) {
        KEYS[k]!.read(tweetRows, tweetIndex[pair]!, readerIndex[pair]!, key);
        keys[2 * (pair * KEYS.length + k)] = key.lo;
        keys[2 * (pair * KEYS.length + k) + 1] = key.hi;
      }
    }
  }
}

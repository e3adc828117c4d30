import { definitionsOf, FeaturePlan } from '../../features/feature-plan.js';
import { KEYS } from '../../features/keys.js';
import { TweetRows } from '../../features/tweet-rows.js';
import type { Hash64 } from '../../pairs/murmur3.js';
import type { StatisticsTables } from '../../statistics/statistics-tables.js';
import type { PairBatch } from '../../pairs/pair-batch.js';
import type { Vocabulary } from '../../features/text/vocabulary.js';
import type { RowFeaturiser } from './causal-walk.js';

/** Computes features and keys of rows into matrices that stay until the next batch. */
export class RowRecorder implements RowFeaturiser {
  /** Row-major [rows, features]. */
  values = new Float32Array(0);
  /** Lanes of KEYS, row-major [rows, 2 KEYS]. */
  keys = new Int32Array(0);
  private readonly plan: FeaturePlan;
  private readonly message: TweetRows;
  private readonly key: Hash64 = { lo: 0, hi: 0 };

  /** @throws PairstreamError as FeaturePlan.compile */
  constructor(featureNames: readonly string[], vocabulary: Vocabulary, statistics: StatisticsTables) {
    this.plan = FeaturePlan.compileOutputs([definitionsOf(featureNames)], vocabulary, statistics);
    this.message = new TweetRows(vocabulary, statistics, true);
  }

  begin(batch: PairBatch): void {
    this.message.begin(batch);
    const { count } = batch.pairs;
    if (this.values.length < count * this.plan.width) {
      this.values = new Float32Array(count * this.plan.width);
      this.keys = new Int32Array(count * 2 * KEYS.length);
    }
  }

  write(pairIndexes: Uint32Array, from: number, to: number): void {
    const { plan, message, values, keys, key } = this;
    plan.writeOutputs(message, pairIndexes, from, to, [{ data: values, width: plan.width }], from);
    const { tweetIndex, readerIndex } = message.batch.pairs;
    for (let pair = from; pair < to; pair += 1) {
      for (let k = 0; k < KEYS.length; k += 1) {
        KEYS[k]!.read(message, tweetIndex[pair]!, readerIndex[pair]!, key);
        keys[2 * (pair * KEYS.length + k)] = key.lo;
        keys[2 * (pair * KEYS.length + k) + 1] = key.hi;
      }
    }
  }
}

import { CATALOGUE } from '../../../features/catalogue.js';
import { FeaturePlan } from '../../../features/feature-plan.js';
import { textScopeOf } from '../../../features/key-components.js';
import { KEYS } from '../../../features/keys.js';
import { TweetRows } from '../../../features/tweet-rows.js';
import type { PairBatch } from '../../../pairs/pair-batch.js';
import { createFeatureWorkload, type FeatureWorkload, toBatch } from './feature-workload.js';
import { type Spread, spreadOf, timeUs } from '../measurement.js';
import type { Figure } from '../result.js';

const BATCH_PAIRS = 1_000;
/** Enough that neither records nor texts stay in a CPU cache between two rounds. */
const BATCHES = 200;
const ROUNDS = 5;
const MESSAGE_PAIRS = 100;

/** Features and look-ups of the whole catalogue on one core: microseconds per pair. */
export function benchFeatures(vocabularyPath: string): Figure[] {
  const workload = createFeatureWorkload(vocabularyPath);
  const fresh = measure(workload, 1, BATCH_PAIRS);
  const shared = measure(workload, 10, BATCH_PAIRS);
  const message = measure(workload, 1, MESSAGE_PAIRS);
  const withKeys = measure(workload, 1, BATCH_PAIRS, true);
  const setting = '40 tokens a tweet, a million keys per user-keyed table';
  return [
    figure('whole catalogue, every tweet new, batches of 1,000', fresh, '<= 13', setting),
    figure('whole catalogue and every key, every tweet new, batches of 1,000', withKeys, '<= 13', setting),
    figure('whole catalogue, every tweet seen by 10 readers, batches of 1,000', shared, undefined, setting),
    figure('whole catalogue, every tweet new, messages of 100', message, undefined, setting),
  ];
}

function figure(
  name: string,
  { median, p10, p90 }: Spread,
  target: string | undefined,
  note: string,
): Figure {
  return {
    name,
    unit: 'us/pair',
    value: median,
    p10,
    p90,
    ...(target === undefined ? {} : { target }),
    note,
  };
}

/** Time per pair of each batch, over several rounds; the first round warms up and is left out. */
function measure(
  workload: FeatureWorkload,
  readersPerTweet: number,
  batchPairs: number,
  hasKeys = false,
): Spread {
  return spreadOf(prepareFeatures(workload, readersPerTweet, batchPairs, hasKeys)());
}

/**
 * Makes the batches of a measurement.
 * @returns what runs it: microseconds per pair of each batch
 */
export function prepareFeatures(
  workload: FeatureWorkload,
  readersPerTweet: number,
  batchPairs: number,
  hasKeys: boolean,
): () => number[] {
  const { vocabulary, statistics } = workload;
  const plan = new FeaturePlan([CATALOGUE], statistics);
  const tweetRows = new TweetRows(vocabulary, statistics, hasKeys ? 'all' : textScopeOf(plan.components));
  const key = { lo: 0, hi: 0 };
  const batchCount = (BATCHES * BATCH_PAIRS) / batchPairs;
  const batches = Array.from({ length: batchCount }, () =>
    toBatch(workload.rows(batchPairs, readersPerTweet)),
  );
  const pairIndexes = Uint32Array.from({ length: batchPairs }, (_, i) => i);
  const outs = [{ data: new Float32Array(batchPairs * CATALOGUE.length), width: CATALOGUE.length }];
  const range = { batchRow: 0, requestRow: 0, rowCount: batchPairs };
  const runBatch = (batch: PairBatch): void => {
    tweetRows.begin(batch);
    plan.write(tweetRows, pairIndexes, range, outs);
    if (hasKeys) readKeys(tweetRows, key);
  };
  return () => {
    const samples: number[] = [];
    for (let round = 0; round <= ROUNDS; round += 1) {
      for (const batch of batches) {
        const elapsedUs = timeUs(() => runBatch(batch));
        if (round > 0) samples.push(elapsedUs / batchPairs);
      }
    }
    return samples;
  };
}

/** Reads every key of every pair, as index maps and feature files ask for them. */
function readKeys(tweetRows: TweetRows, key: { lo: number; hi: number }): void {
  const { tweetIndex, readerIndex, count } = tweetRows.batch.pairs;
  for (let pair = 0; pair < count; pair += 1)
    for (const { read } of KEYS) read(tweetRows, tweetIndex[pair]!, readerIndex[pair]!, key);
}

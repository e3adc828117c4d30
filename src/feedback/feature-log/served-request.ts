import { CATALOGUE } from '../../features/catalogue.js';
import { TOKENS_PER_ROW } from '../../features/feature-file-contract.js';
import type { FeatureMatrix } from '../../features/feature-plan.js';
import { KEYS } from '../../features/keys.js';
import type { TweetRows } from '../../features/tweet-rows.js';
import type { Hash64 } from '../../pairs/murmur3.js';
import type { PairBatch } from '../../pairs/pair-batch.js';
import { TARGET_COUNT } from '../../pairs/targets.js';
import type { PairIds } from '../events/pair-id.js';
import { NO_ROW } from './row-pool.js';
import { ROW, ROW_WORDS, type SharedRows } from './shared-rows.js';

const TWO_32 = 2 ** 32;

/** A chosen pair of a request, and its row of the pool. */
interface ChosenPair {
  /** Row of the request. */
  readonly requestRow: number;
  readonly pair: number;
  readonly row: number;
}

/** Parts of the feature log that a request uses. */
export interface RowStore {
  readonly rows: SharedRows;
  readonly pairIds: PairIds;
  /** One pair in so many is logged. */
  readonly oneIn: number;
  /** Takes a row; NO_ROW if none is free, which is counted. */
  take(): number;
  /** Hands a complete row to the writer. */
  complete(row: number, releaseId: string): void;
  give(row: number): void;
}

/** True if a pair is in the sample: the high lane of its id is small. Samples with a larger `oneIn` are part of those with a smaller one. */
export function isSampled({ hi }: Readonly<Hash64>, oneIn: number): boolean {
  return (hi >>> 0) * oneIn < TWO_32;
}

/**
 * Logged rows of one request: takes a row of the pool for each sampled pair, fills it while the request is scored, and hands it to
 * the writer when the pair is answered. Implements ServedRows of the predictor.
 */
export class ServedRequest {
  /** Ascending request rows. */
  private chosen: ChosenPair[] = [];
  private readonly id: Hash64 = { lo: 0, hi: 0 };

  constructor(private readonly store: RowStore) {}

  /** Chooses the sampled pairs. A sampled pair without a free row is not logged. */
  begin(batch: PairBatch, pairIndexes: Uint32Array): void {
    const { store, id } = this;
    const { words } = store.rows;
    store.pairIds.begin(batch);
    for (let requestRow = 0; requestRow < pairIndexes.length; requestRow += 1) {
      const pair = pairIndexes[requestRow]!;
      store.pairIds.read(batch, pair, id);
      if (!isSampled(id, store.oneIn)) continue;
      const row = store.take();
      if (row === NO_ROW) continue;
      words[row * ROW_WORDS + ROW.pairId] = id.lo;
      words[row * ROW_WORDS + ROW.pairId + 1] = id.hi;
      this.chosen.push({ requestRow, pair, row });
    }
  }

  /** True if a request row of the range was chosen. */
  wants({ requestRow, rowCount }: { readonly requestRow: number; readonly rowCount: number }): boolean {
    return this.chosen.some(
      (chosen) => chosen.requestRow >= requestRow && chosen.requestRow < requestRow + rowCount,
    );
  }

  /** Copies the features of the chosen rows of a range. */
  record(
    range: { readonly batchRow: number; readonly requestRow: number; readonly rowCount: number },
    { data, width }: FeatureMatrix,
  ): void {
    const { floats } = this.store.rows;
    for (const { requestRow, row } of this.chosen) {
      const inRange = requestRow - range.requestRow;
      if (inRange < 0 || inRange >= range.rowCount) continue;
      const from = (range.batchRow + inRange) * width;
      const to = row * ROW_WORDS + ROW.features;
      for (let f = 0; f < CATALOGUE.length; f += 1) floats[to + f] = data[from + f]!;
    }
  }

  /** Completes the rows of the answered pairs, in the order of the request. */
  finish(
    tweetRows: TweetRows,
    pairIndexes: Uint32Array,
    { releaseId, probabilities }: { readonly releaseId: string; readonly probabilities: Float32Array },
  ): void {
    if (this.chosen.length === 0) return;
    const answered = new Set(pairIndexes);
    const kept: ChosenPair[] = [];
    for (const chosen of this.chosen) {
      if (!answered.has(chosen.pair)) {
        kept.push(chosen);
        continue;
      }
      this.complete(tweetRows, chosen, probabilities);
      this.store.complete(chosen.row, releaseId);
    }
    this.chosen = kept;
  }

  /** Gives back the rows that are not complete. */
  release(): void {
    for (const { row } of this.chosen) this.store.give(row);
    this.chosen = [];
  }

  /** Writes the values of a row besides id and features. */
  private complete(tweetRows: TweetRows, { pair, row }: ChosenPair, probabilities: Float32Array): void {
    const { words, floats, doubles } = this.store.rows;
    const { users, tweets, pairs } = tweetRows.batch;
    const at = row * ROW_WORDS;
    const tweet = pairs.tweetIndex[pair]!;
    doubles[(at + ROW.asOfS) / 2] = pairs.asOfS[pair]!;
    doubles[(at + ROW.authorFollowerCount) / 2] = users.followerCount[tweets.authorIndex[tweet]!]!;
    for (let t = 0; t < TARGET_COUNT; t += 1)
      floats[at + ROW.probabilities + t] = probabilities[pair * TARGET_COUNT + t]!;
    tweetRows.ensure(tweet);
    for (let k = 0; k < KEYS.length; k += 1) {
      KEYS[k]!.read(tweetRows, tweet, pairs.readerIndex[pair]!, this.id);
      words[at + ROW.keys + 2 * k] = this.id.lo;
      words[at + ROW.keys + 2 * k + 1] = this.id.hi;
    }
    const from = tweets.tokenOffset[tweet]!;
    const count = Math.min(TOKENS_PER_ROW, tweets.tokenOffset[tweet + 1]! - from);
    for (let i = 0; i < TOKENS_PER_ROW; i += 1)
      words[at + ROW.tokens + i] = i < count ? tweets.tokens[from + i]! : 0;
  }
}

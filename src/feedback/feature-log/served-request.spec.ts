import { describe, expect, it } from 'vitest';
import { CATALOGUE } from '../../features/catalogue.js';
import { PairBatchBuilder } from '../../pairs/pair-batch-builder.js';
import type { PairBatch } from '../../pairs/pair-batch.js';
import type { PartRow, PartUser } from '../../pairs/part-row.js';
import { PairIds } from '../events/pair-id.js';
import { NO_ROW, RowPool } from './row-pool.js';
import { isSampled, type RowStore, ServedRequest } from './served-request.js';
import { SharedRows } from './shared-rows.js';

/** A store of some rows that remembers what it got. */
class SmallStore implements RowStore {
  readonly rows = SharedRows.allocate(8);
  readonly pairIds = new PairIds();
  readonly oneIn = 1;
  readonly pool = new RowPool(8);
  droppedCount = 0;

  take(): number {
    const row = this.pool.take();
    if (row === NO_ROW) this.droppedCount += 1;
    return row;
  }

  complete(): void {
    throw new Error('no row is complete');
  }

  give(row: number): void {
    this.pool.give(row);
  }
}

function user(id: number): PartUser {
  const digits = id.toString(16).padStart(32, '0').toUpperCase();
  return { id: digits, followerCount: 1, followingCount: 1, isVerified: false, accountCreatedAtS: 1e9 };
}

function batchOf(readerCount: number): PairBatch {
  const builder = new PairBatchBuilder();
  for (let reader = 0; reader < readerCount; reader += 1) {
    const row: PartRow = {
      textTokens: [101, 102],
      hashtags: [],
      tweetId: 'A'.repeat(32),
      media: [],
      links: [],
      domains: [],
      tweetType: 'TopLevel',
      language: '0'.repeat(32),
      tweetCreatedAtS: 1_614_000_000,
      author: user(1),
      reader: user(2 + reader),
      authorFollowsReader: false,
      engagementTimesS: undefined,
    };
    builder.addPartRow(row);
  }
  return builder.toBatch();
}

describe('ServedRequest', () => {
  it('takes no more rows than the bound, counts the others, and gives back what is not complete', () => {
    const store = new SmallStore();
    const request = new ServedRequest(store);
    request.begin(
      batchOf(20),
      Uint32Array.from({ length: 20 }, (_, i) => i),
    );
    expect([store.pool.usedCount, store.droppedCount]).toEqual([8, 12]);
    expect(request.wants({ requestRow: 0, rowCount: 8 })).toBe(true);
    expect(request.wants({ requestRow: 8, rowCount: 12 })).toBe(false);
    const data = new Float32Array(20 * CATALOGUE.length);
    request.record({ batchRow: 0, requestRow: 0, rowCount: 20 }, { data, width: CATALOGUE.length });
    request.release();
    request.release();
    expect(store.pool.usedCount).toBe(0);
  });
});

describe('isSampled', () => {
  it('chooses one pair in so many, and larger samples hold the smaller ones', () => {
    const ids = new PairIds();
    const batch = batchOf(20_000);
    ids.begin(batch);
    const counts = new Map([1, 2, 10, 100].map((oneIn) => [oneIn, 0]));
    for (let pair = 0; pair < 20_000; pair += 1) {
      const id = { lo: 0, hi: 0 };
      ids.read(batch, pair, id);
      const chosen = [...counts.keys()].filter((oneIn) => isSampled(id, oneIn));
      for (const oneIn of chosen) counts.set(oneIn, counts.get(oneIn)! + 1);
      expect(chosen).toEqual([1, 2, 10, 100].slice(0, chosen.length));
    }
    expect(counts.get(1)).toBe(20_000);
    expect(counts.get(2)! / 20_000).toBeCloseTo(0.5, 1);
    expect(counts.get(10)! / 2_000).toBeCloseTo(1, 0);
    expect(counts.get(100)! / 200).toBeCloseTo(1, 0);
  });
});

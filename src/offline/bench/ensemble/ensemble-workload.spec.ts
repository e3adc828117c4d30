import { describe, expect, it } from 'vitest';
import type { PredictInput } from '@pairstream/client';
import { World } from '../../world/world.js';
import { newTweetRequests, sharedTweetRequests } from './ensemble-workload.js';

const world = new World({ seed: 3, userCount: 300, pairsPerDay: 2_000 });
const rows = [...world.generateDay(0)].flat().map(({ row }) => row);

/** Texts of the tweets of a request. */
function textsOf({ tweets }: PredictInput): string[] {
  const { token = [], tokenCount = [] } = tweets;
  let end = 0;
  return Array.from(tokenCount, (count) => {
    end += count;
    return Array.from({ length: count }, (_, i) => token[end - count + i]).join(' ');
  });
}

/** How many requests have each text. */
function readersByText(requests: readonly PredictInput[]): Map<string, number> {
  const readers = new Map<string, number>();
  for (const request of requests)
    for (const text of new Set(textsOf(request))) readers.set(text, (readers.get(text) ?? 0) + 1);
  return readers;
}

describe('loads of the ensemble', () => {
  it('have tweets that twenty readers see, one message after another', () => {
    const readers = readersByText(sharedTweetRequests(rows, 60));
    const counts = [...readers.values()];
    expect(Math.max(...counts)).toBe(20);
    // All but those of the first and the last messages.
    expect(counts.filter((count) => count === 20)).toHaveLength((60 - 19) * 5);
  });

  it('have tweets that no other message has, nor the other load', () => {
    const fresh = readersByText(newTweetRequests(rows, 30));
    expect(fresh.size).toBe(3_000);
    expect(new Set(fresh.values())).toEqual(new Set([1]));
    const shared = readersByText(sharedTweetRequests(rows, 60));
    expect([...shared.keys()].filter((text) => fresh.has(text))).toEqual([]);
  });
});

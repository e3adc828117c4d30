import { describe, expect, it } from 'vitest';
import type { PartRow } from '../../pairs/part-row.js';
import { EventQueue } from './event-queue.js';

const TOKEN = Uint8Array.of(1);

function row(tweetCreatedAtS: number, likedAtS: number): PartRow {
  const user = { id: '', followerCount: 0, followingCount: 0, isVerified: false, accountCreatedAtS: 0 };
  return {
    textTokens: [],
    hashtags: [],
    tweetId: '',
    media: [],
    links: [],
    domains: [],
    tweetType: 'TopLevel',
    language: '',
    tweetCreatedAtS,
    author: user,
    reader: user,
    authorFollowsReader: false,
    engagementTimesS: [null, null, null, likedAtS],
  };
}

describe('EventQueue', () => {
  it('keeps events until their time has passed', () => {
    const queue = new EventQueue(100);
    queue.addRow(row(10, 20), TOKEN);
    expect([...queue.before(10)]).toEqual([]);
    expect([...queue.before(20)]).toEqual([{ timeS: 10, kind: 'IMPRESSION', token: TOKEN }]);
    expect([...queue.before(Infinity)]).toEqual([{ timeS: 20, kind: 'LIKE', token: TOKEN }]);
  });

  it('lets the earliest events go before their time above its bound', () => {
    const queue = new EventQueue(3);
    for (let i = 0; i < 4; i += 1) queue.addRow(row(0, 1_000 + i), TOKEN);
    const early = [...queue.before(0)];
    expect(early.map(({ timeS }) => timeS)).toEqual([0, 0, 0, 0, 1_000]);
    expect([...queue.before(Infinity)].map(({ timeS }) => timeS)).toEqual([1_001, 1_002, 1_003]);
  });
});

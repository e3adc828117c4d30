import { describe, expect, it } from 'vitest';
import { hashIdBytes, hashIdHex, hashTag, hashTagBytes } from './id-hash.js';
import { PairBatchBuilder } from './pair-batch-builder.js';
import type { PartRow, PartUser } from './part-row.js';

function user(number: number, followerCount = 5): PartUser {
  const id = number.toString(16).padStart(32, '0');
  return { id, followerCount, followingCount: 6, isVerified: false, accountCreatedAtS: 0 };
}

function row(tweet: number, author: number, reader: number, changes: Partial<PartRow> = {}): PartRow {
  return {
    textTokens: [101, tweet, 102],
    hashtags: ['A'],
    tweetId: tweet.toString(16).padStart(32, 'F'),
    media: ['Photo', 'GIF'],
    links: ['L', 'M'],
    domains: [],
    tweetType: 'Quote',
    language: 'D'.repeat(32),
    tweetCreatedAtS: 1_000 + tweet,
    author: user(author),
    reader: user(reader),
    authorFollowsReader: tweet % 2 === 0,
    engagementTimesS: undefined,
    ...changes,
  };
}

describe('PairBatchBuilder', () => {
  it('keeps each user and tweet once', () => {
    const builder = new PairBatchBuilder();
    for (const added of [row(1, 1, 2), row(1, 1, 3), row(2, 1, 2), row(3, 2, 1)]) builder.addPartRow(added);
    const { users, tweets, pairs } = builder.toBatch();
    expect([users.count, tweets.count, pairs.count, builder.pairCount]).toEqual([3, 3, 4, 4]);
    expect([...pairs.tweetIndex.subarray(0, 4)]).toEqual([0, 0, 1, 2]);
    expect([...pairs.readerIndex.subarray(0, 4)]).toEqual([1, 2, 1, 0]);
    expect([...tweets.authorIndex.subarray(0, 3)]).toEqual([0, 0, 1]);
    expect([...pairs.asOfS.subarray(0, 4)]).toEqual([1_001, 1_001, 1_002, 1_003]);
    expect([...pairs.authorFollowsReader.subarray(0, 4)]).toEqual([0, 0, 1, 0]);
    expect([...tweets.tokens.subarray(0, 9)]).toEqual([101, 1, 102, 101, 2, 102, 101, 3, 102]);
    expect([...tweets.tokenOffset.subarray(0, 4)]).toEqual([0, 3, 6, 9]);
    expect([...tweets.media.subarray(0, 4)]).toEqual([1, 3, 1, 3]);
    expect([tweets.hashtagCount[0], tweets.linkCount[0], tweets.domainCount[0], tweets.type[0]]).toEqual([
      1, 2, 0, 2,
    ]);
  });

  it('a user whose counts have changed is another row of the same identity', () => {
    const builder = new PairBatchBuilder();
    builder.addPartRow(row(1, 1, 2));
    builder.addPartRow(row(2, 1, 2, { reader: user(2, 99) }));
    const { users } = builder.toBatch();
    expect(users.count).toBe(3);
    expect([users.idLo[2], users.idHi[2]]).toEqual([users.idLo[1], users.idHi[1]]);
    expect([users.followerCount[1], users.followerCount[2]]).toEqual([5, 99]);
  });

  it('counts that differ only past 32 bits are other rows too', () => {
    const builder = new PairBatchBuilder();
    const followerCounts = [5, 5 + 2 ** 32, 5 + 2 ** 33];
    for (const count of followerCounts) builder.addPartRow(row(1, 1, 2, { reader: user(2, count) }));
    const { users, pairs } = builder.toBatch();
    const seen = [...pairs.readerIndex.subarray(0, 3)].map((reader) => users.followerCount[reader]);
    expect(seen).toEqual(followerCounts);
  });

  it('the same tweet of an author whose counts have changed is another row', () => {
    const builder = new PairBatchBuilder();
    for (const count of [5, 6, 5]) builder.addPartRow(row(1, 1, 2, { author: user(1, count) }));
    const { tweets, pairs } = builder.toBatch();
    expect(tweets.count).toBe(2);
    expect([...pairs.tweetIndex.subarray(0, 3)]).toEqual([0, 1, 0]);
  });

  it('grows, and starts afresh after clear', () => {
    const builder = new PairBatchBuilder();
    for (let round = 0; round < 2; round += 1) {
      for (let i = 0; i < 3_000; i += 1) builder.addPartRow(row(i, i, i + 10_000));
      const { users, tweets, pairs } = builder.toBatch();
      expect([users.count, tweets.count, pairs.count]).toEqual([6_000, 3_000, 3_000]);
      expect(tweets.tokens[tweets.tokenOffset[2_999]! + 1]).toBe(2_999);
      expect(pairs.asOfS[2_999]).toBe(3_999);
      builder.clear();
      expect(builder.pairCount).toBe(0);
    }
  });

  it('refuses an id of the wrong form', () => {
    const builder = new PairBatchBuilder();
    expect(() => builder.addPartRow(row(1, 1, 2, { tweetId: 'xyz' }))).toThrow(
      'id is "xyz", expected 32 hexadecimal',
    );
  });
});

describe('identity hashes', () => {
  it('are the same from digits, in either case, and from bytes', () => {
    const hex = '0123456789abcdef0123456789ABCDEF';
    const [fromHex, fromUpper, fromBytes] = [0, 1, 2].map(() => ({ lo: 0, hi: 0 }));
    hashIdHex(hex, fromHex!);
    hashIdHex(hex.toUpperCase(), fromUpper!);
    hashIdBytes(Buffer.concat([Buffer.of(9), Buffer.from(hex, 'hex')]), 1, fromBytes!);
    expect(fromUpper).toEqual(fromHex);
    expect(fromBytes).toEqual(fromHex);
  });

  it('of tags are the same from text and from its UTF-8', () => {
    const [fromText, fromBytes] = [0, 1].map(() => ({ lo: 0, hi: 0 }));
    hashTag('d\u00e9', fromText!);
    hashTagBytes(Buffer.from('d\u00e9'), 0, 3, fromBytes!);
    expect(fromBytes).toEqual(fromText);
  });
});

import { describe, expect, it } from 'vitest';
import type { PairBatch } from '../pairs/pair-batch.js';
import { PairBatchBuilder } from '../pairs/pair-batch-builder.js';
import type { PartRow, PartUser } from '../pairs/part-row.js';
import { validateBatch } from './batch-validation.js';

const VOCABULARY_SIZE = 200;

function user(number: number): PartUser {
  return {
    id: String(number).padStart(32, '0'),
    followerCount: 1,
    followingCount: 2,
    isVerified: false,
    accountCreatedAtS: 0,
  };
}

/** Four pairs: tweet i of user i, read by user 10 + i. */
function batchOf(): PairBatch {
  const builder = new PairBatchBuilder();
  for (let i = 0; i < 4; i += 1) {
    const row: PartRow = {
      textTokens: [101, i, 102],
      hashtags: [],
      tweetId: String(i).padStart(32, 'A'),
      media: ['Photo'],
      links: [],
      domains: [],
      tweetType: 'TopLevel',
      language: 'F'.repeat(32),
      tweetCreatedAtS: 1_000,
      author: user(i),
      reader: user(10 + i),
      authorFollowsReader: false,
      engagementTimesS: undefined,
    };
    builder.addPartRow(row);
  }
  return builder.toBatch();
}

describe('validateBatch', () => {
  it('finds nothing wrong with a good batch', () => {
    expect(validateBatch(batchOf(), VOCABULARY_SIZE)).toBeUndefined();
  });

  it.each<[string, (batch: PairBatch) => void, string]>([
    [
      'a tweet past the table',
      ({ pairs }) => (pairs.tweetIndex[2] = 4),
      'pairs.tweet_index[2]: 4, expected a row of the tweet table, which has 4',
    ],
    [
      'a reader past the table',
      ({ pairs }) => (pairs.readerIndex[2] = 8),
      'pairs.reader_index[2]: 8, expected a row of the user table, which has 8',
    ],
    [
      'an author past the table',
      ({ tweets }) => (tweets.authorIndex[2] = 99),
      'tweets.author_index[2]: 99, expected a row of the user table',
    ],
    [
      'NaN followers of a reader',
      ({ users, pairs }) => (users.followerCount[pairs.readerIndex[2]!] = Number.NaN),
      'NaN, expected a count of 0 or more',
    ],
    [
      'negative accounts an author follows',
      ({ users, tweets }) => (users.followingCount[tweets.authorIndex[2]!] = -1),
      'users.following_count[4]: -1',
    ],
    [
      'followers past 2^53',
      ({ users, pairs }) => (users.followerCount[pairs.readerIndex[2]!] = 2 ** 60),
      'expected a count',
    ],
    [
      'NaN as-of time',
      ({ pairs }) => (pairs.asOfS[2] = Number.NaN),
      'pairs.as_of_s[2]: NaN, expected Unix seconds',
    ],
    [
      'infinite tweet time',
      ({ tweets }) => (tweets.createdAtS[2] = Infinity),
      'tweets.created_at_s[2]: Infinity',
    ],
    [
      'a token outside the vocabulary',
      ({ tweets }) => (tweets.tokens[7] = VOCABULARY_SIZE),
      'tweets.token[7]: 200, expected an id below 200',
    ],
    [
      'a medium of no kind',
      ({ tweets }) => (tweets.media[2] = 0),
      'tweets.media[2]: 0, expected a kind of media',
    ],
    ['a type of no kind', ({ tweets }) => (tweets.type[2] = 3), 'tweets.type[2]: 3, expected a tweet type'],
  ])('%s spoils its pair and no other', (_name, spoil, message) => {
    const batch = batchOf();
    spoil(batch);
    const invalid = validateBatch(batch, VOCABULARY_SIZE);
    expect([...invalid!.keys()]).toEqual([2]);
    expect(invalid!.get(2)).toMatchObject({ code: 'INVALID_ROW', message: expect.stringContaining(message) });
  });

  it('a spoiled user spoils every pair that needs it', () => {
    const batch = batchOf();
    batch.pairs.readerIndex[0] = batch.pairs.readerIndex[3]!;
    batch.users.followerCount[batch.pairs.readerIndex[3]!] = -5;
    expect([...validateBatch(batch, VOCABULARY_SIZE)!.keys()]).toEqual([0, 3]);
  });
});

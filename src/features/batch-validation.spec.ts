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

/** The tweets of the batch are of 1000 s, and so are the pairs. */
const TIMES: readonly [string, (batch: PairBatch) => void, string][] = [
  [
    'a tweet in milliseconds',
    ({ tweets }) => (tweets.createdAtS[2] = 1_614_125_083_000),
    'tweets.created_at_s[2]: 1614125083000 (milliseconds? 1614125083 in seconds), expected Unix seconds from 0',
  ],
  [
    'a tweet in microseconds',
    ({ tweets }) => (tweets.createdAtS[2] = 1_614_125_083e6),
    'tweets.created_at_s[2]: 1614125083000000 (microseconds? 1614125083 in seconds), expected',
  ],
  [
    'a tweet of no unit',
    ({ tweets }) => (tweets.createdAtS[2] = 2 ** 33),
    'tweets.created_at_s[2]: 8589934592, expected',
  ],
  [
    'as-of in nanoseconds',
    ({ pairs }) => (pairs.asOfS[2] = 1_614_125_083e9),
    'pairs.as_of_s[2]: 1614125083000000000 (nanoseconds? 1614125083 in seconds), expected',
  ],
  ['a negative as-of', ({ pairs }) => (pairs.asOfS[2] = -1), 'pairs.as_of_s[2]: -1, expected Unix seconds'],
  [
    'as-of before the tweet',
    ({ pairs }) => (pairs.asOfS[2] = 699),
    "pairs.as_of_s[2]: 699, expected the tweet's own time, 1000, or later",
  ],
  [
    'as-of 0',
    ({ pairs }) => (pairs.asOfS[2] = 0),
    "pairs.as_of_s[2]: 0, expected the tweet's own time, 1000, or later",
  ],
  [
    'an account of the reader in milliseconds',
    ({ users, pairs }) => (users.accountCreatedAtS[pairs.readerIndex[2]!] = 1_500_000_000_000),
    'users.account_created_at_s[5]: 1500000000000 (milliseconds? 1500000000 in seconds), expected',
  ],
  [
    'an account of the author in milliseconds',
    ({ users, tweets }) => (users.accountCreatedAtS[tweets.authorIndex[2]!] = 1_500_000_000_000),
    'users.account_created_at_s[4]: 1500000000000 (milliseconds?',
  ],
  [
    'an account of the reader after the pair',
    ({ users, pairs }) => (users.accountCreatedAtS[pairs.readerIndex[2]!] = 1_301),
    'users.account_created_at_s[5]: 1301, expected a time before the time the pair is scored for, 1000',
  ],
  [
    'an account of the author after the tweet',
    ({ users, tweets }) => (users.accountCreatedAtS[tweets.authorIndex[2]!] = 1_301),
    'users.account_created_at_s[4]: 1301, expected a time before the tweet of this author, made at 1000',
  ],
];

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
      'tweets.media[2]: 0, expected 1 (photo), 2 (video) or 3 (GIF)',
    ],
    ['medium 77', ({ tweets }) => (tweets.media[2] = 77), 'tweets.media[2]: 77, expected 1'],
    [
      'a medium past the codes',
      ({ tweets }) => (tweets.media[2] = 255),
      'tweets.media[2]: 255 or more, or negative, expected 1',
    ],
    [
      'a type of no kind, 77 on the wire',
      ({ tweets }) => (tweets.type[2] = 76),
      'tweets.type[2]: 77, expected 1 (top level), 2 (retweet) or 3 (quote)',
    ],
    [
      'a type past the codes, as it was sent',
      ({ tweets }) => {
        tweets.type[2] = 254;
        Object.assign(tweets, { typesAsSent: new Map([[2, -1n]]) });
      },
      'tweets.type[2]: -1, expected 1 (top level)',
    ],
    [
      'a medium past the codes, as it was sent',
      ({ tweets }) => {
        tweets.media[2] = 255;
        Object.assign(tweets, { mediaAsSent: new Map([[2, 4_294_967_297n]]) });
      },
      'tweets.media[2]: 4294967297, expected 1 (photo)',
    ],
    [
      'a negative number of links',
      ({ tweets }) => (tweets.linkCount[2] = -1),
      'tweets.link_count[2]: 4294967295 (-1 as a signed number), expected a count from 0 to 65535',
    ],
    [
      'a time as a number of hashtags',
      ({ tweets }) => (tweets.hashtagCount[2] = 1_614_125_083),
      'tweets.hashtag_count[2]: 1614125083, expected a count from 0 to 65535',
    ],
    [
      'too many domains',
      ({ tweets }) => (tweets.domainCount[2] = 65_536),
      'tweets.domain_count[2]: 65536, expected',
    ],
    ...TIMES,
  ])('%s spoils its pair and no other', (_name, spoil, message) => {
    const batch = batchOf();
    spoil(batch);
    const invalid = validateBatch(batch, VOCABULARY_SIZE);
    expect([...invalid!.keys()]).toEqual([2]);
    expect(invalid!.get(2)).toMatchObject({ code: 'INVALID_ROW', message: expect.stringContaining(message) });
  });

  it.each<[string, (batch: PairBatch) => void]>([
    ['an account that is unknown', ({ users }) => users.accountCreatedAtS.fill(Number.NaN)],
    ['an account of before 1970', ({ users }) => users.accountCreatedAtS.fill(-1)],
    ['accounts younger than the tweet by the clock skew', ({ users }) => users.accountCreatedAtS.fill(1_300)],
    ['as-of before the tweet by the clock skew', ({ pairs }) => pairs.asOfS.fill(700)],
    [
      'an account of a reader made between tweet and as-of',
      ({ users, pairs }) => {
        pairs.asOfS.fill(9_000);
        users.accountCreatedAtS[pairs.readerIndex[2]!] = 8_000;
      },
    ],
  ])('accepts %s', (_name, change) => {
    const batch = batchOf();
    change(batch);
    expect(validateBatch(batch, VOCABULARY_SIZE)).toBeUndefined();
  });

  it('a spoiled user spoils every pair that needs it', () => {
    const batch = batchOf();
    batch.pairs.readerIndex[0] = batch.pairs.readerIndex[3]!;
    batch.users.followerCount[batch.pairs.readerIndex[3]!] = -5;
    expect([...validateBatch(batch, VOCABULARY_SIZE)!.keys()]).toEqual([0, 3]);
  });
});

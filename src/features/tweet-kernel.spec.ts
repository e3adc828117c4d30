import { IndexMap } from '../statistics/index-map.js';
import { describe, expect, it } from 'vitest';
import { PairBatchBuilder } from '../pairs/pair-batch-builder.js';
import type { PartRow } from '../pairs/part-row.js';
import { Vocabulary } from './text/vocabulary.js';
import { TWEET_FEATURES } from './tweet-features.js';
import { TWEET_COMPONENT_LANES } from './key-components.js';
import { TweetKernel } from './tweet-kernel.js';

const vocabulary = Vocabulary.parse(new TextEncoder().encode('[CLS]\n[SEP]\n[UNK]\nword\n'));
const languages = IndexMap.empty('languages');
const kernel = new TweetKernel(vocabulary, { languages }, 'none');

/** The request-only values of a tweet, by name. */
function valuesOf(changes: Partial<PartRow>): Record<string, number> {
  const user = { id: '0'.repeat(32), followerCount: 9, followingCount: 2, isVerified: false };
  const builder = new PairBatchBuilder();
  builder.addPartRow({
    textTokens: [0, 3, 1],
    hashtags: [],
    tweetId: 'A'.repeat(32),
    media: [],
    links: [],
    domains: [],
    tweetType: 'TopLevel',
    language: 'B'.repeat(32),
    tweetCreatedAtS: 0,
    author: { ...user, accountCreatedAtS: 0 },
    reader: { ...user, accountCreatedAtS: 0 },
    authorFollowsReader: false,
    engagementTimesS: undefined,
    ...changes,
  });
  const { users, tweets } = builder.toBatch();
  const out = new Float32Array(TWEET_FEATURES.length);
  kernel.compute(users, tweets, 0, new Int32Array(TWEET_COMPONENT_LANES), 0, out, 0);
  return Object.fromEntries(TWEET_FEATURES.map(({ name }, i) => [name, out[i]!]));
}

describe('TweetKernel', () => {
  it.each([
    ['1970-01-01T00:00:00Z', 3, 0],
    ['2021-02-07T23:59:59Z', 6, 1_439],
    ['2021-02-08T00:00:00Z', 0, 0],
    ['2024-02-29T12:34:56Z', 3, 754],
    ['2038-01-19T03:14:08Z', 1, 194],
    ['2106-02-07T06:28:15Z', 6, 388],
  ])('%s is day %i of the week, minute %i of the day', (time, dayOfWeek, minute) => {
    const values = valuesOf({ tweetCreatedAtS: Date.parse(time) / 1_000 });
    expect([values['dt_dow'], values['dt_minute']]).toEqual([dayOfWeek, minute]);
  });

  it('counts tokens less one, down to none', () => {
    const counts = [[], [0], [0, 1], [0, 3, 3, 1]].map((textTokens) => valuesOf({ textTokens }));
    expect(counts.map((values) => values['tw_len_token'])).toEqual([0, 0, 1, 3]);
  });

  it('counts what is attached, and follows', () => {
    const values = valuesOf({
      media: ['GIF', 'Photo', 'GIF', 'Video'],
      hashtags: ['a'],
      links: ['a', 'b'],
      domains: ['a', 'b', 'c'],
    });
    expect(values).toMatchObject({
      tw_len_media: 4,
      tw_len_photo: 1,
      tw_len_video: 1,
      tw_len_gif: 2,
      len_hashtags: 1,
      len_links: 2,
      len_domains: 3,
      a_follower_count: 9,
      a_following_count: 2,
      ff_a_ratio: 3,
    });
  });
});

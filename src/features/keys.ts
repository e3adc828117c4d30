import type { Hash64 } from '../pairs/murmur3.js';
import type { Fidelity } from './feature-definition.js';
import { type Component, laneOf, type TWEET_COMPONENTS } from './key-components.js';
import type { RowSpace } from './key-sets.js';
import type { TweetRows } from './tweet-rows.js';

/** A 64-bit key of a pair, for index maps and feature files, with its row of the reference page. */
export interface KeyDefinition {
  readonly name: string;
  readonly rowSpace: RowSpace;
  /** Description of the hashed value. */
  readonly meaning: string;
  readonly fidelity: Fidelity;
  /** Reason for a changed definition; empty if it is the same. */
  readonly reason: string;
  /** Component of the tweet that the key is; undefined for a column of the request. */
  readonly component: Component | undefined;
  /** Writes the two lanes of the key to `out`. @param reader row of the user table */
  readonly read: (tweetRows: TweetRows, tweet: number, reader: number, out: Hash64) => void;
}

const USER_REASON = 'the first 64 bits of the hash of the whole id, instead of its last 32 or 64 bits';
const ITEM_REASON = 'a 64-bit hash of the text, instead of the last 32 bits of the published hash';
const TEXT_REASON =
  '64 bits of one hash on all machines, instead of 32 bits of one that differs between two published programs';

function defineText(
  name: string,
  meaning: string,
  component: (typeof TWEET_COMPONENTS)[number],
): KeyDefinition {
  const lane = laneOf(component);
  const definition = define(name, 'tweet', meaning, TEXT_REASON, (tweetRows, tweet, _reader, out) => {
    out.lo = tweetRows.componentLane(tweet, lane);
    out.hi = tweetRows.componentLane(tweet, lane + 1);
  });
  return { ...definition, component };
}

function define(
  name: string,
  rowSpace: RowSpace,
  meaning: string,
  reason: string,
  read: KeyDefinition['read'],
): KeyDefinition {
  return { name, rowSpace, meaning, fidelity: 'changed', reason, component: undefined, read };
}

/** Every key. Lanes are those of MurmurHash3; both are 0 where there is nothing to hash, unless `meaning` says otherwise. */
export const KEYS: readonly KeyDefinition[] = [
  define('a_user_id', 'tweet', 'id of the author', USER_REASON, ({ batch }, tweet, _reader, out) => {
    const author = batch.tweets.authorIndex[tweet]!;
    out.lo = batch.users.idLo[author]! | 0;
    out.hi = batch.users.idHi[author]! | 0;
  }),
  define('b_user_id', 'pair', 'id of the reader', USER_REASON, ({ batch }, _tweet, reader, out) => {
    out.lo = batch.users.idLo[reader]! | 0;
    out.hi = batch.users.idHi[reader]! | 0;
  }),
  define('tweet_id', 'tweet', 'id of the tweet', USER_REASON, ({ batch }, tweet, _reader, out) => {
    out.lo = batch.tweets.idLo[tweet]! | 0;
    out.hi = batch.tweets.idHi[tweet]! | 0;
  }),
  define(
    'language',
    'tweet',
    'language',
    'any language, not one of a fixed list',
    ({ batch }, tweet, _reader, out) => {
      out.lo = batch.tweets.languageLo[tweet]! | 0;
      out.hi = batch.tweets.languageHi[tweet]! | 0;
    },
  ),
  define('hashtags', 'tweet', 'first hashtag', ITEM_REASON, ({ batch }, tweet, _reader, out) => {
    out.lo = batch.tweets.hashtagLo[tweet]! | 0;
    out.hi = batch.tweets.hashtagHi[tweet]! | 0;
  }),
  define('links', 'tweet', 'first link', ITEM_REASON, ({ batch }, tweet, _reader, out) => {
    out.lo = batch.tweets.linkLo[tweet]! | 0;
    out.hi = batch.tweets.linkHi[tweet]! | 0;
  }),
  define('domains', 'tweet', 'first link domain', ITEM_REASON, ({ batch }, tweet, _reader, out) => {
    out.lo = batch.tweets.domainLo[tweet]! | 0;
    out.hi = batch.tweets.domainHi[tweet]! | 0;
  }),
  defineText('tw_word0', 'first word of the body (no bytes, if it has none)', 'first word'),
  defineText('tw_word1', 'second word of the body (no bytes, if it has none)', 'second word'),
  defineText('tw_original_user0', 'first mention of the body, without the @', 'first mention'),
  defineText('tw_original_user1', 'second mention of the body', 'second mention'),
  defineText('tw_original_user2', 'third mention of the body', 'third mention'),
  defineText('tw_rt_user0', 'first mention of the retweet head: who is retweeted', 'retweeted user'),
  defineText('tw_tweet', 'the body', 'body'),
];

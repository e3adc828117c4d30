import { type Hash64, hashComponents } from '../pairs/murmur3.js';
import type { HorizonName } from '../statistics/statistics-tables.js';
import { type Component, laneOf, PAIR_COMPONENTS } from './key-components.js';

/** Row space of a feature: computed once per distinct tweet, or once per pair. */
export type RowSpace = 'tweet' | 'pair';

/** Components of the keys of one statistics table, and the horizons of its records. */
export interface KeySet {
  readonly name: string;
  /** `pair` if the key contains a component of the reader. */
  readonly rowSpace: RowSpace;
  /** In hashing order. */
  readonly components: readonly Component[];
  /** Horizons of the table, in their order. */
  readonly horizons: readonly HorizonName[];
  /** Positions of the components' low lanes, see key-components.ts. */
  readonly lanes: Uint8Array;
}

function keySet(
  name: string,
  components: readonly Component[],
  horizons: readonly HorizonName[] = ['long'],
): KeySet {
  const ofPair: readonly Component[] = PAIR_COMPONENTS;
  return {
    name,
    rowSpace: components.some((component) => ofPair.includes(component)) ? 'pair' : 'tweet',
    components,
    horizons,
    lanes: Uint8Array.from(components, laneOf),
  };
}

const BOTH = ['long', 'recent'] as const;

/** Every key set: those of the first model in the published order, then those of the others. */
export const KEY_SETS: readonly KeySet[] = [
  keySet('a_user_id', ['author'], BOTH),
  keySet('b_user_id', ['reader'], BOTH),
  keySet('tweet_type', ['tweet type'], BOTH),
  keySet('language', ['language'], BOTH),
  keySet('media', ['media code'], BOTH),
  keySet('tw_word0', ['first word'], BOTH),
  keySet('a_user_id_language_tweet_type', ['author', 'language', 'tweet type'], BOTH),
  keySet('b_user_id_language_tweet_type', ['reader', 'language', 'tweet type'], BOTH),
  keySet('language_tweet_type_media', ['language', 'tweet type', 'media code'], BOTH),
  keySet('a_user_id_b_user_id', ['author', 'reader'], BOTH),
  keySet('tweet_id', ['tweet'], ['recent']),
  keySet('domains_language_a_follows_b_tweet_type_media_a_is_verified', [
    'link domain',
    'language',
    'author follows reader',
    'tweet type',
    'media code',
    'verified author',
  ]),
  keySet('tw_original_user0_tweet_type_language', ['first mention', 'tweet type', 'language']),
  keySet('tw_original_user1_tweet_type_language', ['second mention', 'tweet type', 'language']),
  keySet('media_tweet_type_language_a_is_verified_b_is_verified_a_follows_b', [
    'media code',
    'tweet type',
    'language',
    'verified author',
    'verified reader',
    'author follows reader',
  ]),
  keySet('b_is_verified_tweet_type', ['verified reader', 'tweet type']),
  keySet('a_user_id_tweet_type', ['author', 'tweet type']),
  keySet('b_user_id_tweet_type', ['reader', 'tweet type']),
  keySet('tw_rt_user0', ['retweeted user']),
  keySet('tw_original_user0_tweet_type', ['first mention', 'tweet type']),
  keySet('tw_original_user1_tweet_type', ['second mention', 'tweet type']),
  keySet('tw_word0_tweet_type', ['first word', 'tweet type']),
  keySet('follow_buckets', [
    'follower bucket of the author',
    'following bucket of the author',
    'follower bucket of the reader',
    'following bucket of the reader',
    'tweet type',
    'language',
    'author follows reader',
  ]),
  keySet('context', [
    'media code',
    'language',
    'tweet type',
    'verified author',
    'verified reader',
    'author follows reader',
    'last marks',
    'popularity group',
  ]),
];

/** The key set of a name. @throws RangeError for a name of none */
export function keySetOf(name: string): KeySet {
  const found = KEY_SETS.find((keySet) => keySet.name === name);
  if (found === undefined) throw new RangeError(`key set "${name}", expected one of KEY_SETS`);
  return found;
}

/** Key of a key set: the hash of its components, 8 little-endian bytes each. @param lanes COMPONENT_LANES of a pair */
export function hashKey({ lanes: offsets }: KeySet, lanes: Int32Array, out: Hash64): void {
  hashComponents(lanes, offsets, out);
}

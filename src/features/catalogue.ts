import { TARGETS } from '../pairs/targets.js';
import { KEY_SETS, type RowSpace } from './key-sets.js';

/** How a definition stands to the published one. */
export type Fidelity = 'same' | 'changed';

/** One feature: its row of the catalogue and of docs/reference/features.md. */
export interface FeatureDefinition {
  readonly name: string;
  readonly rowSpace: RowSpace;
  readonly kind: 'integer' | 'float';
  /** What the value is. */
  readonly meaning: string;
  /** Name in the published system. */
  readonly published: string;
  readonly fidelity: Fidelity;
  /** Why it differs, when it does. */
  readonly reason: string;
}

type Row = readonly [
  name: string,
  kind: 'integer' | 'float',
  meaning: string,
  reason?: string,
  published?: string,
];

const TWEET_ROWS: readonly Row[] = [
  ['a_follower_count', 'integer', 'followers of the author'],
  ['a_following_count', 'integer', 'accounts the author follows'],
  ['dt_dow', 'integer', 'day of the week of the tweet, UTC, Monday 0 to Sunday 6'],
  [
    'dt_minute',
    'integer',
    'minute of the day of the tweet, UTC, 0 to 1439',
    'one training program used the minute of the hour; the minute of the day is kept',
  ],
  ['len_hashtags', 'integer', 'hashtags of the tweet'],
  ['len_links', 'integer', 'links of the tweet'],
  ['len_domains', 'integer', 'link domains of the tweet'],
  [
    'tw_len_media',
    'integer',
    'attached media',
    'one published program counts the separators, so that one photo is 0; the items are counted here',
  ],
  ['tw_len_photo', 'integer', 'attached photos'],
  ['tw_len_video', 'integer', 'attached videos'],
  ['tw_len_gif', 'integer', 'attached GIFs'],
  ['tw_len_quest', 'integer', 'question marks in the text'],
  ['tw_len_token', 'integer', 'tokens less one, [CLS] and [SEP] included; 0 for no tokens'],
  [
    'tw_count_capital_words',
    'integer',
    'maximal runs of two or more letters A-Z in the text',
    'the special pieces, link paths and the leading RT are not counted, since every tweet has them or they are random',
  ],
  ['tw_count_excl_quest_marks', 'integer', 'exclamation and question marks in the text'],
  ['tw_count_special1', 'integer', 'pilcrows (line breaks) in the text'],
  ['tw_count_hash', 'integer', '# in the text'],
  [
    'tw_last_quest',
    'integer',
    'last marks: 1 ends in ?, 2 in !?, 3 in ! not after ?, 4 in ?!, 0 else',
    'two published programs swap 3 and 4; the later one is kept, but over the whole text, without cutting it off at its first link, and spaces between marks do not count',
  ],
  ['tw_len_retweet', 'integer', 'occurrences of "retweet" in the text, any case'],
  [
    'tw_len_rt',
    'integer',
    'words "rt" in the text, any case, the leading one left out',
    'one published program counts in cased text, and neither sees the last word; whole words of any case are counted here',
  ],
  ['tw_count_at', 'integer', '@ in the body'],
  [
    'tw_count_words',
    'integer',
    'words of the body',
    'words instead of the spaces between them, so that no text is 0 and one word is 1; a link with its path is one word',
  ],
  [
    'tw_count_char',
    'integer',
    'characters (code points) of the body, one space between words',
    'the last five characters were cut off blindly to drop [SEP], which is never in the text here; a link with its path is four characters',
  ],
  ['tw_rt_count_words', 'integer', 'words of the retweet head', 'words instead of the spaces between them'],
  ['tw_rt_count_char', 'integer', 'characters of the retweet head, one space between words'],
  ['ff_a_ratio', 'float', 'followers of the author / (accounts the author follows + 1)'],
];

const PAIR_ROWS: readonly Row[] = [
  [
    'a_follows_b',
    'integer',
    'the author follows the reader',
    'renamed: the published name says the opposite of what the column holds',
    'b_follows_a',
  ],
  ['b_follower_count', 'integer', 'followers of the reader'],
  ['b_following_count', 'integer', 'accounts the reader follows'],
  ['ff_b_ratio', 'float', 'followers of the reader / (accounts the reader follows + 1)'],
];

/** Why every target encoding differs from the published one. */
export const ENCODING_REASON =
  'decayed in event time instead of a fixed period; keyed by 64-bit hashes instead of the last 32 bits of user ids; kept as a float instead of an 8-bit step (a quote rate of 0.7 % has no room in it); keys seen once are kept; learned causally instead of out of fold';

/** Tweet-space value positions: request columns first, then SUM_COUNT encodings per tweet-space key set. */
export const TWEET_FEATURES: readonly FeatureDefinition[] = [
  ...TWEET_ROWS.map(definition('tweet')),
  ...encodings('tweet'),
];

/** Pair-space value positions: request columns first, then SUM_COUNT encodings per pair-space key set. */
export const PAIR_FEATURES: readonly FeatureDefinition[] = [
  ...PAIR_ROWS.map(definition('pair')),
  ...encodings('pair'),
];

/** Every feature. */
export const CATALOGUE: readonly FeatureDefinition[] = [...TWEET_FEATURES, ...PAIR_FEATURES];

/** Position of the first encoding in the tweet space and in the pair space. */
export const FIRST_ENCODING = { tweet: TWEET_ROWS.length, pair: PAIR_ROWS.length } as const;

function definition(rowSpace: RowSpace): (row: Row) => FeatureDefinition {
  return ([name, kind, meaning, reason, published]) => ({
    name,
    rowSpace,
    kind,
    meaning,
    published: published ?? name,
    fidelity: reason === undefined ? 'same' : 'changed',
    reason: reason ?? '',
  });
}

function encodings(rowSpace: RowSpace): FeatureDefinition[] {
  return KEY_SETS.filter((keySet) => keySet.rowSpace === rowSpace).flatMap((keySet) =>
    TARGETS.map((target) => ({
      name: `te_${keySet.name}_${target}`,
      rowSpace,
      kind: 'float' as const,
      meaning: `smoothed, decayed ${target} rate of the same ${keySet.components.join(', ')}`,
      published: `TE_${keySet.name}_${target === 'quote' ? 'retweet_comment' : target}`,
      fidelity: 'changed' as const,
      reason: ENCODING_REASON,
    })),
  );
}

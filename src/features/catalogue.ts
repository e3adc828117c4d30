import type { FeatureDefinition } from './feature-definition.js';
import type { RowSpace } from './key-sets.js';
import { STATISTICS_VIEWS } from './statistics-views.js';

type Row = readonly [
  name: string,
  kind: 'integer' | 'float',
  meaning: string,
  reason?: string,
  published?: string,
];

/** Followers of an author from which the popularity groups 1 to 4 begin. */
export const GROUP_EDGES = [240, 588, 1_331, 3_996] as const;
/** Widths of the published buckets of follow counts. */
export const FOLLOWER_BUCKET = 819;
export const FOLLOWING_BUCKET = 712;

const ACCOUNT_AGE_REASON =
  'the published creation time is scaled to eight days and wraps around an 8-bit number every 8.5 days, which leaves noise; here it is the real age (a creation before 1970 counts as the first of the data, 26 January 2006; an account younger than the tweet has age 0; one that is more than 300 seconds younger than the time the pair is scored for is refused)';
const DIVISION_REASON = 'a divisor of 0 counts as 1, instead of giving infinity or no number';
const BUCKET_REASON = 'renamed: the published model has the bucket under the name of the count itself';

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
  ['a_is_verified', 'integer', 'the author is verified'],
  [
    'a_account_age_days',
    'float',
    "age of the author's account at the tweet's time, days",
    ACCOUNT_AGE_REASON,
    'a_account_creation',
  ],
  ['tweet_type', 'integer', '0 top level, 1 retweet, 2 quote'],
  ['media', 'integer', 'media code, see below'],
  [
    'language',
    'integer',
    'languages of the warm-up days that are more frequent than this one; missing for a language they did not have',
    'a fixed list of 66 languages; here the list is learned',
  ],
  ['dt_hour', 'integer', 'hour of the day of the tweet, UTC, 0 to 23'],
  [
    'dt_minute_of_hour',
    'integer',
    'minute of the hour of the tweet, 0 to 59',
    'renamed: two published programs use one name for two features',
    'dt_minute',
  ],
  [
    'group',
    'integer',
    `popularity of the author: how many of ${GROUP_EDGES.join(', ')} followers are reached`,
  ],
  ['a_ff_rate', 'float', 'accounts the author follows / (followers of the author + 1)'],
  [
    'nn3_a_ff_rate',
    'float',
    'accounts the author follows / followers of the author',
    DIVISION_REASON,
    'a_ff_rate',
  ],
  [
    'a_follower_bucket',
    'integer',
    `followers of the author / ${FOLLOWER_BUCKET}, rounded down`,
    BUCKET_REASON,
    'a_follower_count',
  ],
  [
    'a_following_bucket',
    'integer',
    `accounts the author follows / ${FOLLOWING_BUCKET}, rounded down`,
    BUCKET_REASON,
    'a_following_count',
  ],
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
  ['b_is_verified', 'integer', 'the reader is verified'],
  [
    'b_account_age_days',
    'float',
    "age of the reader's account at the tweet's time, days",
    ACCOUNT_AGE_REASON,
    'b_account_creation',
  ],
  [
    'nn3_b_ff_rate',
    'float',
    'followers of the reader / accounts the reader follows',
    DIVISION_REASON,
    'b_ff_rate',
  ],
  ['ab_fing_rate', 'float', 'accounts the author follows / (accounts the reader follows + 1)'],
  [
    'nn3_ab_fing_rate',
    'float',
    'accounts the author follows / accounts the reader follows',
    DIVISION_REASON,
    'ab_fing_rate',
  ],
  ['ab_fer_rate', 'float', 'followers of the author / (followers of the reader + 1)'],
  ['ab_age_dff', 'float', "days the author's account is older than the reader's", ACCOUNT_AGE_REASON],
  [
    'ab_age_rate',
    'float',
    "(days of the author's account + 1) / (days of the reader's account + 1)",
    ACCOUNT_AGE_REASON,
  ],
  [
    'nn3_ab_age_rate',
    'float',
    "days of the author's account / (days of the reader's account + 1)",
    ACCOUNT_AGE_REASON,
    'ab_age_rate',
  ],
  [
    'b_follower_bucket',
    'integer',
    `followers of the reader / ${FOLLOWER_BUCKET}, rounded down`,
    BUCKET_REASON,
    'b_follower_count',
  ],
  [
    'b_following_bucket',
    'integer',
    `accounts the reader follows / ${FOLLOWING_BUCKET}, rounded down`,
    BUCKET_REASON,
    'b_following_count',
  ],
];

/** Features that need nothing but the request, in the order of TweetRows.values. */
export const TWEET_FEATURES: readonly FeatureDefinition[] = TWEET_ROWS.map(definition('tweet'));

/** Features of a pair that need nothing but the request, in the order PairKernel writes them. */
export const PAIR_FEATURES: readonly FeatureDefinition[] = PAIR_ROWS.map(definition('pair'));

/** Every feature. */
export const CATALOGUE: readonly FeatureDefinition[] = [
  ...TWEET_FEATURES,
  ...PAIR_FEATURES,
  ...STATISTICS_VIEWS.flatMap(({ definitions }) => definitions),
];

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

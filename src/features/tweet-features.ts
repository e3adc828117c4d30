import { describeFeatures, type FeatureRow } from './feature-row.js';
import { TextCounts } from './text/text-counts.js';
import { TweetFacts } from './tweet-facts.js';
import { FOLLOWER_BUCKET, FOLLOWING_BUCKET, GROUP_EDGES } from './user-values.js';

/** Why ages of accounts differ from the published ones. */
export const ACCOUNT_AGE_REASON =
  'the published creation time is scaled to eight days and wraps around an 8-bit number every 8.5 days, which leaves noise; here it is the real age (a creation before 1970 counts as the first of the data, 26 January 2006; an account younger than the tweet has age 0; one that is more than 300 seconds younger than the time the pair is scored for is refused)';
/** Why ratios with a divisor of 0 differ from the published ones. */
export const DIVISION_REASON = 'a divisor of 0 counts as 1, instead of giving infinity or no number';
/** Why buckets differ from the published ones. */
export const BUCKET_REASON = 'renamed: the published model has the bucket under the name of the count itself';
const GROUP_MEANING = `popularity of the author: how many of ${GROUP_EDGES.join(', ')} followers are reached`;
const FOLLOWER_BUCKET_MEANING = `followers of the author / ${FOLLOWER_BUCKET}, rounded down`;
const FOLLOWING_BUCKET_MEANING = `accounts the author follows / ${FOLLOWING_BUCKET}, rounded down`;

/**
 * Declares the features of a tweet that need nothing but the request. Their order is the order of the catalogue and of
 * the columns of feature files.
 */
export function declareTweetFeatures(row: FeatureRow, tweet: TweetFacts): void {
  declareFeaturesOfXgb1(row, tweet);
  declareTextFeatures(row, tweet);
  declareFeaturesOfOtherModels(row, tweet);
}

function declareFeaturesOfXgb1(row: FeatureRow, tweet: TweetFacts): void {
  const { media } = tweet;
  row.integer('a_follower_count', tweet.authorFollowerCount, 'followers of the author');
  row.integer('a_following_count', tweet.authorFollowingCount, 'accounts the author follows');
  row.integer('dt_dow', tweet.dayOfWeek, 'day of the week of the tweet, UTC, Monday 0 to Sunday 6');
  row.integer(
    'dt_minute',
    tweet.minuteOfDay,
    'minute of the day of the tweet, UTC, 0 to 1439',
    'one training program used the minute of the hour; the minute of the day is kept',
  );
  row.integer('len_hashtags', tweet.hashtagCount, 'hashtags of the tweet');
  row.integer('len_links', tweet.linkCount, 'links of the tweet');
  row.integer('len_domains', tweet.domainCount, 'link domains of the tweet');
  row.integer(
    'tw_len_media',
    media.photo + media.video + media.gif,
    'attached media',
    'one published program counts the separators, so that one photo is 0; the items are counted here',
  );
  row.integer('tw_len_photo', media.photo, 'attached photos');
  row.integer('tw_len_video', media.video, 'attached videos');
  row.integer('tw_len_gif', media.gif, 'attached GIFs');
}

function declareTextFeatures(row: FeatureRow, { text, tokenCount }: TweetFacts): void {
  row.integer('tw_len_quest', text.questionCount, 'question marks in the text');
  row.integer(
    'tw_len_token',
    Math.max(0, tokenCount - 1),
    'tokens less one, [CLS] and [SEP] included; 0 for no tokens',
  );
  row.integer(
    'tw_count_capital_words',
    text.capitalRunCount,
    'maximal runs of two or more letters A-Z in the text',
    'the special pieces, link paths and the leading RT are not counted, since every tweet has them or they are random',
  );
  row.integer(
    'tw_count_excl_quest_marks',
    text.exclamationOrQuestionCount,
    'exclamation and question marks in the text',
  );
  row.integer('tw_count_special1', text.pilcrowCount, 'pilcrows (line breaks) in the text');
  row.integer('tw_count_hash', text.hashCount, '# in the text');
  row.integer(
    'tw_last_quest',
    text.lastQuest,
    'last marks: 1 ends in ?, 2 in !?, 3 in ! not after ?, 4 in ?!, 0 else',
    'two published programs swap 3 and 4; the later one is kept, but over the whole text, without cutting it off at its first link, and spaces between marks do not count',
  );
  row.integer('tw_len_retweet', text.retweetCount, 'occurrences of "retweet" in the text, any case');
  row.integer(
    'tw_len_rt',
    text.rtWordCount,
    'words "rt" in the text, any case, the leading one left out',
    'one published program counts in cased text, and neither sees the last word; whole words of any case are counted here',
  );
  row.integer('tw_count_at', text.atCount, '@ in the body');
  row.integer(
    'tw_count_words',
    text.wordCount,
    'words of the body',
    'words instead of the spaces between them, so that no text is 0 and one word is 1; a link with its path is one word',
  );
  row.integer(
    'tw_count_char',
    text.characterCount,
    'characters (code points) of the body, one space between words',
    'the last five characters were cut off blindly to drop [SEP], which is never in the text here; a link with its path is four characters',
  );
  row.integer(
    'tw_rt_count_words',
    text.headWordCount,
    'words of the retweet head',
    'words instead of the spaces between them',
  );
  row.integer(
    'tw_rt_count_char',
    text.headCharacterCount,
    'characters of the retweet head, one space between words',
  );
}

function declareFeaturesOfOtherModels(row: FeatureRow, tweet: TweetFacts): void {
  const { authorFollowerCount: followers, authorFollowingCount: following, minuteOfDay, hour } = tweet;
  row.float(
    'ff_a_ratio',
    followers / (following + 1),
    'followers of the author / (accounts the author follows + 1)',
  );
  row.integer('a_is_verified', tweet.authorIsVerified, 'the author is verified');
  row.float(
    'a_account_age_days',
    tweet.authorAgeDays,
    "age of the author's account at the tweet's time, days",
    ACCOUNT_AGE_REASON,
    'a_account_creation',
  );
  row.integer('tweet_type', tweet.type, '0 top level, 1 retweet, 2 quote');
  row.integer('media', tweet.mediaCode, 'media code, see below');
  row.integer(
    'language',
    tweet.languageCode,
    'languages of the warm-up days that are more frequent than this one; missing for a language they did not have',
    'a fixed list of 66 languages; here the list is learned',
  );
  row.integer('dt_hour', hour, 'hour of the day of the tweet, UTC, 0 to 23');
  row.integer(
    'dt_minute_of_hour',
    minuteOfDay - 60 * hour,
    'minute of the hour of the tweet, 0 to 59',
    'renamed: two published programs use one name for two features',
    'dt_minute',
  );
  row.integer('group', tweet.popularityGroup, GROUP_MEANING);
  row.float(
    'a_ff_rate',
    following / (followers + 1),
    'accounts the author follows / (followers of the author + 1)',
  );
  row.float(
    'nn3_a_ff_rate',
    following / (followers || 1),
    'accounts the author follows / followers of the author',
    DIVISION_REASON,
    'a_ff_rate',
  );
  row.integer(
    'a_follower_bucket',
    tweet.authorFollowerBucket,
    FOLLOWER_BUCKET_MEANING,
    BUCKET_REASON,
    'a_follower_count',
  );
  row.integer(
    'a_following_bucket',
    tweet.authorFollowingBucket,
    FOLLOWING_BUCKET_MEANING,
    BUCKET_REASON,
    'a_following_count',
  );
}

/** Features of a tweet that need nothing but the request, in the order of TweetRows.values. */
export const TWEET_FEATURES = describeFeatures(
  'tweet',
  declareTweetFeatures,
  new TweetFacts(new TextCounts()),
);

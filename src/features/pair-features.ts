import { describeFeatures, type FeatureRow } from './feature-row.js';
import { PairFacts } from './pair-facts.js';
import { ACCOUNT_AGE_REASON, BUCKET_REASON, DIVISION_REASON } from './tweet-features.js';
import { FOLLOWER_BUCKET, FOLLOWING_BUCKET, followerBucket, followingBucket } from './user-values.js';

const FOLLOWER_BUCKET_MEANING = `followers of the reader / ${FOLLOWER_BUCKET}, rounded down`;
const FOLLOWING_BUCKET_MEANING = `accounts the reader follows / ${FOLLOWING_BUCKET}, rounded down`;

/**
 * Declares the features of a pair that need nothing but the request. Their order is the order of the catalogue and of
 * the columns of feature files.
 */
export function declarePairFeatures(row: FeatureRow, pair: PairFacts): void {
  const { authorAgeDays, readerAgeDays, readerFollowerCount: followers } = pair;
  const { readerFollowingCount: following, authorFollowingCount: authorFollowing } = pair;
  row.integer(
    'a_follows_b',
    pair.authorFollowsReader,
    'the author follows the reader',
    'renamed: the published name says the opposite of what the column holds',
    'b_follows_a',
  );
  row.integer('b_follower_count', followers, 'followers of the reader');
  row.integer('b_following_count', following, 'accounts the reader follows');
  row.float(
    'ff_b_ratio',
    followers / (following + 1),
    'followers of the reader / (accounts the reader follows + 1)',
  );
  row.integer('b_is_verified', pair.readerIsVerified, 'the reader is verified');
  row.float(
    'b_account_age_days',
    readerAgeDays,
    "age of the reader's account at the tweet's time, days",
    ACCOUNT_AGE_REASON,
    'b_account_creation',
  );
  row.float(
    'nn3_b_ff_rate',
    followers / (following || 1),
    'followers of the reader / accounts the reader follows',
    DIVISION_REASON,
    'b_ff_rate',
  );
  row.float(
    'ab_fing_rate',
    authorFollowing / (following + 1),
    'accounts the author follows / (accounts the reader follows + 1)',
  );
  row.float(
    'nn3_ab_fing_rate',
    authorFollowing / (following || 1),
    'accounts the author follows / accounts the reader follows',
    DIVISION_REASON,
    'ab_fing_rate',
  );
  row.float(
    'ab_fer_rate',
    pair.authorFollowerCount / (followers + 1),
    'followers of the author / (followers of the reader + 1)',
  );
  row.float(
    'ab_age_dff',
    authorAgeDays - readerAgeDays,
    "days the author's account is older than the reader's",
    ACCOUNT_AGE_REASON,
  );
  row.float(
    'ab_age_rate',
    (authorAgeDays + 1) / (readerAgeDays + 1),
    "(days of the author's account + 1) / (days of the reader's account + 1)",
    ACCOUNT_AGE_REASON,
  );
  row.float(
    'nn3_ab_age_rate',
    authorAgeDays / (readerAgeDays + 1),
    "days of the author's account / (days of the reader's account + 1)",
    ACCOUNT_AGE_REASON,
    'ab_age_rate',
  );
  row.integer(
    'b_follower_bucket',
    followerBucket(followers),
    FOLLOWER_BUCKET_MEANING,
    BUCKET_REASON,
    'b_follower_count',
  );
  row.integer(
    'b_following_bucket',
    followingBucket(following),
    FOLLOWING_BUCKET_MEANING,
    BUCKET_REASON,
    'b_following_count',
  );
}

/** Features of a pair that need nothing but the request, in the order of their declarations. */
export const PAIR_FEATURES = describeFeatures('pair', declarePairFeatures, new PairFacts());

import type { PairBatch } from '../pairs/pair-batch.js';
import { accountAgeDays, flagValue } from './user-values.js';

/** Facts of one pair that features are computed from. One instance is reused for every pair; all are 0 at first. */
export class PairFacts {
  authorFollowerCount = 0;
  authorFollowingCount = 0;
  /** At the tweet's time; NaN if unknown. */
  authorAgeDays = 0;
  readerFollowerCount = 0;
  readerFollowingCount = 0;
  /** 0 or 1; NaN if unknown. */
  readerIsVerified = 0;
  /** At the tweet's time; NaN if unknown. */
  readerAgeDays = 0;
  /** 0 or 1. */
  authorFollowsReader = 0;

  /** Reads a pair of a valid batch. */
  read({ users, tweets, pairs }: PairBatch, pair: number): void {
    const tweet = pairs.tweetIndex[pair]!;
    const author = tweets.authorIndex[tweet]!;
    const reader = pairs.readerIndex[pair]!;
    const createdAtS = tweets.createdAtS[tweet]!;
    this.authorFollowerCount = users.followerCount[author]!;
    this.authorFollowingCount = users.followingCount[author]!;
    this.authorAgeDays = accountAgeDays(users, author, createdAtS);
    this.readerFollowerCount = users.followerCount[reader]!;
    this.readerFollowingCount = users.followingCount[reader]!;
    this.readerIsVerified = flagValue(users.isVerified[reader]!);
    this.readerAgeDays = accountAgeDays(users, reader, createdAtS);
    this.authorFollowsReader = pairs.authorFollowsReader[pair]!;
  }
}

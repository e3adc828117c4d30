import type { TweetColumns, UserColumns } from '../pairs/pair-batch.js';
import { DAY_S } from '../pairs/unix-time.js';
import type { IndexMap } from '../statistics/index-map.js';
import { mediaCode, MediaCounts } from './media-code.js';
import type { TextCounts } from './text/text-counts.js';
import {
  accountAgeDays,
  flagValue,
  followerBucket,
  followingBucket,
  popularityGroup,
} from './user-values.js';

const MINUTE_S = 60;
/** 1 January 1970 was a Thursday: 3 days after a Monday. */
const EPOCH_WEEKDAY = 3;

/** Facts of one tweet that features are computed from. One instance is reused for every tweet; all are 0 at first. */
export class TweetFacts {
  authorFollowerCount = 0;
  authorFollowingCount = 0;
  authorFollowerBucket = 0;
  authorFollowingBucket = 0;
  /** 0 to 4, see GROUP_EDGES. */
  popularityGroup = 0;
  /** 0 or 1; NaN if unknown. */
  authorIsVerified = 0;
  /** At the tweet's time; NaN if unknown. */
  authorAgeDays = 0;
  /** TWEET_TYPE_CODE. */
  type = 0;
  /** Code of the language, 0 for the most frequent; NaN for a language that has none. */
  languageCode = 0;
  /** UTC, Monday 0 to Sunday 6. */
  dayOfWeek = 0;
  /** UTC, 0 to 1439. */
  minuteOfDay = 0;
  /** UTC, 0 to 23. */
  hour = 0;
  hashtagCount = 0;
  linkCount = 0;
  domainCount = 0;
  /** [CLS] and [SEP] included. */
  tokenCount = 0;
  readonly media = new MediaCounts();
  /** Published code, see MEDIA_CODE_MEANING. */
  mediaCode = 0;

  /** @param text counts of the text of the same tweet, which the owner sets */
  constructor(readonly text: TextCounts) {}

  /** Reads tweet `t`, all but its text. @param languages whose order gives the codes */
  read(users: UserColumns, tweets: TweetColumns, t: number, languages: IndexMap): void {
    this.readAuthor(users, tweets.authorIndex[t]!, tweets.createdAtS[t]!);
    this.readTime(tweets.createdAtS[t]!);
    this.type = tweets.type[t]!;
    const language = languages.indexOf(tweets.languageLo[t]!, tweets.languageHi[t]!);
    this.languageCode = language === 0 ? Number.NaN : language - 1;
    this.hashtagCount = tweets.hashtagCount[t]!;
    this.linkCount = tweets.linkCount[t]!;
    this.domainCount = tweets.domainCount[t]!;
    this.tokenCount = tweets.tokenOffset[t + 1]! - tweets.tokenOffset[t]!;
    this.media.count(tweets.media, tweets.mediaOffset[t]!, tweets.mediaOffset[t + 1]!);
    this.mediaCode = mediaCode(tweets.media, tweets.mediaOffset[t]!, tweets.mediaOffset[t + 1]!);
  }

  private readAuthor(users: UserColumns, author: number, createdAtS: number): void {
    const followers = users.followerCount[author]!;
    const following = users.followingCount[author]!;
    this.authorFollowerCount = followers;
    this.authorFollowingCount = following;
    this.authorFollowerBucket = followerBucket(followers);
    this.authorFollowingBucket = followingBucket(following);
    this.popularityGroup = popularityGroup(followers);
    this.authorIsVerified = flagValue(users.isVerified[author]!);
    this.authorAgeDays = accountAgeDays(users, author, createdAtS);
  }

  private readTime(createdAtS: number): void {
    const day = Math.floor(createdAtS / DAY_S);
    this.dayOfWeek = (((day + EPOCH_WEEKDAY) % 7) + 7) % 7;
    this.minuteOfDay = Math.floor((createdAtS - day * DAY_S) / MINUTE_S);
    this.hour = Math.floor(this.minuteOfDay / 60);
  }
}

import type { StatisticsTables } from '../statistics/statistics-tables.js';
import type { TweetColumns, UserColumns } from '../pairs/pair-batch.js';
import { UNKNOWN_FLAG } from '../pairs/pair-batch.js';
import { TWEET_TYPE_CODE } from '../pairs/part-row.js';
import { TextKeys } from './text/text-keys.js';
import { TweetText } from './text/tweet-text.js';
import type { Vocabulary } from './text/vocabulary.js';
import { FOLLOWER_BUCKET, FOLLOWING_BUCKET, GROUP_EDGES } from './catalogue.js';
import { laneOf, setHash, setNumber, TEXT_COMPONENTS } from './key-components.js';
import { countMedia, mediaCode } from './media-code.js';

const DAY_S = 86_400;
/** 1 January 1970 was a Thursday: 3 days after a Monday. */
const EPOCH_WEEKDAY = 3;
/** What the published system takes a creation time before 1970 for. */
const EARLIEST_ACCOUNT_S = 1_138_308_613;

/** Age in days, at a time, of the account of a user, 0 or more; NaN where it is not known. */
export function accountAgeDays(users: UserColumns, user: number, atS: number): number {
  const createdAtS = users.accountCreatedAtS[user]!;
  const ageS = atS - (createdAtS < 0 ? EARLIEST_ACCOUNT_S : createdAtS);
  return ageS < 0 ? 0 : ageS / DAY_S;
}

/** 0 or 1; NaN where it is not known. */
export function flagValue(flag: number): number {
  return flag === UNKNOWN_FLAG ? Number.NaN : flag;
}

const AUTHOR = laneOf('author');
const LANGUAGE = laneOf('language');
const FIRST_WORD = laneOf('first word');
const TWEET_TYPE = laneOf('tweet type');
const MEDIA_KIND = laneOf('media code');
const TWEET = laneOf('tweet');
const LINK_DOMAIN = laneOf('link domain');
const VERIFIED_AUTHOR = laneOf('verified author');
const LAST_MARKS = laneOf('last marks');
const POPULARITY_GROUP = laneOf('popularity group');
const FOLLOWER_BUCKET_OF_AUTHOR = laneOf('follower bucket of the author');
const FOLLOWING_BUCKET_OF_AUTHOR = laneOf('following bucket of the author');

const TEXT = laneOf(TEXT_COMPONENTS[0]);

/** Computes the request-only values of a tweet, and the key components it brings. One instance serves one thread. */
export class TweetKernel {
  private readonly text: TweetText;
  private readonly textKeys = new TextKeys();
  private readonly mediaCounts = { photo: 0, video: 0, gif: 0 };

  /**
   * @param statistics whose languages are read at each tweet: they may be learned later
   * @param hasNames whether TEXT_COMPONENTS are looked for; they are left alone otherwise
   */
  constructor(
    vocabulary: Vocabulary,
    private readonly statistics: Pick<StatisticsTables, 'languages'>,
    private readonly hasNames: boolean,
  ) {
    this.text = new TweetText(vocabulary);
  }

  /** Reads tweet `t` and writes its components, TWEET_COMPONENT_LANES, from lanes[at]. */
  readComponents(users: UserColumns, tweets: TweetColumns, t: number, lanes: Int32Array, at: number): void {
    const { text } = this;
    const author = tweets.authorIndex[t]!;
    const type = tweets.type[t]!;
    text.analyse(
      tweets.tokens,
      tweets.tokenOffset[t]!,
      tweets.tokenOffset[t + 1]!,
      type === TWEET_TYPE_CODE.Retweet,
    );
    setHash(lanes, at + AUTHOR, users.idLo[author]!, users.idHi[author]!);
    setHash(lanes, at + LANGUAGE, tweets.languageLo[t]!, tweets.languageHi[t]!);
    setHash(lanes, at + FIRST_WORD, text.firstWord.lo, text.firstWord.hi);
    setHash(lanes, at + TWEET, tweets.idLo[t]!, tweets.idHi[t]!);
    setHash(lanes, at + LINK_DOMAIN, tweets.domainLo[t]!, tweets.domainHi[t]!);
    setNumber(lanes, at + TWEET_TYPE, type);
    setNumber(
      lanes,
      at + MEDIA_KIND,
      mediaCode(tweets.media, tweets.mediaOffset[t]!, tweets.mediaOffset[t + 1]!),
    );
    setNumber(lanes, at + LAST_MARKS, text.lastQuest);
    writeAuthorComponents(users, author, lanes, at);
    if (this.hasNames) this.textKeys.write(text, lanes, at + TEXT);
  }

  /**
   * Reads tweet `t` as `readComponents` does, and writes its request-only values, in the order of TWEET_FEATURES, from
   * out[at].
   */
  compute(
    users: UserColumns,
    tweets: TweetColumns,
    t: number,
    lanes: Int32Array,
    lanesAt: number,
    out: Float32Array,
    at: number,
  ): void {
    this.readComponents(users, tweets, t, lanes, lanesAt);
    const author = tweets.authorIndex[t]!;
    const followers = users.followerCount[author]!;
    const following = users.followingCount[author]!;
    const createdAtS = tweets.createdAtS[t]!;
    const day = Math.floor(createdAtS / DAY_S);
    const minute = Math.floor((createdAtS - day * DAY_S) / 60);
    const hour = Math.floor(minute / 60);
    out[at] = followers;
    out[at + 1] = following;
    out[at + 2] = (((day + EPOCH_WEEKDAY) % 7) + 7) % 7;
    out[at + 3] = minute;
    out[at + 4] = tweets.hashtagCount[t]!;
    out[at + 5] = tweets.linkCount[t]!;
    out[at + 6] = tweets.domainCount[t]!;
    this.writeMediaCounts(tweets, t, out, at + 7);
    this.writeTextCounts(out, at + 11);
    out[at + 12] = Math.max(0, tweets.tokenOffset[t + 1]! - tweets.tokenOffset[t]! - 1);
    out[at + 25] = followers / (following + 1);
    out[at + 26] = flagValue(users.isVerified[author]!);
    out[at + 27] = accountAgeDays(users, author, createdAtS);
    out[at + 28] = tweets.type[t]!;
    out[at + 29] = lanes[lanesAt + MEDIA_KIND]!;
    out[at + 30] = this.languageCode(tweets, t);
    out[at + 31] = hour;
    out[at + 32] = minute - 60 * hour;
    out[at + 33] = lanes[lanesAt + POPULARITY_GROUP]!;
    out[at + 34] = following / (followers + 1);
    out[at + 35] = following / (followers || 1);
    out[at + 36] = Math.floor(followers / FOLLOWER_BUCKET);
    out[at + 37] = Math.floor(following / FOLLOWING_BUCKET);
  }

  private writeMediaCounts(tweets: TweetColumns, t: number, out: Float32Array, at: number): void {
    const { mediaCounts } = this;
    countMedia(tweets.media, tweets.mediaOffset[t]!, tweets.mediaOffset[t + 1]!, mediaCounts);
    out[at] = mediaCounts.photo + mediaCounts.video + mediaCounts.gif;
    out[at + 1] = mediaCounts.photo;
    out[at + 2] = mediaCounts.video;
    out[at + 3] = mediaCounts.gif;
  }

  /** out[at + 1] is left alone: it counts tokens, not text. */
  private writeTextCounts(out: Float32Array, at: number): void {
    const { text } = this;
    out[at] = text.questionCount;
    out[at + 2] = text.capitalRunCount;
    out[at + 3] = text.exclamationOrQuestionCount;
    out[at + 4] = text.pilcrowCount;
    out[at + 5] = text.hashCount;
    out[at + 6] = text.lastQuest;
    out[at + 7] = text.retweetCount;
    out[at + 8] = text.rtWordCount;
    out[at + 9] = text.atCount;
    out[at + 10] = text.wordCount;
    out[at + 11] = text.characterCount;
    out[at + 12] = text.headWordCount;
    out[at + 13] = text.headCharacterCount;
  }

  private languageCode({ languageLo, languageHi }: TweetColumns, t: number): number {
    const index = this.statistics.languages.indexOf(languageLo[t]!, languageHi[t]!);
    return index === 0 ? Number.NaN : index - 1;
  }
}

function writeAuthorComponents(users: UserColumns, author: number, lanes: Int32Array, at: number): void {
  const followers = users.followerCount[author]!;
  const following = users.followingCount[author]!;
  setNumber(lanes, at + VERIFIED_AUTHOR, users.isVerified[author]!);
  setNumber(lanes, at + POPULARITY_GROUP, popularityGroup(followers));
  setNumber(lanes, at + FOLLOWER_BUCKET_OF_AUTHOR, Math.floor(followers / FOLLOWER_BUCKET));
  setNumber(lanes, at + FOLLOWING_BUCKET_OF_AUTHOR, Math.floor(following / FOLLOWING_BUCKET));
}

function popularityGroup(followers: number): number {
  let group = 0;
  for (let i = 0; i < GROUP_EDGES.length; i += 1) if (followers >= GROUP_EDGES[i]!) group += 1;
  return group;
}

import type { StatisticsTables } from '../lookups/statistics-tables.js';
import type { TweetColumns, UserColumns } from '../pairs/pair-batch.js';
import { UNKNOWN_FLAG } from '../pairs/pair-batch.js';
import { TWEET_TYPE_CODE } from '../pairs/part-row.js';
import { TextKeys } from '../text/text-keys.js';
import { TweetText } from '../text/tweet-text.js';
import type { Vocabulary } from '../text/vocabulary.js';
import { FOLLOWER_BUCKET, FOLLOWING_BUCKET, GROUP_EDGES } from './catalogue.js';
import { emptyKeyComponents, type KeyComponents } from './key-sets.js';
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

/** Computes the request-only values of a tweet, and the key components it brings. One instance serves one thread. */
export class TweetKernel {
  /** Components of the tweet last computed; the reader's are left alone. */
  readonly components: KeyComponents = emptyKeyComponents();
  private readonly text: TweetText;
  private readonly textKeys = new TextKeys();
  private readonly mediaCounts = { photo: 0, video: 0, gif: 0 };

  /** @param statistics whose languages are read at each tweet: they may be learned later */
  constructor(
    vocabulary: Vocabulary,
    private readonly statistics: Pick<StatisticsTables, 'languages'>,
  ) {
    this.text = new TweetText(vocabulary);
  }

  /** Reads tweet `t` and fills `components`, without computing features. */
  readComponents(users: UserColumns, tweets: TweetColumns, t: number): void {
    const { components, text } = this;
    const author = tweets.authorIndex[t]!;
    const type = tweets.type[t]!;
    text.analyse(
      tweets.tokens,
      tweets.tokenOffset[t]!,
      tweets.tokenOffset[t + 1]!,
      type === TWEET_TYPE_CODE.Retweet,
    );
    components.authorLo = users.idLo[author]! | 0;
    components.authorHi = users.idHi[author]! | 0;
    components.languageLo = tweets.languageLo[t]! | 0;
    components.languageHi = tweets.languageHi[t]! | 0;
    components.wordLo = text.firstWord.lo;
    components.wordHi = text.firstWord.hi;
    components.tweetType = type;
    components.mediaCode = mediaCode(tweets.media, tweets.mediaOffset[t]!, tweets.mediaOffset[t + 1]!);
  }

  /** Writes TEXT_KEY_LANES lanes of the tweet last read to out[at ..]. */
  writeTextKeys(out: Int32Array, at: number): void {
    this.textKeys.write(this.text, out, at);
  }

  /** Fills `components` and writes the request-only values of tweet `t`, in the order of TWEET_FEATURES, from out[at]. */
  compute(users: UserColumns, tweets: TweetColumns, t: number, out: Float32Array, at: number): void {
    this.readComponents(users, tweets, t);
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
    out[at + 28] = this.components.tweetType;
    out[at + 29] = this.components.mediaCode;
    out[at + 30] = this.languageCode();
    out[at + 31] = hour;
    out[at + 32] = minute - 60 * hour;
    out[at + 33] = popularityGroup(followers);
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

  private languageCode(): number {
    const { languageLo, languageHi } = this.components;
    const index = this.statistics.languages.indexOf(languageLo, languageHi);
    return index === 0 ? Number.NaN : index - 1;
  }
}

function popularityGroup(followers: number): number {
  let group = 0;
  for (let i = 0; i < GROUP_EDGES.length; i += 1) if (followers >= GROUP_EDGES[i]!) group += 1;
  return group;
}

import type { TweetColumns, UserColumns } from '../pairs/pair-batch.js';
import { TWEET_TYPE_CODE } from '../pairs/part-row.js';
import { TweetText } from '../text/tweet-text.js';
import type { Vocabulary } from '../text/vocabulary.js';
import { emptyKeyComponents, type KeyComponents } from './key-sets.js';
import { countMedia, mediaCode } from './media-code.js';

const DAY_S = 86_400;
/** 1 January 1970 was a Thursday: 3 days after a Monday. */
const EPOCH_WEEKDAY = 3;

/** Computes the request-only values of a tweet, and the key components it brings. One instance serves one thread. */
export class TweetKernel {
  /** Components of the tweet last computed; the reader's are left alone. */
  readonly components: KeyComponents = emptyKeyComponents();
  private readonly text: TweetText;
  private readonly mediaCounts = { photo: 0, video: 0, gif: 0 };

  constructor(vocabulary: Vocabulary) {
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

  /** Fills `components` and writes the request-only values of tweet `t`, in the order of TWEET_FEATURES, from out[at]. */
  compute(users: UserColumns, tweets: TweetColumns, t: number, out: Float32Array, at: number): void {
    this.readComponents(users, tweets, t);
    const { text, mediaCounts } = this;
    const author = tweets.authorIndex[t]!;
    const followers = users.followerCount[author]!;
    const following = users.followingCount[author]!;
    const createdAtS = tweets.createdAtS[t]!;
    const day = Math.floor(createdAtS / DAY_S);
    countMedia(tweets.media, tweets.mediaOffset[t]!, tweets.mediaOffset[t + 1]!, mediaCounts);
    out[at] = followers;
    out[at + 1] = following;
    out[at + 2] = (((day + EPOCH_WEEKDAY) % 7) + 7) % 7;
    out[at + 3] = Math.floor((createdAtS - day * DAY_S) / 60);
    out[at + 4] = tweets.hashtagCount[t]!;
    out[at + 5] = tweets.linkCount[t]!;
    out[at + 6] = tweets.domainCount[t]!;
    out[at + 7] = mediaCounts.photo + mediaCounts.video + mediaCounts.gif;
    out[at + 8] = mediaCounts.photo;
    out[at + 9] = mediaCounts.video;
    out[at + 10] = mediaCounts.gif;
    out[at + 11] = text.questionCount;
    out[at + 12] = Math.max(0, tweets.tokenOffset[t + 1]! - tweets.tokenOffset[t]! - 1);
    out[at + 13] = text.capitalRunCount;
    out[at + 14] = text.exclamationOrQuestionCount;
    out[at + 15] = text.pilcrowCount;
    out[at + 16] = text.hashCount;
    out[at + 17] = text.lastQuest;
    out[at + 18] = text.retweetCount;
    out[at + 19] = text.rtWordCount;
    out[at + 20] = text.atCount;
    out[at + 21] = text.wordCount;
    out[at + 22] = text.characterCount;
    out[at + 23] = text.headWordCount;
    out[at + 24] = text.headCharacterCount;
    out[at + 25] = followers / (following + 1);
  }
}

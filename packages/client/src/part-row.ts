/** Media kinds of a tweet, with their codes in PairBatch and on the wire. */
export const MEDIA_CODE = { Photo: 1, Video: 2, GIF: 3 } as const;

/** Name of a media kind as the challenge files write it. */
export type MediaName = keyof typeof MEDIA_CODE;

/** Tweet types with their codes in PairBatch; on the wire they are one higher (0 is "unspecified"). */
export const TWEET_TYPE_CODE = { TopLevel: 0, Retweet: 1, Quote: 2 } as const;

/** Name of a tweet type as the challenge files write it. */
export type TweetTypeName = keyof typeof TWEET_TYPE_CODE;

/** One user as a part file describes it. */
export interface PartUser {
  /** 32 upper-case hexadecimal digits. */
  id: string;
  followerCount: number;
  followingCount: number;
  isVerified: boolean;
  /** Unix seconds; the real files hold a few negative ones. */
  accountCreatedAtS: number;
}

/** Time of each engagement in Unix seconds, or null where there was none. Order: reply, retweet, quote, like. */
export type EngagementTimes = readonly [number | null, number | null, number | null, number | null];

/** One line of a challenge part file: a (tweet, author, reader) triple, with its labels when the file has 24 columns. */
export interface PartRow {
  /** Wordpiece ids, [CLS] first and [SEP] last. */
  textTokens: number[];
  /** 32-digit hexadecimal hashes. */
  hashtags: string[];
  /** 32 upper-case hexadecimal digits. */
  tweetId: string;
  media: MediaName[];
  links: string[];
  domains: string[];
  tweetType: TweetTypeName;
  /** 32 hexadecimal digits, opaque; empty where it is unknown. */
  language: string;
  /** Unix seconds. */
  tweetCreatedAtS: number;
  author: PartUser;
  reader: PartUser;
  /** Official column engagee_follows_engager: the author follows the reader. */
  authorFollowsReader: boolean;
  /** Undefined when the file has 20 columns (no labels). */
  engagementTimesS: EngagementTimes | undefined;
}

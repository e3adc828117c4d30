/**
 * Users, tweets and pairs as three columnar tables; a pair points into the other two by row. Every column is a typed
 * array whose first `count` entries are valid (it may be longer). Identities are 64-bit hashes in two 32-bit lanes.
 */
export interface PairBatch {
  readonly users: UserColumns;
  readonly tweets: TweetColumns;
  readonly pairs: PairColumns;
}

/** Entry of a yes-or-no column where the caller did not say. */
export const UNKNOWN_FLAG = 255;

/** One row per distinct user, authors and readers alike. */
export interface UserColumns {
  readonly count: number;
  /** Low and high lane of the identity hash (see id-hash.ts). */
  readonly idLo: Uint32Array;
  readonly idHi: Uint32Array;
  readonly followerCount: Float64Array;
  readonly followingCount: Float64Array;
  /** 0, 1, or UNKNOWN_FLAG where the caller did not say. */
  readonly isVerified: Uint8Array;
  /** Unix seconds, UTC; NaN where the caller did not say. */
  readonly accountCreatedAtS: Float64Array;
}

/** One row per distinct tweet. */
export interface TweetColumns {
  readonly count: number;
  /** Row of the author in `users`. */
  readonly authorIndex: Uint32Array;
  /** TWEET_TYPE_CODE. */
  readonly type: Uint8Array;
  /** Types as the caller sent them, by tweet, where `type` cannot hold them; for error messages. */
  readonly typesAsSent?: ReadonlyMap<number, bigint> | undefined;
  readonly languageLo: Uint32Array;
  readonly languageHi: Uint32Array;
  /** Unix seconds, UTC. */
  readonly createdAtS: Float64Array;
  /** Tokens of tweet t: tokens[tokenOffset[t] .. tokenOffset[t + 1]); count + 1 entries. */
  readonly tokenOffset: Uint32Array;
  readonly tokens: Uint32Array;
  /** Media of tweet t: media[mediaOffset[t] .. mediaOffset[t + 1]); count + 1 entries. */
  readonly mediaOffset: Uint32Array;
  /** MEDIA_CODE. */
  readonly media: Uint8Array;
  /** Media as the caller sent them, by entry of `media`, where `media` cannot hold them; for error messages. */
  readonly mediaAsSent?: ReadonlyMap<number, bigint> | undefined;
  readonly hashtagCount: Uint32Array;
  readonly linkCount: Uint32Array;
  readonly domainCount: Uint32Array;
  /** Low and high lane of the identity hash; both 0 where the caller did not say. */
  readonly idLo: Uint32Array;
  readonly idHi: Uint32Array;
  /** Lanes of the text hash of the first hashtag, link and link domain; both 0 for none. */
  readonly hashtagLo: Uint32Array;
  readonly hashtagHi: Uint32Array;
  readonly linkLo: Uint32Array;
  readonly linkHi: Uint32Array;
  readonly domainLo: Uint32Array;
  readonly domainHi: Uint32Array;
}

/** One row per (tweet, reader). */
export interface PairColumns {
  readonly count: number;
  readonly tweetIndex: Uint32Array;
  /** Row of the reader in `users`. */
  readonly readerIndex: Uint32Array;
  /** 0 or 1. */
  readonly authorFollowsReader: Uint8Array;
  /** The time features are computed for, Unix seconds: one entry per pair. */
  readonly asOfS: Float64Array;
}

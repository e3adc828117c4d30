/** One user as a part file describes it. */
export interface PartUser {
  /** 32 hexadecimal digits. */
  readonly id: string;
  readonly followerCount: number;
  readonly followingCount: number;
  readonly isVerified: boolean;
  /** Unix seconds; the real files hold a few negative ones. */
  readonly accountCreatedAtS: number;
}

/** The columns of a line of a challenge part file that a request has: a (tweet, author, reader) triple without labels. */
export interface PartRow {
  /** Wordpiece ids, [CLS] first and [SEP] last. */
  readonly textTokens: readonly number[];
  /** 32-digit hexadecimal hashes. */
  readonly hashtags: readonly string[];
  /** 32 hexadecimal digits. */
  readonly tweetId: string;
  readonly media: readonly ('Photo' | 'Video' | 'GIF')[];
  readonly links: readonly string[];
  readonly domains: readonly string[];
  readonly tweetType: 'TopLevel' | 'Retweet' | 'Quote';
  /** 32 hexadecimal digits, opaque; empty if it is unknown. */
  readonly language: string;
  /** Unix seconds. */
  readonly tweetCreatedAtS: number;
  readonly author: PartUser;
  readonly reader: PartUser;
  /** Official column engagee_follows_engager: the author follows the reader. */
  readonly authorFollowsReader: boolean;
}

// Original file: proto/pairstream/v1/pair_service.proto

export const TweetType = {
  TWEET_TYPE_UNSPECIFIED: 0,
  TWEET_TYPE_TOP_LEVEL: 1,
  TWEET_TYPE_RETWEET: 2,
  TWEET_TYPE_QUOTE: 3,
} as const;

export type TweetType =
  | 'TWEET_TYPE_UNSPECIFIED'
  | 0
  | 'TWEET_TYPE_TOP_LEVEL'
  | 1
  | 'TWEET_TYPE_RETWEET'
  | 2
  | 'TWEET_TYPE_QUOTE'
  | 3

export type TweetType__Output = typeof TweetType[keyof typeof TweetType]

import type { PredictInput } from '@pairstream/client';

/** The tweet of a small request, by its first user. */
export const SMALL_TWEETS = {
  authorIndex: [0],
  type: ['TOP_LEVEL'],
  language: ['en'],
  createdAtS: [1_614_125_083],
  text: ['hello'],
  mediaCount: [0],
  media: [],
  hashtagCount: [0],
  linkCount: [0],
  domainCount: [0],
} as const satisfies PredictInput['tweets'];

/** A request of one pair: the author reads a tweet. */
export const SMALL_REQUEST: PredictInput = {
  users: { idText: ['ada'], followerCount: [1], followingCount: [1] },
  tweets: SMALL_TWEETS,
  pairs: { tweetIndex: [0], readerIndex: [0], authorFollowsReader: [true] },
};

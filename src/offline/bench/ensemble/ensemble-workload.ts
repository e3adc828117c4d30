import type { PredictInput } from '@pairstream/client';
import type { PartRow } from '../../../pairs/part-row.js';
import { CANDIDATES, oneReaderRequests, withOwnTweets } from '../load/bench-load.js';

/** Readers that see a tweet, where tweets are shared. */
export const READERS_PER_TWEET = 20;
const NEW_TWEETS = CANDIDATES / READERS_PER_TWEET;

/** First tweet number of `newTweetRequests`; other loads use smaller numbers. */
const FIRST_NEW_TWEET = 100_000;

/** Rows with repeated readers and authors, but each with its own tweet. */
export function freshRows(rows: readonly PartRow[], count: number, firstTweet = 0): PartRow[] {
  const repeated = Array.from({ length: count }, (_, i) => rows[i % rows.length]!);
  return withOwnTweets(repeated, firstTweet);
}

/** Requests of one reader and a hundred tweets that no other request has. */
export function newTweetRequests(rows: readonly PartRow[], count: number): PredictInput[] {
  return oneReaderRequests(freshRows(rows, count * CANDIDATES, FIRST_NEW_TWEET));
}

/** Requests of one reader and a hundred tweets, of which the next reader gets all but five: a tweet is seen by twenty. */
export function sharedTweetRequests(rows: readonly PartRow[], count: number): PredictInput[] {
  const tweets = freshRows(rows, count * NEW_TWEETS + CANDIDATES);
  return Array.from({ length: count }, (_, i) => {
    const { reader } = rows[(i * CANDIDATES) % rows.length]!;
    const candidates = tweets.slice(i * NEW_TWEETS, i * NEW_TWEETS + CANDIDATES);
    return oneReaderRequests(candidates.map((row) => ({ ...row, reader })));
  }).flat();
}

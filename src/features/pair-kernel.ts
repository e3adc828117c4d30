import type { PairBatch } from '../pairs/pair-batch.js';
import { FOLLOWER_BUCKET, FOLLOWING_BUCKET } from './catalogue.js';
import { accountAgeDays, flagValue } from './tweet-kernel.js';

/** Writes the request-only values of a pair, in the order of PAIR_FEATURES, from out[at]. */
export function computePair(batch: PairBatch, pair: number, out: Float32Array, at: number): void {
  const { users, tweets, pairs } = batch;
  const tweet = pairs.tweetIndex[pair]!;
  const author = tweets.authorIndex[tweet]!;
  const reader = pairs.readerIndex[pair]!;
  const followers = users.followerCount[reader]!;
  const following = users.followingCount[reader]!;
  const authorFollowing = users.followingCount[author]!;
  const createdAtS = tweets.createdAtS[tweet]!;
  const authorAgeDays = accountAgeDays(users, author, createdAtS);
  const ageDays = accountAgeDays(users, reader, createdAtS);
  out[at] = pairs.authorFollowsReader[pair]!;
  out[at + 1] = followers;
  out[at + 2] = following;
  out[at + 3] = followers / (following + 1);
  out[at + 4] = flagValue(users.isVerified[reader]!);
  out[at + 5] = ageDays;
  out[at + 6] = followers / (following || 1);
  out[at + 7] = authorFollowing / (following + 1);
  out[at + 8] = authorFollowing / (following || 1);
  out[at + 9] = users.followerCount[author]! / (followers + 1);
  out[at + 10] = authorAgeDays - ageDays;
  out[at + 11] = (authorAgeDays + 1) / (ageDays + 1);
  out[at + 12] = authorAgeDays / (ageDays + 1);
  out[at + 13] = Math.floor(followers / FOLLOWER_BUCKET);
  out[at + 14] = Math.floor(following / FOLLOWING_BUCKET);
}

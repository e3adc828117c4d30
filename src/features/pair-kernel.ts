import type { PairBatch } from '../pairs/pair-batch.js';
import { FOLLOWER_BUCKET, FOLLOWING_BUCKET } from './catalogue.js';
import { laneOf, setHash, setNumber } from './key-components.js';
import { accountAgeDays, flagValue } from './tweet-kernel.js';

const READER = laneOf('reader');
const VERIFIED_READER = laneOf('verified reader');
const FOLLOWER_BUCKET_OF_READER = laneOf('follower bucket of the reader');
const FOLLOWING_BUCKET_OF_READER = laneOf('following bucket of the reader');
const AUTHOR_FOLLOWS_READER = laneOf('author follows reader');

/** Writes the key components that a pair brings beside those of its tweet. */
export function writePairComponents({ users, pairs }: PairBatch, pair: number, lanes: Int32Array): void {
  const reader = pairs.readerIndex[pair]!;
  setHash(lanes, READER, users.idLo[reader]!, users.idHi[reader]!);
  setNumber(lanes, VERIFIED_READER, users.isVerified[reader]!);
  setNumber(lanes, FOLLOWER_BUCKET_OF_READER, Math.floor(users.followerCount[reader]! / FOLLOWER_BUCKET));
  setNumber(lanes, FOLLOWING_BUCKET_OF_READER, Math.floor(users.followingCount[reader]! / FOLLOWING_BUCKET));
  setNumber(lanes, AUTHOR_FOLLOWS_READER, pairs.authorFollowsReader[pair]!);
}

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

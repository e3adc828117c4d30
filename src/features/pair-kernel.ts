import type { PairBatch } from '../pairs/pair-batch.js';
import { FeatureRowWriter } from './feature-row.js';
import { laneOf, setHash, setNumber } from './key-components.js';
import { PairFacts } from './pair-facts.js';
import { declarePairFeatures, PAIR_FEATURES } from './pair-features.js';
import { followerBucket, followingBucket } from './user-values.js';

const READER = laneOf('reader');
const VERIFIED_READER = laneOf('verified reader');
const FOLLOWER_BUCKET_OF_READER = laneOf('follower bucket of the reader');
const FOLLOWING_BUCKET_OF_READER = laneOf('following bucket of the reader');
const AUTHOR_FOLLOWS_READER = laneOf('author follows reader');

/** Writes the key components that a pair adds to those of its tweet. */
export function writePairComponents({ users, pairs }: PairBatch, pair: number, lanes: Int32Array): void {
  const reader = pairs.readerIndex[pair]!;
  setHash(lanes, READER, users.idLo[reader]!, users.idHi[reader]!);
  setNumber(lanes, VERIFIED_READER, users.isVerified[reader]!);
  setNumber(lanes, FOLLOWER_BUCKET_OF_READER, followerBucket(users.followerCount[reader]!));
  setNumber(lanes, FOLLOWING_BUCKET_OF_READER, followingBucket(users.followingCount[reader]!));
  setNumber(lanes, AUTHOR_FOLLOWS_READER, pairs.authorFollowsReader[pair]!);
}

/** Computes the request-only features of a pair. One instance serves one thread. */
export class PairKernel {
  private readonly facts = new PairFacts();
  private readonly row = new FeatureRowWriter(PAIR_FEATURES.length);

  /** Writes the values of a pair of a valid batch, in the order of PAIR_FEATURES, from out[at]. */
  compute(batch: PairBatch, pair: number, out: Float32Array, at: number): void {
    const { facts, row } = this;
    facts.read(batch, pair);
    row.begin(out, at);
    declarePairFeatures(row, facts);
    row.finish();
  }
}

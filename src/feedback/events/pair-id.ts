import type { PairBatch } from '../../pairs/pair-batch.js';
import { type Hash64, hashComponents } from '../../pairs/murmur3.js';
import { TweetContent } from './tweet-content.js';

/** Lanes of the reader and of the tweet. */
const OFFSETS = Uint8Array.of(0, 2);

/** Computes pair ids from a request, the same as readPairId does from a pair record. One instance serves one thread. */
export class PairIds {
  private readonly lanes = new Int32Array(4);
  private readonly content = new TweetContent();
  private readonly contentHash: Hash64 = { lo: 0, hi: 0 };

  /** Begins a request. The caller must not modify the batch until the last `read`. */
  begin(batch: PairBatch): void {
    this.content.begin(batch.tweets);
  }

  /** Computes the id of a valid pair of the batch. */
  read({ users, tweets, pairs }: PairBatch, pair: number, out: Hash64): void {
    const { lanes, contentHash } = this;
    const tweet = pairs.tweetIndex[pair]!;
    const reader = pairs.readerIndex[pair]!;
    lanes[0] = users.idLo[reader]!;
    lanes[1] = users.idHi[reader]!;
    lanes[2] = tweets.idLo[tweet]!;
    lanes[3] = tweets.idHi[tweet]!;
    if (lanes[2] === 0 && lanes[3] === 0) {
      this.content.read(users, tweets, tweet, contentHash);
      lanes[2] = contentHash.lo;
      lanes[3] = contentHash.hi;
    }
    hashComponents(lanes, OFFSETS, out);
  }
}

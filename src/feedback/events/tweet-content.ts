import type { TweetColumns, UserColumns } from '../../pairs/pair-batch.js';
import { type Hash64, HASH128_LANES, hashWords128 } from '../../pairs/murmur3.js';

/**
 * Hash of the content of a tweet: author, language, type, creation time and tokens. Stands for the id of a tweet without one. One
 * instance is reused for every tweet.
 */
export class TweetContent {
  private readonly head = new Int32Array(6);
  private readonly hash = new Int32Array(HASH128_LANES);
  private tokens: Int32Array = new Int32Array(0);

  /** Begins with the tweets of a request. The caller must not modify them until the last `read`. */
  begin({ tokens }: TweetColumns): void {
    this.tokens = new Int32Array(tokens.buffer, tokens.byteOffset, tokens.length);
  }

  /** Hashes tweet `t`. */
  read(users: UserColumns, tweets: TweetColumns, t: number, out: Hash64): void {
    const { head, hash } = this;
    const author = tweets.authorIndex[t]!;
    head[0] = users.idLo[author]!;
    head[1] = users.idHi[author]!;
    head[2] = tweets.languageLo[t]!;
    head[3] = tweets.languageHi[t]!;
    head[4] = tweets.type[t]!;
    head[5] = tweets.createdAtS[t]!;
    hash.fill(0);
    hashWords128(head, 0, head.length, hash, 0);
    hashWords128(this.tokens, tweets.tokenOffset[t]!, tweets.tokenOffset[t + 1]!, hash, 0);
    out.lo = hash[0]!;
    out.hi = hash[1]!;
  }
}

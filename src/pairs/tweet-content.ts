import { HASH128_LANES, hashWords128, type Hash64 } from './murmur3.js';
import { hashIdHex, hashTag } from './id-hash.js';
import { MEDIA_CODE, TWEET_TYPE_CODE, type PartRow } from './part-row.js';

/** Positions of the words that every tweet has; its media follow, then its tokens. */
const WORD = {
  idLo: 0,
  idHi: 1,
  authorIndex: 2,
  type: 3,
  languageLo: 4,
  languageHi: 5,
  createdAtLow: 6,
  createdAtHigh: 7,
  hashtagCount: 8,
  linkCount: 9,
  domainCount: 10,
  hashtagLo: 11,
  hashtagHi: 12,
  linkLo: 13,
  linkHi: 14,
  domainLo: 15,
  domainHi: 16,
  mediaCount: 17,
} as const;
const MEDIA_AT = 18;
const INITIAL_WORDS = 256;
const TWO_32 = 2 ** 32;
const hash: Hash64 = { lo: 0, hi: 0 };

/**
 * Everything that features read of one tweet of a part file, as 32-bit words. Two rows name the same tweet if all their words
 * are equal: an equal id is not enough, since files hold rows of one id with other text, counts or times. Holds one tweet at a
 * time; `read` replaces it.
 */
export class TweetContent {
  /** Hash of all words, HASH128_LANES. */
  readonly hash = new Int32Array(HASH128_LANES);
  #words = new Int32Array(INITIAL_WORDS);

  /**
   * Takes the tweet of a row.
   * @param authorIndex row of the author, whose counts and age it stands for
   * @throws PairstreamError INVALID_REQUEST when the tweet's id is not 32 hexadecimal digits
   */
  read(row: PartRow, authorIndex: number): void {
    const tokensAt = MEDIA_AT + row.media.length;
    const wordCount = tokensAt + row.textTokens.length;
    if (wordCount > this.#words.length) this.#words = new Int32Array(2 * wordCount);
    const words = this.#words;
    hashIdHex(row.tweetId, hash);
    this.#put(WORD.idLo);
    words[WORD.authorIndex] = authorIndex;
    words[WORD.type] = TWEET_TYPE_CODE[row.tweetType];
    hashTag(row.language, hash);
    this.#put(WORD.languageLo);
    words[WORD.createdAtLow] = row.tweetCreatedAtS;
    words[WORD.createdAtHigh] = row.tweetCreatedAtS / TWO_32;
    words[WORD.hashtagCount] = row.hashtags.length;
    words[WORD.linkCount] = row.links.length;
    words[WORD.domainCount] = row.domains.length;
    this.#putFirst(WORD.hashtagLo, row.hashtags);
    this.#putFirst(WORD.linkLo, row.links);
    this.#putFirst(WORD.domainLo, row.domains);
    words[WORD.mediaCount] = row.media.length;
    for (let i = 0; i < row.media.length; i += 1) words[MEDIA_AT + i] = MEDIA_CODE[row.media[i]!];
    for (let i = 0; i < row.textTokens.length; i += 1) words[tokensAt + i] = row.textTokens[i]!;
    this.hash.fill(0);
    hashWords128(words, 0, wordCount, this.hash, 0);
  }

  /** A word of the tweet, signed; lanes of hashes keep their bits. */
  word(name: keyof typeof WORD): number {
    return this.#words[WORD[name]]!;
  }

  #put(at: number): void {
    this.#words[at] = hash.lo;
    this.#words[at + 1] = hash.hi;
  }

  /** The hash of the first item; zeros for none. */
  #putFirst(at: number, [first]: readonly string[]): void {
    if (first === undefined) {
      hash.lo = 0;
      hash.hi = 0;
    } else {
      hashTag(first, hash);
    }
    this.#put(at);
  }
}

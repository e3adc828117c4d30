import { withRoom } from './column-growth.js';
import { HASH128_LANES, hashKey3, type Hash64 } from './murmur3.js';
import { DistinctRows } from './distinct-rows.js';
import { hashIdHex } from './id-hash.js';
import type { PairBatch } from './pair-batch.js';
import { MEDIA_CODE, type PartRow, type PartUser } from './part-row.js';
import { TweetContent } from './tweet-content.js';

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

const INITIAL_ROWS = 256;
/** Lanes of the hash of a user's content. */
const USER_KEY_LANES = 2;
const TWO_32 = 2 ** 32;
const id: Hash64 = { lo: 0, hi: 0 };
const key: Hash64 = { lo: 0, hi: 0 };

/**
 * Builds a PairBatch from rows of part files. A user or a tweet that occurs again with the same content is not added again;
 * one with the same id and other content is a row of its own. Reused batch after batch, it stops allocating once its columns have grown.
 */
export class PairBatchBuilder {
  readonly #distinctUsers = new DistinctRows(USER_KEY_LANES);
  readonly #distinctTweets = new DistinctRows(HASH128_LANES);
  readonly #userKey = new Int32Array(USER_KEY_LANES);
  readonly #tweetContent = new TweetContent();
  readonly #users = {
    count: 0,
    idLo: new Uint32Array(INITIAL_ROWS),
    idHi: new Uint32Array(INITIAL_ROWS),
    followerCount: new Float64Array(INITIAL_ROWS),
    followingCount: new Float64Array(INITIAL_ROWS),
    isVerified: new Uint8Array(INITIAL_ROWS),
    accountCreatedAtS: new Float64Array(INITIAL_ROWS),
  } satisfies Mutable<PairBatch['users']>;
  readonly #tweets = {
    count: 0,
    authorIndex: new Uint32Array(INITIAL_ROWS),
    type: new Uint8Array(INITIAL_ROWS),
    languageLo: new Uint32Array(INITIAL_ROWS),
    languageHi: new Uint32Array(INITIAL_ROWS),
    createdAtS: new Float64Array(INITIAL_ROWS),
    tokenOffset: new Uint32Array(INITIAL_ROWS + 1),
    tokens: new Uint32Array(32 * INITIAL_ROWS),
    mediaOffset: new Uint32Array(INITIAL_ROWS + 1),
    media: new Uint8Array(INITIAL_ROWS),
    hashtagCount: new Uint32Array(INITIAL_ROWS),
    linkCount: new Uint32Array(INITIAL_ROWS),
    domainCount: new Uint32Array(INITIAL_ROWS),
    idLo: new Uint32Array(INITIAL_ROWS),
    idHi: new Uint32Array(INITIAL_ROWS),
    hashtagLo: new Uint32Array(INITIAL_ROWS),
    hashtagHi: new Uint32Array(INITIAL_ROWS),
    linkLo: new Uint32Array(INITIAL_ROWS),
    linkHi: new Uint32Array(INITIAL_ROWS),
    domainLo: new Uint32Array(INITIAL_ROWS),
    domainHi: new Uint32Array(INITIAL_ROWS),
  } satisfies Mutable<PairBatch['tweets']>;
  readonly #pairs = {
    count: 0,
    tweetIndex: new Uint32Array(INITIAL_ROWS),
    readerIndex: new Uint32Array(INITIAL_ROWS),
    authorFollowsReader: new Uint8Array(INITIAL_ROWS),
    asOfS: new Float64Array(INITIAL_ROWS),
  } satisfies Mutable<PairBatch['pairs']>;

  /** Number of pairs added since the last clear(). */
  get pairCount(): number {
    return this.#pairs.count;
  }

  /**
   * Adds one row, to be scored as of the tweet's own time (a part file knows no other); returns its pair index.
   * @throws PairstreamError INVALID_REQUEST when an id is not 32 hexadecimal digits
   */
  addPartRow(row: PartRow): number {
    const tweetIndex = this.#addTweet(row, this.#addUser(row.author));
    const readerIndex = this.#addUser(row.reader);
    const pairs = this.#pairs;
    const pairIndex = pairs.count;
    pairs.tweetIndex = withRoom(pairs.tweetIndex, pairIndex + 1, Uint32Array);
    pairs.readerIndex = withRoom(pairs.readerIndex, pairIndex + 1, Uint32Array);
    pairs.authorFollowsReader = withRoom(pairs.authorFollowsReader, pairIndex + 1, Uint8Array);
    pairs.asOfS = withRoom(pairs.asOfS, pairIndex + 1, Float64Array);
    pairs.tweetIndex[pairIndex] = tweetIndex;
    pairs.readerIndex[pairIndex] = readerIndex;
    pairs.authorFollowsReader[pairIndex] = row.authorFollowsReader ? 1 : 0;
    pairs.asOfS[pairIndex] = row.tweetCreatedAtS;
    pairs.count += 1;
    return pairIndex;
  }

  /** The batch of all rows added since the last clear(). The builder owns its columns: any later call changes them. */
  toBatch(): PairBatch {
    return { users: { ...this.#users }, tweets: { ...this.#tweets }, pairs: { ...this.#pairs } };
  }

  /** Empties the builder, which keeps its memory. */
  clear(): void {
    this.#distinctUsers.clear();
    this.#distinctTweets.clear();
    this.#users.count = 0;
    this.#tweets.count = 0;
    this.#pairs.count = 0;
  }

  #addUser(user: PartUser): number {
    hashIdHex(user.id, id);
    const { followerCount, followingCount, accountCreatedAtS } = user;
    const isVerified = user.isVerified ? 1 : 0;
    // Whole 64-bit counts: two that differ only past 32 bits are not the same user's.
    hashKey3(
      id.lo,
      id.hi,
      followerCount,
      followerCount / TWO_32,
      followingCount,
      followingCount / TWO_32,
      key,
    );
    hashKey3(key.lo, key.hi, accountCreatedAtS, accountCreatedAtS / TWO_32, isVerified, 0, key);
    this.#userKey[0] = key.lo;
    this.#userKey[1] = key.hi;
    const userIndex = this.#distinctUsers.findOrAdd(this.#userKey, 0);
    const users = this.#users;
    if (userIndex < users.count) return userIndex;
    users.idLo = withRoom(users.idLo, userIndex + 1, Uint32Array);
    users.idHi = withRoom(users.idHi, userIndex + 1, Uint32Array);
    users.followerCount = withRoom(users.followerCount, userIndex + 1, Float64Array);
    users.followingCount = withRoom(users.followingCount, userIndex + 1, Float64Array);
    users.isVerified = withRoom(users.isVerified, userIndex + 1, Uint8Array);
    users.accountCreatedAtS = withRoom(users.accountCreatedAtS, userIndex + 1, Float64Array);
    users.idLo[userIndex] = id.lo;
    users.idHi[userIndex] = id.hi;
    users.followerCount[userIndex] = followerCount;
    users.followingCount[userIndex] = followingCount;
    users.isVerified[userIndex] = isVerified;
    users.accountCreatedAtS[userIndex] = accountCreatedAtS;
    users.count += 1;
    return userIndex;
  }

  #addTweet(row: PartRow, authorIndex: number): number {
    const content = this.#tweetContent;
    content.read(row, authorIndex);
    const tweetIndex = this.#distinctTweets.findOrAdd(content.hash, 0);
    const tweets = this.#tweets;
    if (tweetIndex < tweets.count) return tweetIndex;
    this.#reserveTweet(tweetIndex + 1);
    tweets.idLo[tweetIndex] = content.word('idLo');
    tweets.idHi[tweetIndex] = content.word('idHi');
    tweets.hashtagLo[tweetIndex] = content.word('hashtagLo');
    tweets.hashtagHi[tweetIndex] = content.word('hashtagHi');
    tweets.linkLo[tweetIndex] = content.word('linkLo');
    tweets.linkHi[tweetIndex] = content.word('linkHi');
    tweets.domainLo[tweetIndex] = content.word('domainLo');
    tweets.domainHi[tweetIndex] = content.word('domainHi');
    tweets.authorIndex[tweetIndex] = authorIndex;
    tweets.type[tweetIndex] = content.word('type');
    tweets.languageLo[tweetIndex] = content.word('languageLo');
    tweets.languageHi[tweetIndex] = content.word('languageHi');
    tweets.createdAtS[tweetIndex] = row.tweetCreatedAtS;
    tweets.hashtagCount[tweetIndex] = row.hashtags.length;
    tweets.linkCount[tweetIndex] = row.links.length;
    tweets.domainCount[tweetIndex] = row.domains.length;
    this.#addTokens(tweetIndex, row.textTokens);
    this.#addMedia(tweetIndex, row.media);
    tweets.count += 1;
    return tweetIndex;
  }

  #reserveTweet(rowCount: number): void {
    const tweets = this.#tweets;
    tweets.authorIndex = withRoom(tweets.authorIndex, rowCount, Uint32Array);
    tweets.type = withRoom(tweets.type, rowCount, Uint8Array);
    tweets.languageLo = withRoom(tweets.languageLo, rowCount, Uint32Array);
    tweets.languageHi = withRoom(tweets.languageHi, rowCount, Uint32Array);
    tweets.createdAtS = withRoom(tweets.createdAtS, rowCount, Float64Array);
    tweets.hashtagCount = withRoom(tweets.hashtagCount, rowCount, Uint32Array);
    tweets.linkCount = withRoom(tweets.linkCount, rowCount, Uint32Array);
    tweets.domainCount = withRoom(tweets.domainCount, rowCount, Uint32Array);
    tweets.idLo = withRoom(tweets.idLo, rowCount, Uint32Array);
    tweets.idHi = withRoom(tweets.idHi, rowCount, Uint32Array);
    tweets.hashtagLo = withRoom(tweets.hashtagLo, rowCount, Uint32Array);
    tweets.hashtagHi = withRoom(tweets.hashtagHi, rowCount, Uint32Array);
    tweets.linkLo = withRoom(tweets.linkLo, rowCount, Uint32Array);
    tweets.linkHi = withRoom(tweets.linkHi, rowCount, Uint32Array);
    tweets.domainLo = withRoom(tweets.domainLo, rowCount, Uint32Array);
    tweets.domainHi = withRoom(tweets.domainHi, rowCount, Uint32Array);
  }

  #addTokens(tweetIndex: number, tokens: readonly number[]): void {
    const tweets = this.#tweets;
    const from = tweets.tokenOffset[tweetIndex]!;
    tweets.tokens = withRoom(tweets.tokens, from + tokens.length, Uint32Array);
    for (let i = 0; i < tokens.length; i += 1) tweets.tokens[from + i] = tokens[i]!;
    tweets.tokenOffset = withRoom(tweets.tokenOffset, tweetIndex + 2, Uint32Array);
    tweets.tokenOffset[tweetIndex + 1] = from + tokens.length;
  }

  #addMedia(tweetIndex: number, media: PartRow['media']): void {
    const tweets = this.#tweets;
    const from = tweets.mediaOffset[tweetIndex]!;
    tweets.media = withRoom(tweets.media, from + media.length, Uint8Array);
    for (let i = 0; i < media.length; i += 1) tweets.media[from + i] = MEDIA_CODE[media[i]!];
    tweets.mediaOffset = withRoom(tweets.mediaOffset, tweetIndex + 2, Uint32Array);
    tweets.mediaOffset[tweetIndex + 1] = from + media.length;
  }
}

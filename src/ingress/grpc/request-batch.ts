import { PairstreamError } from '../../errors/pairstream-error.js';
import { ID_BYTES } from '../../pairs/id-hash.js';
import { type PairBatch, UNKNOWN_FLAG } from '../../pairs/pair-batch.js';
import type { PredictRequestReader } from './predict-request-reader.js';

/** A message as the dataplane takes it. */
export interface RequestBatch {
  readonly batch: PairBatch;
  /** Pairs that cannot be scored for what only the wire shows: an id of the wrong length, no tweet type. */
  readonly invalidPairs: ReadonlyMap<number, PairstreamError> | undefined;
}

/** What a tweet type that was not sent becomes: no TWEET_TYPE_CODE. */
const NO_TYPE = 255;

/**
 * Checks that the columns of a message belong together and makes a PairBatch of them. The batch takes the reader's
 * arrays over; nothing is copied.
 * @param nowS the time features are computed for when the message has no as_of_s, Unix seconds
 * @throws PairstreamError INVALID_REQUEST that names the column, its length and what was expected
 */
export function toRequestBatch(reader: PredictRequestReader, nowS: number): RequestBatch {
  const { users, tweets, pairs } = reader;
  const pairCount = pairs.tweetIndex.count;
  if (pairCount === 0) throw invalid('pairs.tweet_index', '0 pairs, expected 1 or more');
  checkCounts(reader);
  const tweetCount = tweets.authorIndex.count;
  const noHash = new Uint32Array(tweetCount);
  const batch: PairBatch = {
    users: {
      count: users.idCount,
      idLo: users.idLo,
      idHi: users.idHi,
      followerCount: users.followerCount.data,
      followingCount: users.followingCount.data,
      isVerified: new Uint8Array(users.idCount).fill(UNKNOWN_FLAG),
      accountCreatedAtS: new Float64Array(users.idCount).fill(Number.NaN),
    },
    tweets: {
      count: tweetCount,
      authorIndex: tweets.authorIndex.data,
      type: toTypeCodes(tweets.type.data, tweetCount),
      languageLo: tweets.languageLo,
      languageHi: tweets.languageHi,
      createdAtS: tweets.createdAtS.data,
      tokenOffset: toOffsets('tweets.token', tweets.tokenCount.data, tweetCount, tweets.tokens.count),
      tokens: tweets.tokens.data,
      mediaOffset: toOffsets('tweets.media', tweets.mediaCount.data, tweetCount, tweets.media.count),
      media: tweets.media.data,
      hashtagCount: tweets.hashtagCount.data,
      linkCount: tweets.linkCount.data,
      domainCount: tweets.domainCount.data,
      idLo: noHash,
      idHi: noHash,
      hashtagLo: noHash,
      hashtagHi: noHash,
      linkLo: noHash,
      linkHi: noHash,
      domainLo: noHash,
      domainHi: noHash,
    },
    pairs: {
      count: pairCount,
      tweetIndex: pairs.tweetIndex.data,
      readerIndex: pairs.readerIndex.data,
      authorFollowsReader: pairs.authorFollowsReader.data,
      asOfS: toAsOf(pairs.asOfS, pairCount, nowS),
    },
  };
  return { batch, invalidPairs: findInvalidPairs(batch, users.wrongIdBytes) };
}

function checkCounts({ users, tweets, pairs }: PredictRequestReader): void {
  const userColumn = `users.id (${users.idCount})`;
  expectCount('users.follower_count', users.followerCount.count, users.idCount, userColumn);
  expectCount('users.following_count', users.followingCount.count, users.idCount, userColumn);
  const tweetCount = tweets.authorIndex.count;
  const tweetColumn = `tweets.author_index (${tweetCount})`;
  expectCount('tweets.type', tweets.type.count, tweetCount, tweetColumn);
  expectCount('tweets.language', tweets.languageCount, tweetCount, tweetColumn);
  expectCount('tweets.created_at_s', tweets.createdAtS.count, tweetCount, tweetColumn);
  expectCount('tweets.token_count', tweets.tokenCount.count, tweetCount, tweetColumn);
  expectCount('tweets.media_count', tweets.mediaCount.count, tweetCount, tweetColumn);
  expectCount('tweets.hashtag_count', tweets.hashtagCount.count, tweetCount, tweetColumn);
  expectCount('tweets.link_count', tweets.linkCount.count, tweetCount, tweetColumn);
  expectCount('tweets.domain_count', tweets.domainCount.count, tweetCount, tweetColumn);
  const pairCount = pairs.tweetIndex.count;
  const pairColumn = `pairs.tweet_index (${pairCount})`;
  expectCount('pairs.reader_index', pairs.readerIndex.count, pairCount, pairColumn);
  expectCount('pairs.author_follows_reader', pairs.authorFollowsReader.count, pairCount, pairColumn);
}

function expectCount(column: string, seen: number, expected: number, other: string): void {
  if (seen !== expected) throw invalid(column, `${seen} entries, expected as many as ${other}`);
}

/** Wire codes are one higher than ours; 0 is "unspecified". */
function toTypeCodes(types: Uint8Array, count: number): Uint8Array {
  for (let i = 0; i < count; i += 1) types[i] = types[i] === 0 ? NO_TYPE : types[i]! - 1;
  return types;
}

function toOffsets(column: string, counts: Uint32Array, rowCount: number, itemCount: number): Uint32Array {
  const offsets = new Uint32Array(rowCount + 1);
  let sum = 0;
  for (let i = 0; i < rowCount; i += 1) {
    sum += counts[i]!;
    offsets[i + 1] = sum;
  }
  if (sum !== itemCount)
    throw invalid(column, `${itemCount} entries, expected ${sum}, the sum of ${column}_count`);
  return offsets;
}

function toAsOf(
  column: { data: Float64Array; count: number },
  pairCount: number,
  nowS: number,
): Float64Array {
  if (column.count === pairCount) return column.data;
  if (column.count > 1)
    throw invalid('pairs.as_of_s', `${column.count} entries, expected 0, 1 or ${pairCount}`);
  return new Float64Array(pairCount).fill(column.count === 1 ? column.data[0]! : nowS);
}

function findInvalidPairs(
  { users, tweets, pairs }: PairBatch,
  wrongIdBytes: ReadonlyMap<number, number>,
): ReadonlyMap<number, PairstreamError> | undefined {
  const hasAllTypes = !tweets.type.subarray(0, tweets.count).includes(NO_TYPE);
  if (wrongIdBytes.size === 0 && hasAllTypes) return undefined;
  const invalidPairs = new Map<number, PairstreamError>();
  for (let pair = 0; pair < pairs.count; pair += 1) {
    const tweet = pairs.tweetIndex[pair]!;
    const reader = pairs.readerIndex[pair]!;
    const author = tweet < tweets.count ? tweets.authorIndex[tweet]! : users.count;
    const user = wrongIdBytes.has(reader) ? reader : author;
    const byteCount = wrongIdBytes.get(user);
    if (byteCount !== undefined) {
      invalidPairs.set(pair, invalidRow(`users.id[${user}]`, `${byteCount} bytes, expected ${ID_BYTES}`));
    } else if (tweet < tweets.count && tweets.type[tweet] === NO_TYPE) {
      invalidPairs.set(
        pair,
        invalidRow(`tweets.type[${tweet}]`, 'unspecified or unknown, expected a tweet type'),
      );
    }
  }
  return invalidPairs;
}

function invalid(field: string, problem: string): PairstreamError {
  return new PairstreamError('INVALID_REQUEST', `${field}: ${problem}`, { field });
}

function invalidRow(field: string, problem: string): PairstreamError {
  return new PairstreamError('INVALID_ROW', `${field}: ${problem}`, { field });
}

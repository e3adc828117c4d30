import { PairstreamError } from '../../../errors/pairstream-error.js';
import { type PairBatch, UNKNOWN_FLAG } from '../../../pairs/pair-batch.js';
import type { Identities } from './columns/identity-columns.js';
import type { PredictRequestReader } from './predict-request-reader.js';
import type { TweetTableReader } from './tweet-table-reader.js';

/** A decoded request, ready to be scored. */
export interface RequestBatch {
  readonly batch: PairBatch;
  /** Errors of pairs whose encoded values are invalid (an id of the wrong length, no tweet type), by pair index. */
  readonly invalidPairs: ReadonlyMap<number, PairstreamError> | undefined;
}

/** Code of a tweet type that was not sent; not one of TWEET_TYPE_CODE. */
const NO_TYPE = 255;

/**
 * Checks the lengths of a request's columns and builds a PairBatch. The batch takes over the arrays of the reader without
 * copying them.
 * @param nowS as_of_s of a request without that column, Unix seconds
 * @throws PairstreamError INVALID_REQUEST for a column of another length than expected, and for invalid options
 */
export function toRequestBatch(reader: PredictRequestReader, nowS: number): RequestBatch {
  const { users, tweets, pairs } = reader;
  const pairCount = pairs.tweetIndex.count;
  if (pairCount === 0) throw invalid('pairs.tweet_index', '0 pairs, expected 1 or more');
  const userIds = users.ids.take();
  const tweetIds = tweets.ids.take();
  checkCounts(reader, userIds.count, tweetIds);
  const tweetCount = tweets.authorIndex.count;
  const none = new Uint32Array(tweetCount);
  const batch: PairBatch = {
    users: {
      count: userIds.count,
      idLo: userIds.lo,
      idHi: userIds.hi,
      followerCount: users.followerCount.data,
      followingCount: users.followingCount.data,
      isVerified: optional(users.isVerified, () => new Uint8Array(userIds.count).fill(UNKNOWN_FLAG)),
      accountCreatedAtS: optional(users.accountCreatedAtS, () =>
        new Float64Array(userIds.count).fill(Number.NaN),
      ),
    },
    tweets: {
      count: tweetCount,
      authorIndex: tweets.authorIndex.data,
      type: toTypeCodes(tweets.type.data, tweetCount),
      typesAsSent: tweets.type.codesAsSent,
      languageLo: tweets.language.lo,
      languageHi: tweets.language.hi,
      createdAtS: tweets.createdAtS.data,
      ...toTokens(tweets, tweetCount),
      mediaOffset: toMediaOffsets(tweets, tweetCount),
      media: tweets.media.data,
      mediaAsSent: tweets.media.codesAsSent,
      ...reader.entities,
      idLo: tweetIds.count === 0 ? none : tweetIds.lo,
      idHi: tweetIds.count === 0 ? none : tweetIds.hi,
    },
    pairs: {
      count: pairCount,
      tweetIndex: pairs.tweetIndex.data,
      readerIndex: pairs.readerIndex.data,
      authorFollowsReader: pairs.authorFollowsReader.data,
      asOfS: toAsOf(pairs.asOfS, pairCount, nowS),
    },
  };
  return { batch, invalidPairs: findInvalidPairs(batch, userIds, tweetProblems(tweets, tweetIds)) };
}

function optional<C>(column: { data: C; count: number }, unknown: () => C): C {
  return column.count === 0 ? unknown() : column.data;
}

/** The tokens that were sent, or the tokens of the texts that were sent. */
function toTokens(
  { text, tokenCount, tokens }: TweetTableReader,
  tweetCount: number,
): Pick<PairBatch['tweets'], 'tokenOffset' | 'tokens'> {
  if (text.count > 0) return { tokenOffset: text.offset, tokens: text.tokens };
  return {
    tokenOffset: toOffsets('tweets.token', tokenCount.data, tweetCount, tokens.count),
    tokens: tokens.data,
  };
}

/** Media of the tweets; without the columns for media, no tweet has any. */
function toMediaOffsets({ mediaCount, media }: TweetTableReader, tweetCount: number): Uint32Array {
  if (mediaCount.count === 0 && media.count === 0) return new Uint32Array(tweetCount + 1);
  return toOffsets('tweets.media', mediaCount.data, tweetCount, media.count);
}

function checkCounts(
  { users, tweets, pairs }: PredictRequestReader,
  userCount: number,
  tweetIds: Identities,
): void {
  const userColumn =
    userCount === 0
      ? 'users.id, users.id_text or users.id_number (none has entries)'
      : `users.id (${userCount})`;
  expectCount('users.follower_count', users.followerCount.count, userCount, userColumn);
  expectCount('users.following_count', users.followingCount.count, userCount, userColumn);
  expectCountOrNone('users.is_verified', users.isVerified.count, userCount, userColumn);
  expectCountOrNone('users.account_created_at_s', users.accountCreatedAtS.count, userCount, userColumn);
  checkTweetCounts(tweets, tweetIds);
  const pairCount = pairs.tweetIndex.count;
  const pairColumn = `pairs.tweet_index (${pairCount})`;
  expectCount('pairs.reader_index', pairs.readerIndex.count, pairCount, pairColumn);
  expectCount('pairs.author_follows_reader', pairs.authorFollowsReader.count, pairCount, pairColumn);
}

function checkTweetCounts(tweets: TweetTableReader, tweetIds: Identities): void {
  const tweetCount = tweets.authorIndex.count;
  const tweetColumn = `tweets.author_index (${tweetCount})`;
  expectCount('tweets.type', tweets.type.count, tweetCount, tweetColumn);
  expectCount('tweets.language', tweets.language.count, tweetCount, tweetColumn);
  expectCount('tweets.created_at_s', tweets.createdAtS.count, tweetCount, tweetColumn);
  if (tweets.text.count > 0) {
    if (tweets.tokenCount.count + tweets.tokens.count > 0)
      throw invalid('tweets.text', 'comes beside tokens, expected one of them alone');
    expectCount('tweets.text', tweets.text.count, tweetCount, tweetColumn);
  } else if (tweets.tokenCount.count === 0 && tweetCount > 0) {
    const expected = `expected ${tweetCount} in tweets.text, or in tweets.token_count with tweets.token`;
    throw invalid('tweets.text', `neither texts nor tokens, ${expected}`);
  } else expectCount('tweets.token_count', tweets.tokenCount.count, tweetCount, tweetColumn);
  if (tweets.media.count > 0 || tweets.mediaCount.count > 0)
    expectCount('tweets.media_count', tweets.mediaCount.count, tweetCount, tweetColumn);
  // If texts were sent without a count column, the counts are taken from the texts.
  const expectEntities = tweets.text.count > 0 ? expectCountOrNone : expectCount;
  expectEntities('tweets.hashtag_count', tweets.hashtagCount.count, tweetCount, tweetColumn);
  expectEntities('tweets.link_count', tweets.linkCount.count, tweetCount, tweetColumn);
  expectEntities('tweets.domain_count', tweets.domainCount.count, tweetCount, tweetColumn);
  expectCountOrNone(tweetIds.field, tweetIds.count, tweetCount, tweetColumn);
  expectCountOrNone('tweets.first_hashtag', tweets.firstHashtag.count, tweetCount, tweetColumn);
  expectCountOrNone('tweets.first_link', tweets.firstLink.count, tweetCount, tweetColumn);
  expectCountOrNone('tweets.first_domain', tweets.firstDomain.count, tweetCount, tweetColumn);
}

function expectCountOrNone(column: string, seen: number, expected: number, other: string): void {
  if (seen !== 0) expectCount(column, seen, expected, other);
}

function expectCount(column: string, seen: number, expected: number, other: string): void {
  if (seen !== expected) throw invalid(column, `${seen} entries, expected as many as ${other}`);
}

/** Subtracts one from enum codes: on the wire, 0 is "unspecified" and all other codes are one higher than in a PairBatch. */
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

/** Problems of invalid entries of a column, by row. */
interface ColumnProblems {
  readonly field: string;
  readonly problems: ReadonlyMap<number, string>;
}

function tweetProblems({ language, text }: TweetTableReader, ids: Identities): ColumnProblems[] {
  return [
    { field: 'tweets.language', problems: language.problems },
    { field: 'tweets.text', problems: text.problems },
    ids,
  ].filter(({ problems }) => problems.size > 0);
}

function findInvalidPairs(
  { users, tweets, pairs }: PairBatch,
  userIds: ColumnProblems,
  ofTweets: readonly ColumnProblems[],
): ReadonlyMap<number, PairstreamError> | undefined {
  const hasAllTypes = !tweets.type.subarray(0, tweets.count).includes(NO_TYPE);
  if (userIds.problems.size === 0 && ofTweets.length === 0 && hasAllTypes) return undefined;
  const invalidPairs = new Map<number, PairstreamError>();
  for (let pair = 0; pair < pairs.count; pair += 1) {
    const tweet = pairs.tweetIndex[pair]!;
    const reader = pairs.readerIndex[pair]!;
    const author = tweet < tweets.count ? tweets.authorIndex[tweet]! : users.count;
    const error =
      problemAt(userIds, reader) ??
      problemAt(userIds, author) ??
      ofTweets.map((column) => problemAt(column, tweet)).find((problem) => problem !== undefined) ??
      (tweet < tweets.count && tweets.type[tweet] === NO_TYPE
        ? invalidRow(
            `tweets.type[${tweet}]`,
            '0 (unspecified), expected 1 (top level), 2 (retweet) or 3 (quote)',
          )
        : undefined);
    if (error !== undefined) invalidPairs.set(pair, error);
  }
  return invalidPairs;
}

function problemAt({ field, problems }: ColumnProblems, row: number): PairstreamError | undefined {
  const problem = problems.get(row);
  return problem === undefined ? undefined : invalidRow(`${field}[${row}]`, problem);
}

function invalid(field: string, problem: string): PairstreamError {
  return new PairstreamError('INVALID_REQUEST', `${field}: ${problem}`, { field });
}

function invalidRow(field: string, problem: string): PairstreamError {
  return new PairstreamError('INVALID_ROW', `${field}: ${problem}`, { field });
}

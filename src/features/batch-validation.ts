import { PairstreamError } from '../errors/pairstream-error.js';
import type { PairBatch, TweetColumns, UserColumns } from '../pairs/pair-batch.js';
import { MEDIA_CODE, TWEET_TYPE_CODE } from '../pairs/part-row.js';
import { CLOCK_SKEW_S, isUnixTime, LATEST_TIME_S, unitHint } from '../pairs/unix-time.js';

const LARGEST_TYPE = Math.max(...Object.values(TWEET_TYPE_CODE));
/** Largest number of hashtags, links or domains of a tweet; far above what a tweet holds. */
const LARGEST_ITEM_COUNT = 65_535;
const LARGEST_INT32 = 0x7f_ff_ff_ff;
const LARGEST_MEDIA = Math.max(...Object.values(MEDIA_CODE));
/** Stands for a code that a byte cannot hold and of which the value as sent is not kept. */
const LAST_WIRE_CODE = 255;

/**
 * Finds the pairs that cannot be scored: an index past its table, a token outside the vocabulary, a number that is
 * none or negative, times in another unit than seconds or that contradict each other by more than the clock skew (a tweet
 * before its author's account, a reader's account after the time the pair is scored for, that time before the tweet).
 * Checks each user and tweet once. Nothing is allocated unless something is wrong.
 * @returns the first INVALID_ROW of each such pair, by pair index; undefined when all are well
 */
export function validateBatch(
  batch: PairBatch,
  vocabularySize: number,
): Map<number, PairstreamError> | undefined {
  const { users, tweets, pairs } = batch;
  const badUsers = findBad(users.count, (user) => userProblem(users, user));
  const badTweets = findBad(tweets.count, (tweet) =>
    tweetProblem(users, tweets, tweet, vocabularySize, badUsers),
  );
  let invalid: Map<number, PairstreamError> | undefined;
  for (let pair = 0; pair < pairs.count; pair += 1) {
    const error = pairProblem(batch, pair, badUsers, badTweets);
    if (error !== undefined) (invalid ??= new Map()).set(pair, error);
  }
  return invalid;
}

type Problems = ReadonlyMap<number, PairstreamError> | undefined;

function findBad(count: number, problemOf: (row: number) => PairstreamError | undefined): Problems {
  let bad: Map<number, PairstreamError> | undefined;
  for (let row = 0; row < count; row += 1) {
    const error = problemOf(row);
    if (error !== undefined) (bad ??= new Map()).set(row, error);
  }
  return bad;
}

function userProblem(users: UserColumns, user: number): PairstreamError | undefined {
  if (!isCount(users.followerCount[user]!))
    return countError('users.follower_count', user, users.followerCount[user]!);
  if (!isCount(users.followingCount[user]!))
    return countError('users.following_count', user, users.followingCount[user]!);
  const createdAtS = users.accountCreatedAtS[user]!;
  return createdAtS > LATEST_TIME_S ? timeError(ACCOUNT_TIME, user, createdAtS) : undefined;
}

function tweetProblem(
  users: UserColumns,
  tweets: TweetColumns,
  tweet: number,
  vocabularySize: number,
  badUsers: Problems,
): PairstreamError | undefined {
  const author = tweets.authorIndex[tweet]!;
  if (author >= users.count) return indexError('tweets.author_index', tweet, author, 'user', users.count);
  const authorError = badUsers?.get(author);
  if (authorError !== undefined) return authorError;
  // The codes of the wire are one higher, see TWEET_TYPE_CODE.
  if (tweets.type[tweet]! > LARGEST_TYPE)
    return codeError(
      'tweets.type',
      tweet,
      tweets.typesAsSent?.get(tweet) ?? tweets.type[tweet]! + 1,
      '1 (top level), 2 (retweet) or 3 (quote)',
    );
  const createdAtS = tweets.createdAtS[tweet]!;
  if (!isUnixTime(createdAtS)) return timeError('tweets.created_at_s', tweet, createdAtS);
  if (users.accountCreatedAtS[author]! > createdAtS + CLOCK_SKEW_S)
    return lateAccount(users, author, `the tweet of this author, made at ${createdAtS}`);
  for (let i = tweets.tokenOffset[tweet]!; i < tweets.tokenOffset[tweet + 1]!; i += 1) {
    const token = tweets.tokens[i]!;
    if (token >= vocabularySize)
      return invalidRow(
        'tweets.token',
        i,
        String(token),
        `an id below ${vocabularySize}, the size of the vocabulary`,
      );
  }
  const itemError =
    itemCountProblem('tweets.hashtag_count', tweets.hashtagCount, tweet) ??
    itemCountProblem('tweets.link_count', tweets.linkCount, tweet) ??
    itemCountProblem('tweets.domain_count', tweets.domainCount, tweet);
  if (itemError !== undefined) return itemError;
  for (let i = tweets.mediaOffset[tweet]!; i < tweets.mediaOffset[tweet + 1]!; i += 1) {
    const media = tweets.media[i]!;
    if (media < 1 || media > LARGEST_MEDIA)
      return codeError(
        'tweets.media',
        i,
        tweets.mediaAsSent?.get(i) ?? media,
        '1 (photo), 2 (video) or 3 (GIF)',
      );
  }
  return undefined;
}

function pairProblem(
  batch: PairBatch,
  pair: number,
  badUsers: Problems,
  badTweets: Problems,
): PairstreamError | undefined {
  const { users, tweets, pairs } = batch;
  const tweet = pairs.tweetIndex[pair]!;
  const reader = pairs.readerIndex[pair]!;
  if (tweet >= tweets.count) return indexError('pairs.tweet_index', pair, tweet, 'tweet', tweets.count);
  if (reader >= users.count) return indexError('pairs.reader_index', pair, reader, 'user', users.count);
  return badTweets?.get(tweet) ?? badUsers?.get(reader) ?? pairTimeProblem(batch, pair);
}

/** A time of a pair that is no time, or contradicts another. */
function pairTimeProblem({ users, tweets, pairs }: PairBatch, pair: number): PairstreamError | undefined {
  const asOfS = pairs.asOfS[pair]!;
  if (!isUnixTime(asOfS)) return timeError('pairs.as_of_s', pair, asOfS);
  const tweetS = tweets.createdAtS[pairs.tweetIndex[pair]!]!;
  if (asOfS < tweetS - CLOCK_SKEW_S)
    return invalidRow('pairs.as_of_s', pair, String(asOfS), `the tweet's own time, ${tweetS}, or later`);
  const reader = pairs.readerIndex[pair]!;
  if (users.accountCreatedAtS[reader]! > asOfS + CLOCK_SKEW_S)
    return lateAccount(users, reader, `the time the pair is scored for, ${asOfS}`);
  return undefined;
}

const ACCOUNT_TIME = 'users.account_created_at_s';

function lateAccount({ accountCreatedAtS }: UserColumns, user: number, limit: string): PairstreamError {
  return invalidRow(ACCOUNT_TIME, user, String(accountCreatedAtS[user]), `a time before ${limit}`);
}

/** A negative count arrives as one near 2^32: protobuf keeps 32 bits. */
function itemCountProblem(column: string, counts: Uint32Array, tweet: number): PairstreamError | undefined {
  const count = counts[tweet]!;
  if (count <= LARGEST_ITEM_COUNT) return undefined;
  const signed = count > LARGEST_INT32 ? ` (${count - 2 ** 32} as a signed number)` : '';
  return invalidRow(column, tweet, `${count}${signed}`, `a count from 0 to ${LARGEST_ITEM_COUNT}`);
}

function isCount(value: number): boolean {
  return value >= 0 && value <= Number.MAX_SAFE_INTEGER;
}

function countError(column: string, row: number, seen: number): PairstreamError {
  return invalidRow(column, row, String(seen), 'a count of 0 or more');
}

function codeError(column: string, row: number, seen: number | bigint, expected: string): PairstreamError {
  const shown = seen === LAST_WIRE_CODE ? `${LAST_WIRE_CODE} or more, or negative` : String(seen);
  return invalidRow(column, row, shown, expected);
}

function timeError(column: string, row: number, seen: number): PairstreamError {
  return invalidRow(column, row, `${seen}${unitHint(seen)}`, `Unix seconds from 0 to ${LATEST_TIME_S}`);
}

function indexError(
  column: string,
  row: number,
  seen: number,
  table: string,
  count: number,
): PairstreamError {
  return invalidRow(column, row, String(seen), `a row of the ${table} table, which has ${count}`);
}

function invalidRow(column: string, row: number, seen: string, expected: string): PairstreamError {
  const field = `${column}[${row}]`;
  return new PairstreamError('INVALID_ROW', `${field}: ${seen}, expected ${expected}`, { field });
}

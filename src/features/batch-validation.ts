import { PairstreamError } from '../errors/pairstream-error.js';
import type { PairBatch, TweetColumns, UserColumns } from '../pairs/pair-batch.js';
import { MEDIA_CODE, TWEET_TYPE_CODE } from '../pairs/part-row.js';

const LARGEST_TYPE = Math.max(...Object.values(TWEET_TYPE_CODE));
const LATEST_TIME_S = 0xff_ff_ff_ff;
const LARGEST_MEDIA = Math.max(...Object.values(MEDIA_CODE));

/**
 * Finds the pairs that cannot be scored: an index past its table, a token outside the vocabulary, a number that is
 * none or negative. Checks each user and tweet once. Nothing is allocated unless something is wrong.
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
  return undefined;
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
  if (tweets.type[tweet]! > LARGEST_TYPE)
    return invalidRow('tweets.type', tweet, tweets.type[tweet]!, 'a tweet type');
  if (!isTime(tweets.createdAtS[tweet]!)) {
    return invalidRow(
      'tweets.created_at_s',
      tweet,
      tweets.createdAtS[tweet]!,
      'Unix seconds from 0 to 4294967295',
    );
  }
  for (let i = tweets.tokenOffset[tweet]!; i < tweets.tokenOffset[tweet + 1]!; i += 1) {
    const token = tweets.tokens[i]!;
    if (token >= vocabularySize)
      return invalidRow(
        'tweets.token',
        i,
        token,
        `an id below ${vocabularySize}, the size of the vocabulary`,
      );
  }
  for (let i = tweets.mediaOffset[tweet]!; i < tweets.mediaOffset[tweet + 1]!; i += 1) {
    const media = tweets.media[i]!;
    if (media < 1 || media > LARGEST_MEDIA) return invalidRow('tweets.media', i, media, 'a kind of media');
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
  if (!isTime(pairs.asOfS[pair]!))
    return invalidRow('pairs.as_of_s', pair, pairs.asOfS[pair]!, 'Unix seconds from 0 to 4294967295');
  return badTweets?.get(tweet) ?? badUsers?.get(reader);
}

function isCount(value: number): boolean {
  return value >= 0 && value <= Number.MAX_SAFE_INTEGER;
}

/** Times are kept as unsigned 32-bit seconds beside the statistics. */
function isTime(value: number): boolean {
  return value >= 0 && value <= LATEST_TIME_S;
}

function countError(column: string, row: number, seen: number): PairstreamError {
  return invalidRow(column, row, seen, 'a count of 0 or more');
}

function indexError(
  column: string,
  row: number,
  seen: number,
  table: string,
  count: number,
): PairstreamError {
  return invalidRow(column, row, seen, `a row of the ${table} table, which has ${count}`);
}

function invalidRow(column: string, row: number, seen: number, expected: string): PairstreamError {
  const field = `${column}[${row}]`;
  return new PairstreamError('INVALID_ROW', `${field}: ${seen}, expected ${expected}`, { field });
}

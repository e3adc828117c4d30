import { IndexMap } from '../../../statistics/index-map.js';
import { readFileSync } from 'node:fs';
import { COMPONENT_LANES, laneOf, setHash, setNumber } from '../../../features/key-components.js';
import { hashKey, KEY_SETS } from '../../../features/key-sets.js';
import { TweetRows } from '../../../features/tweet-rows.js';
import { StatisticsTable } from '../../../statistics/statistics-table.js';
import { StatisticsWriter } from '../../../statistics/statistics-writer.js';
import { horizonsOf, type StatisticsTables } from '../../../statistics/statistics-tables.js';
import { PairBatchBuilder } from '../../../pairs/pair-batch-builder.js';
import type { PairBatch } from '../../../pairs/pair-batch.js';
import type { PartRow, PartUser } from '../../../pairs/part-row.js';
import { hashIdHex, hashTag } from '../../../pairs/id-hash.js';
import { TWEET_TYPE_CODE } from '../../../pairs/part-row.js';
import { Vocabulary } from '../../../features/text/vocabulary.js';
import { Random } from '../../world/random.js';
import { World } from '../../world/world.js';
import { DAY_S } from '../../../pairs/unix-time.js';

/** Keys of every table that is keyed by users. */
export const TABLE_KEYS = 1_000_000;
/** Tokens of every tweet, [CLS] and [SEP] included. */
const TOKENS_PER_TWEET = 40;
const NOW_S = 1_614_000_000;
const LANGUAGES = 60;
/** Users of the same language and type of tweet are so far apart. */
const HABIT_PERIOD = LANGUAGES;
/** Users in use: a whole number of periods. */
const USERS = TABLE_KEYS - (TABLE_KEYS % HABIT_PERIOD);
const TYPES = Object.keys(TWEET_TYPE_CODE).length;
const KNOWN_READER_SHARE = 0.5;

/** Rows, tables and vocabulary that the feature benchmarks run on. */
export interface FeatureWorkload {
  readonly vocabulary: Vocabulary;
  readonly statistics: StatisticsTables;
  /** Rows whose tweets are seen by `readersPerTweet` readers each, one after another. */
  rows(rowCount: number, readersPerTweet: number): PartRow[];
}

/**
 * Builds the workload: tables of a million users, pairs and words, and tweets of the synthetic world. Every author and
 * reader is known, alone and with the tweet's language and type; the first reader of half of the tweets is known to the
 * author, and most first words are known.
 */
export function createFeatureWorkload(vocabularyPath: string): FeatureWorkload {
  const vocabulary = Vocabulary.parse(readFileSync(vocabularyPath));
  const random = new Random(17);
  const texts = [...new World({ seed: 9, userCount: 2_000, pairsPerDay: 60_000 }).generateDay(0)]
    .flat()
    .map(({ row }) => ({ ...row, textTokens: fitTokens(row.textTokens) }));
  const statistics = fillTables(vocabulary, texts, random);
  let nextTweet = 0;
  return {
    vocabulary,
    statistics,
    rows: (rowCount, readersPerTweet) =>
      Array.from({ length: rowCount }, (_, i): PartRow => {
        if (i % readersPerTweet === 0) nextTweet += 1;
        const source = texts[nextTweet % texts.length]!;
        const author = (nextTweet * TYPES + TWEET_TYPE_CODE[source.tweetType]) % USERS;
        const isKnown = i % readersPerTweet === 0 && random.chance(KNOWN_READER_SHARE);
        const reader = isKnown
          ? knownReaderOf(author)
          : likeMinded(author, random.below(USERS / HABIT_PERIOD));
        return {
          ...source,
          tweetId: nextTweet.toString(16).padStart(32, '0'),
          tweetCreatedAtS: NOW_S,
          language: languageOf(author),
          author: userOf(author, source.author),
          reader: userOf(reader, source.reader),
        };
      }),
  };
}

/** Columns of rows, as one request would bring them. */
export function toBatch(rows: readonly PartRow[]): PairBatch {
  const builder = new PairBatchBuilder();
  for (const row of rows) builder.addPartRow(row);
  return builder.toBatch();
}

function fitTokens(tokens: readonly number[]): number[] {
  const body = tokens.slice(1, -1);
  const fitted = Array.from(
    { length: TOKENS_PER_TWEET - 2 },
    (_, i) => body[i % Math.max(1, body.length)] ?? tokens[0]!,
  );
  return [tokens[0]!, ...fitted, tokens.at(-1)!];
}

function userOf(number: number, like: PartUser): PartUser {
  return { ...like, id: (number * 2_654_435_761).toString(16).padStart(32, '0').slice(-32) };
}

/** A user of the same language and type of tweet. */
function likeMinded(user: number, distance: number): number {
  return (user + distance * HABIT_PERIOD) % USERS;
}

/** The one reader that a user is known with. */
function knownReaderOf(user: number): number {
  return likeMinded(user, (user * 7_919) % (USERS / HABIT_PERIOD));
}

function languageOf(number: number): string {
  return (number % LANGUAGES).toString(16).padStart(32, 'A');
}

/** A record for each of a million users in every role, pair, word and language, at times up to a month ago. */
function fillTables(vocabulary: Vocabulary, texts: readonly PartRow[], random: Random): StatisticsTables {
  const tables = KEY_SETS.map(({ name, horizons }) => new StatisticsTable(name, horizonsOf(horizons)));
  const writers = tables.map((table) => new StatisticsWriter(table));
  const words = firstWordsOf(texts, vocabulary);
  const lanes = new Int32Array(COMPONENT_LANES);
  const hash = { lo: 0, hi: 0 };
  const key = { lo: 0, hi: 0 };
  for (let number = 0; number < TABLE_KEYS; number += 1) {
    hashUser(number, hash);
    setHash(lanes, laneOf('author'), hash.lo, hash.hi);
    hashTag(languageOf(number), hash);
    setHash(lanes, laneOf('language'), hash.lo, hash.hi);
    setHash(
      lanes,
      laneOf('first word'),
      words[number * 2] ?? random.next(),
      words[number * 2 + 1] ?? random.next(),
    );
    for (const component of [
      'tweet',
      'link domain',
      'first mention',
      'second mention',
      'retweeted user',
    ] as const)
      setHash(lanes, laneOf(component), random.next(), random.next());
    setNumber(lanes, laneOf('tweet type'), number % TYPES);
    setNumber(lanes, laneOf('media code'), number % 14);
    setNumber(lanes, laneOf('follower bucket of the author'), number % 1_000);
    setNumber(lanes, laneOf('follower bucket of the reader'), Math.floor(number / 1_000));
    const timeS = NOW_S - random.below(30 * DAY_S);
    writers.forEach((writer, keySet) => {
      const isOfPair = writer.table.name === 'a_user_id_b_user_id';
      hashUser(isOfPair ? knownReaderOf(number) : number, hash);
      setHash(lanes, laneOf('reader'), hash.lo, hash.hi);
      hashKey(KEY_SETS[keySet]!, lanes, key);
      writer.addImpression(key.lo, key.hi, timeS);
      writer.addEngagement(key.lo, key.hi, timeS, number % 4);
    });
  }
  const priors = Float64Array.of(0.03, 0.09, 0.007, 0.4);
  return {
    tables,
    priors,
    vocabularySha256: vocabulary.sha256,
    languages: IndexMap.empty('languages'),
    asOfS: NOW_S,
  };
}

const SHOWN_USER: PartUser = {
  id: '',
  followerCount: 0,
  followingCount: 0,
  isVerified: false,
  accountCreatedAtS: 0,
};

function hashUser(number: number, out: { lo: number; hi: number }): void {
  hashIdHex(userOf(number, SHOWN_USER).id, out);
}

/** Lanes of the hashes of the texts' first words. */
function firstWordsOf(texts: readonly PartRow[], vocabulary: Vocabulary): Int32Array {
  const batch = toBatch(texts);
  const tweetRows = new TweetRows(vocabulary, { languages: IndexMap.empty('languages') }, 'none');
  tweetRows.begin(batch);
  const wordAt = laneOf('first word');
  const words = new Int32Array(batch.tweets.count * 2);
  for (let tweet = 0; tweet < batch.tweets.count; tweet += 1) {
    tweetRows.ensure(tweet);
    words[tweet * 2] = tweetRows.componentLane(tweet, wordAt);
    words[tweet * 2 + 1] = tweetRows.componentLane(tweet, wordAt + 1);
  }
  return words;
}

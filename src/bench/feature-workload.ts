import { readFileSync } from 'node:fs';
import { emptyKeyComponents, hashKey, KEY_SETS } from '../features/key-sets.js';
import { StatisticsTable } from '../lookups/statistics-table.js';
import { LONG_HALF_LIFE_S, type StatisticsTables } from '../lookups/statistics-tables.js';
import { PairBatchBuilder } from '../pairs/pair-batch-builder.js';
import type { PairBatch } from '../pairs/pair-batch.js';
import type { PartRow, PartUser } from '../pairs/part-row.js';
import { hashIdHex, hashTag } from '../pairs/id-hash.js';
import { TWEET_TYPE_CODE } from '../pairs/part-row.js';
import { Vocabulary } from '../text/vocabulary.js';
import { Random } from '../world/random.js';
import { World } from '../world/world.js';

/** Keys of every table that is keyed by users. */
export const TABLE_KEYS = 1_000_000;
/** Tokens of every tweet, [CLS] and [SEP] included. */
const TOKENS_PER_TWEET = 40;
const NOW_S = 1_614_000_000;
const LANGUAGES = 60;

/** Rows, tables and vocabulary that the feature benchmarks run on. */
export interface FeatureWorkload {
  readonly vocabulary: Vocabulary;
  readonly statistics: StatisticsTables;
  /** Rows whose tweets are seen by `readersPerTweet` readers each, one after another. */
  rows(rowCount: number, readersPerTweet: number): PartRow[];
}

/** Builds the workload: tables of a million random users, pairs and words, and tweets of the synthetic world. */
export function createFeatureWorkload(vocabularyPath: string): FeatureWorkload {
  const vocabulary = Vocabulary.parse(readFileSync(vocabularyPath));
  const random = new Random(17);
  const statistics = fillTables(vocabulary, random);
  const texts = [...new World({ seed: 9, userCount: 2_000, pairsPerDay: 60_000 }).generateDay(0)]
    .flat()
    .map(({ row }) => row);
  let nextTweet = 0;
  return {
    vocabulary,
    statistics,
    rows: (rowCount, readersPerTweet) =>
      Array.from({ length: rowCount }, (_, i): PartRow => {
        if (i % readersPerTweet === 0) nextTweet += 1;
        const source = texts[nextTweet % texts.length]!;
        const user = userOf(nextTweet % TABLE_KEYS, source.author);
        return {
          ...source,
          textTokens: fitTokens(source.textTokens),
          tweetId: nextTweet.toString(16).padStart(32, '0'),
          tweetCreatedAtS: NOW_S,
          language: languageOf(nextTweet),
          author: user,
          reader: userOf(random.below(TABLE_KEYS), source.reader),
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

function languageOf(number: number): string {
  return (number % LANGUAGES).toString(16).padStart(32, 'A');
}

/** A record for each of a million users in every role, pair and language, at times up to a month ago. */
function fillTables(vocabulary: Vocabulary, random: Random): StatisticsTables {
  const tables = KEY_SETS.map(({ name }) => new StatisticsTable(name, LONG_HALF_LIFE_S));
  const components = emptyKeyComponents();
  const hash = { lo: 0, hi: 0 };
  const key = { lo: 0, hi: 0 };
  const shown: PartUser = {
    id: '',
    followerCount: 0,
    followingCount: 0,
    isVerified: false,
    accountCreatedAtS: 0,
  };
  for (let number = 0; number < TABLE_KEYS; number += 1) {
    hashIdHex(userOf(number, shown).id, hash);
    components.authorLo = hash.lo | 0;
    components.authorHi = hash.hi | 0;
    hashIdHex(userOf(random.below(TABLE_KEYS), shown).id, hash);
    components.readerLo = hash.lo | 0;
    components.readerHi = hash.hi | 0;
    hashTag(languageOf(number), hash);
    components.languageLo = hash.lo | 0;
    components.languageHi = hash.hi | 0;
    components.wordLo = random.next() | 0;
    components.wordHi = random.next() | 0;
    components.tweetType = number % (TWEET_TYPE_CODE.Quote + 1);
    components.mediaCode = number % 14;
    const timeS = NOW_S - random.below(30 * 86_400);
    tables.forEach((table, keySet) => {
      hashKey(keySet, components, key);
      table.addImpression(key.lo, key.hi, timeS);
      table.addEngagement(key.lo, key.hi, timeS, number % 4);
    });
  }
  const priors = Float64Array.of(0.03, 0.09, 0.007, 0.4);
  return { tables, priors, vocabularySha256: vocabulary.sha256, asOfS: NOW_S };
}

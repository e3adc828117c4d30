import { PairstreamError } from '../../errors/pairstream-error.js';
import type { PartRow } from '../../pairs/part-row.js';
import { TARGET_COUNT } from '../../pairs/targets.js';
import { type Bond, Circles } from './circles.js';
import { WORLD_CONSTANTS } from './constants.js';
import { DayScheduler } from './day-schedule.js';
import { type Hotness, walkHotness } from './drift.js';
import { LabelModel, PART_AT } from './label-model.js';
import { Lexicon } from './lexicon.js';
import { Population } from './population.js';
import { Random } from './random.js';
import { LANGUAGE_COUNT } from './tongues.js';
import { addVisibleTweetParts, type Tweet, TweetMaker } from './tweet-maker.js';
import { DAY_S } from '../../pairs/unix-time.js';

const {
  strengths: STRENGTHS,
  delays: DELAYS,
  drift: DRIFT,
  visible: VISIBLE,
  topicCount: TOPIC_COUNT,
} = WORLD_CONSTANTS;
const DAY_STREAM = 31;
const BATCH_ROWS = 1024;
const TOPIC_HOTNESS = Math.sqrt(DRIFT.topicShare);
const AUTHOR_HOTNESS = Math.sqrt(1 - DRIFT.topicShare);

/** Parameters of a world. Equal parameters give equal worlds, byte for byte. */
export interface WorldParameters {
  /** A whole number, 0 to 2^32 - 1. */
  readonly seed: number;
  /** Number of readers, 100 to 5,000,000. The world has one author for every three readers. */
  readonly userCount: number;
  /** Number of rows per day, at least 1. */
  readonly pairsPerDay: number;
  /** Unix seconds of the start of day 0; default 4 February 2021, 00:00 UTC. */
  readonly startS?: number;
}

/** One row of the world with the true probability of each label. */
export interface WorldPair {
  readonly row: PartRow;
  /** True probabilities, in the order of TARGETS. */
  readonly truth: readonly [number, number, number, number];
}

/** Receives the log-odds of each pair by cause, [component][target] of COMPONENTS. The array is reused for the next pair. */
export type PartsListener = (parts: Float64Array) => void;

/**
 * A synthetic world of authors, readers and tweets. The parameters determine every day, so any day can be generated without the
 * others.
 */
export class World {
  readonly startS: number;
  readonly vocabularyPieces: readonly string[];
  private readonly lexicon = new Lexicon();
  private readonly population: Population;
  private readonly circles: Circles;
  private readonly scheduler: DayScheduler;
  private readonly tweets: TweetMaker;

  /** @throws PairstreamError INVALID_CONFIG if a parameter is out of range */
  constructor(readonly parameters: WorldParameters) {
    checkRange('seed', parameters.seed, 0, 2 ** 32 - 1);
    checkRange('userCount', parameters.userCount, 100, 5_000_000);
    checkRange('pairsPerDay', parameters.pairsPerDay, 1, 1_000_000_000);
    this.startS = parameters.startS ?? WORLD_CONSTANTS.startS;
    checkRange('startS', this.startS, 0, 2 ** 32 - 1);
    this.vocabularyPieces = this.lexicon.pieces;
    this.population = new Population(parameters.seed, parameters.userCount);
    this.circles = new Circles(parameters.seed, this.population);
    this.scheduler = new DayScheduler(this.population, this.circles);
    this.tweets = new TweetMaker(parameters.seed, this.population, this.lexicon, LANGUAGE_COUNT);
  }

  /** Content of `vocab.txt`; the same for every world. */
  vocabularyText(): string {
    return this.lexicon.toText();
  }

  /**
   * Yields the rows of a day in ascending tweet time, in batches of at most 1,024. The arrays of a row are shared with
   * other rows of the same tweet; the caller must not modify them.
   * @param day from 0
   * @param onPair receives the causes of each pair, in the order of the rows
   * @throws PairstreamError INVALID_CONFIG if `day` is not a whole number of 0 or more
   */
  *generateDay(day: number, onPair?: PartsListener): Generator<WorldPair[], void, void> {
    checkRange('day', day, 0, 100_000);
    const { population, parameters } = this;
    const random = new Random(parameters.seed, DAY_STREAM, day);
    const schedule = this.scheduler.plan(parameters.pairsPerDay, random);
    const writer = new PairWriter(
      population,
      this.circles,
      walkHotness(parameters.seed, day, TOPIC_COUNT, population.authorCount),
      random,
    );
    let batch: WorldPair[] = [];
    for (let serial = 0; serial < schedule.author.length; serial += 1) {
      const createdAtS = this.startS + day * DAY_S + schedule.secondOfDay[serial]!;
      const tweet = this.tweets.make(day, serial, schedule.author[serial]!, createdAtS, random);
      writer.beginTweet(tweet);
      for (let left = schedule.shownCount[serial]!; left > 0; left -= 1) {
        batch.push(writer.showToNext());
        onPair?.(writer.labels.parts);
        if (batch.length === BATCH_ROWS) {
          yield batch;
          batch = [];
        }
      }
    }
    if (batch.length > 0) yield batch;
  }
}

/** Chooses readers of tweets and draws their engagements. */
class PairWriter {
  readonly labels = new LabelModel();
  private readonly bond: Bond = { warmth: 0, lean: 0, authorFollows: false };
  private readonly visible = new Float64Array(TARGET_COUNT);
  /** Serial of the last tweet shown to each reader, so that no reader sees a tweet twice. */
  private readonly lastShown: Int32Array;
  private serial = 0;
  private tweet!: Tweet;

  constructor(
    private readonly population: Population,
    private readonly circles: Circles,
    private readonly hotness: Hotness,
    private readonly random: Random,
  ) {
    this.lastShown = new Int32Array(population.readerCount);
  }

  /** Starts the next tweet and fills in the causes that its readers share. */
  beginTweet(tweet: Tweet): void {
    const { population, hotness } = this;
    const { parts } = this.labels;
    this.tweet = tweet;
    this.serial += 1;
    this.visible.fill(0);
    addVisibleTweetParts(tweet, population.authorGroup[tweet.author]!, this.visible);
    const hot = TOPIC_HOTNESS * hotness.topic[tweet.topic]! + AUTHOR_HOTNESS * hotness.author[tweet.author]!;
    for (let target = 0; target < TARGET_COUNT; target += 1) {
      parts[PART_AT.author + target] = population.authorLogit[tweet.author * TARGET_COUNT + target]!;
      parts[PART_AT.topic + target] = population.topicLogit[tweet.topic * TARGET_COUNT + target]!;
      parts[PART_AT.appeal + target] = STRENGTHS.appeal[target]! * tweet.appeal;
      parts[PART_AT.drift + target] = STRENGTHS.drift[target]! * hot;
    }
    const self = population.readerOfAuthor[tweet.author]!;
    if (self >= 0) this.lastShown[self] = this.serial;
  }

  /** Generates the row of the tweet's next reader. */
  showToNext(): WorldPair {
    const { labels, population, tweet, bond } = this;
    const reader = this.chooseReader();
    this.fillReaderParts(reader);
    labels.resolve();
    const { probability } = labels;
    const state = labels.draw(this.random);
    return {
      row: {
        textTokens: tweet.text.tokens,
        hashtags: tweet.text.hashtags,
        tweetId: tweet.id,
        media: tweet.media,
        links: tweet.text.links,
        domains: tweet.text.domains,
        tweetType: tweet.type,
        language: tweet.language,
        tweetCreatedAtS: tweet.createdAtS,
        author: population.authors[tweet.author]!,
        reader: population.readers[reader]!,
        authorFollowsReader: bond.authorFollows,
        engagementTimesS: [
          this.engagedAtS(state, 0),
          this.engagedAtS(state, 1),
          this.engagedAtS(state, 2),
          this.engagedAtS(state, 3),
        ],
      },
      truth: [probability[0]!, probability[1]!, probability[2]!, probability[3]!],
    };
  }

  /** Chooses a reader who has not seen the tweet, mostly from the author's audience, and writes their bond. */
  private chooseReader(): number {
    const { circles, population, random, lastShown, serial } = this;
    const { author } = this.tweet;
    const from = circles.offset[author]!;
    const size = circles.offset[author + 1]! - from;
    if (size > 0 && !random.chance(WORLD_CONSTANTS.users.strangerShare)) {
      // Searches from a random position, so that the search also ends for a tweet shown to the whole audience.
      const first = random.below(size);
      for (let step = 0; step < size; step += 1) {
        const edge = from + ((first + step) % size);
        const reader = circles.reader[edge]!;
        if (lastShown[reader] === serial) continue;
        lastShown[reader] = serial;
        circles.readBond(edge, this.bond);
        return reader;
      }
    }
    let reader = random.below(population.readerCount);
    while (lastShown[reader] === serial) reader = (reader + 1) % population.readerCount;
    lastShown[reader] = serial;
    circles.readStrangerBond(author, reader, this.bond);
    return reader;
  }

  private fillReaderParts(reader: number): void {
    const { population, bond, tweet, visible } = this;
    const { parts } = this.labels;
    const interest = population.interest[reader * TOPIC_COUNT + tweet.topic]!;
    const followers = population.readerFollowerScore[reader]!;
    for (let target = 0; target < TARGET_COUNT; target += 1) {
      parts[PART_AT.visible + target] =
        visible[target]! +
        VISIBLE.readerFollowers[target]! * followers +
        (bond.authorFollows ? VISIBLE.authorFollows[target]! : 0);
      parts[PART_AT.reader + target] = population.readerLogit[reader * TARGET_COUNT + target]!;
      parts[PART_AT.pair + target] =
        STRENGTHS.pairWarmth[target]! * bond.warmth + STRENGTHS.pairLean[target]! * bond.lean;
      parts[PART_AT.interest + target] = STRENGTHS.interest[target]! * interest;
    }
  }

  private engagedAtS(state: number, target: number): number | null {
    if ((state & (1 << target)) === 0) return null;
    const delayS = Math.exp(DELAYS.logMean[target]! + DELAYS.logSd[target]! * this.random.normal());
    return this.tweet.createdAtS + Math.min(Math.max(1, Math.round(delayS)), DELAYS.longestS);
  }
}

function checkRange(field: string, value: number, least: number, most: number): void {
  if (Number.isInteger(value) && value >= least && value <= most) return;
  throw new PairstreamError(
    'INVALID_CONFIG',
    `${field} is ${value}, expected a whole number, ${least} to ${most}`,
    {
      field,
    },
  );
}

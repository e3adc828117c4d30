import type { PartUser } from '../../pairs/part-row.js';
import { TARGET_COUNT } from '../../pairs/targets.js';
import { AliasTable } from './alias-table.js';
import { WORLD_CONSTANTS } from './constants.js';
import { normalBelow, shuffledIndexes, shuffledNormalScores, weightedNormalScores } from './normal-scores.js';
import { popularityGroup } from './popularity-group.js';
import { makeId, Random } from './random.js';
import { LANGUAGE_SHARES } from './tongues.js';

const { users: SHAPE, strengths: STRENGTHS, topicCount: TOPIC_COUNT } = WORLD_CONSTANTS;
/** Separate streams of random numbers, so that a change to one does not change the others. */
const STREAM = { authors: 1, readers: 2, latents: 3 } as const;
const ID_KIND = { reader: 1, author: 2 } as const;

/**
 * Readers and authors of a world with their properties. Readers are 0 .. readerCount - 1, authors 0 .. authorCount - 1. Some
 * authors are the same account as a reader. Lists of four logits per user are row-major.
 */
export class Population {
  readonly readerCount: number;
  readonly authorCount: number;
  readonly readers: readonly PartUser[];
  readonly authors: readonly PartUser[];
  /** The reader that is the same account as the author, or -1. */
  readonly readerOfAuthor: Int32Array;
  readonly readerLanguage: Uint8Array;
  readonly authorLanguage: Uint8Array;
  readonly authorGroup: Uint8Array;
  /** Expected share of all rows that show a tweet of the author. */
  readonly authorShare: Float64Array;
  /** Standardised ln of the reader's followers. */
  readonly readerFollowerScore: Float64Array;
  readonly readerLogit: Float64Array;
  readonly authorLogit: Float64Array;
  /** Standard normal, [reader][topic]. */
  readonly interest: Float32Array;
  readonly topicLogit: Float64Array;
  /** [author][3], the favourite first. */
  readonly favouriteTopic: Uint8Array;
  /** Log-odds of an author's retweets and media, relative to other authors. */
  readonly typeHabit: Float64Array;
  readonly mediaHabit: Float64Array;

  constructor(seed: number, userCount: number) {
    this.readerCount = userCount;
    this.authorCount = Math.max(10, Math.round(userCount * SHAPE.authorsPerUser));
    const random = new Random(seed, STREAM.authors);
    this.authorLanguage = drawLanguages(this.authorCount, random);
    this.readerLanguage = drawLanguages(this.readerCount, new Random(seed, STREAM.readers));
    this.authorShare = drawAuthorShares(this.authorCount, random);
    this.authors = makeAuthors(seed, this.authorShare, random);
    this.authorGroup = Uint8Array.from(this.authors, (author) => popularityGroup(author.followerCount));
    const readerRandom = new Random(seed, STREAM.readers, 1);
    const followers = shuffledNormalScores(userCount, readerRandom);
    const readers = makeReaders(seed, followers, readerRandom);
    this.readers = readers;
    this.readerFollowerScore = followers;
    this.readerOfAuthor = this.joinAccounts(readers, random);
    const latents = new Random(seed, STREAM.latents);
    this.readerLogit = makeReaderLogits(userCount, latents);
    this.authorLogit = makeAuthorLogits(this.authorShare, latents);
    this.interest = Float32Array.from({ length: userCount * TOPIC_COUNT }, () => latents.normal());
    this.topicLogit = makeTopicLogits(latents);
    this.favouriteTopic = Uint8Array.from({ length: this.authorCount * 3 }, () => latents.below(TOPIC_COUNT));
    this.typeHabit = shuffledNormalScores(this.authorCount, latents).map(
      (z) => z * WORLD_CONSTANTS.tweets.typeHabitSd,
    );
    this.mediaHabit = shuffledNormalScores(this.authorCount, latents).map(
      (z) => z * WORLD_CONSTANTS.tweets.mediaHabitSd,
    );
  }

  /** Joins some of the less followed authors with readers into one account; the reader gets the author's properties. */
  private joinAccounts(readers: PartUser[], random: Random): Int32Array {
    const readerOfAuthor = new Int32Array(this.authorCount).fill(-1);
    const order = shuffledIndexes(this.readerCount, random);
    let next = 0;
    for (let author = 0; author < this.authorCount; author += 1) {
      if (this.authorGroup[author]! > 1 || !random.chance(SHAPE.readerAuthorShare)) continue;
      const reader = order[next]!;
      next += 1;
      readerOfAuthor[author] = reader;
      readers[reader] = this.authors[author]!;
      this.authorLanguage[author] = this.readerLanguage[reader]!;
    }
    return readerOfAuthor;
  }
}

function drawLanguages(count: number, random: Random): Uint8Array {
  const languages = new AliasTable(LANGUAGE_SHARES);
  return Uint8Array.from({ length: count }, () => languages.sample(random));
}

/**
 * Shares of the rows by author. Each popularity group has a fifth of the authors (the published edges are quantiles of authors).
 * The groups' shares of the rows follow from the published log-normal distribution of followers over rows.
 */
function drawAuthorShares(count: number, random: Random): Float64Array {
  const { mean, sd } = SHAPE.authorFollowers;
  const edges = WORLD_CONSTANTS.groups.edges.map((edge) => normalBelow((Math.log(edge + 0.5) - mean) / sd));
  const shares = Float64Array.from({ length: count }, () => Math.exp(SHAPE.authorShownSd * random.normal()));
  for (let group = 0; group < 5; group += 1) {
    const from = Math.round((group * count) / 5);
    const to = Math.round(((group + 1) * count) / 5);
    const wanted = (edges[group] ?? 1) - (group === 0 ? 0 : edges[group - 1]!);
    const total = shares.subarray(from, to).reduce((sum, share) => sum + share, 0);
    for (let author = from; author < to; author += 1) shares[author]! *= wanted / total;
  }
  return shares;
}

function makeAuthors(seed: number, shares: Float64Array, random: Random): PartUser[] {
  const inOrder = Int32Array.from(shares, (_, author) => author);
  const followers = weightedNormalScores(shares, inOrder);
  const following = weightedNormalScores(shares, shuffledIndexes(shares.length, random));
  return Array.from(shares, (_, author) => {
    const followerCount = logNormalCount(followers[author]!, SHAPE.authorFollowers);
    return {
      id: makeId(ID_KIND.author, seed, 0, author),
      followerCount,
      followingCount: logNormalCount(following[author]!, SHAPE.authorFollowing),
      isVerified: random.chance(SHAPE.verifiedByGroup[popularityGroup(followerCount)]!),
      accountCreatedAtS: drawCreation(random),
    };
  });
}

function makeReaders(seed: number, followers: Float64Array, random: Random): PartUser[] {
  const following = shuffledNormalScores(followers.length, random);
  return Array.from(followers, (score, reader) => ({
    id: makeId(ID_KIND.reader, seed, 0, reader),
    followerCount: logNormalCount(score, SHAPE.readerFollowers),
    followingCount: logNormalCount(following[reader]!, SHAPE.readerFollowing),
    isVerified: random.chance(SHAPE.readerVerified),
    accountCreatedAtS: drawCreation(random),
  }));
}

function logNormalCount(score: number, { mean, sd }: { mean: number; sd: number }): number {
  return Math.max(0, Math.round(Math.expm1(mean + sd * score)));
}

function drawCreation(random: Random): number {
  return Math.floor(SHAPE.createdFromS + random.uniform() * (SHAPE.createdToS - SHAPE.createdFromS));
}

function makeReaderLogits(count: number, random: Random): Float64Array {
  const factors = STRENGTHS.reader[0].map(() => shuffledNormalScores(count, random));
  const logits = new Float64Array(count * TARGET_COUNT);
  for (let reader = 0; reader < count; reader += 1) {
    for (let target = 0; target < TARGET_COUNT; target += 1) {
      let logit = 0;
      STRENGTHS.reader[target]!.forEach((loading, factor) => (logit += loading * factors[factor]![reader]!));
      logits[reader * TARGET_COUNT + target] = logit;
    }
  }
  return logits;
}

function makeAuthorLogits(shares: Float64Array, random: Random): Float64Array {
  const scores = (): Float64Array => weightedNormalScores(shares, shuffledIndexes(shares.length, random));
  const shared = scores();
  const own = Array.from({ length: TARGET_COUNT }, scores);
  return Float64Array.from({ length: shares.length * TARGET_COUNT }, (_, i) => {
    const author = Math.floor(i / TARGET_COUNT);
    const target = i % TARGET_COUNT;
    return (
      STRENGTHS.authorShared[target]! * shared[author]! + STRENGTHS.authorOwn[target]! * own[target]![author]!
    );
  });
}

function makeTopicLogits(random: Random): Float64Array {
  const logits = new Float64Array(TOPIC_COUNT * TARGET_COUNT);
  for (let target = 0; target < TARGET_COUNT; target += 1) {
    const scores = shuffledNormalScores(TOPIC_COUNT, random);
    scores.forEach(
      (score, topic) => (logits[topic * TARGET_COUNT + target] = STRENGTHS.topic[target]! * score),
    );
  }
  return logits;
}

import type { MediaName, TweetTypeName } from '../../pairs/part-row.js';
import { TARGET_COUNT } from '../../pairs/targets.js';
import { AliasTable } from './alias-table.js';
import { WORLD_CONSTANTS } from './constants.js';
import type { Lexicon } from './lexicon.js';
import type { Population } from './population.js';
import { makeId, type Random } from './random.js';
import { tongueOf } from './tongues.js';
import { type MadeText, TweetTextMaker } from './tweet-text-maker.js';
import { DAY_S } from '../../pairs/unix-time.js';

const { tweets: SHAPE, users: USERS, visible: VISIBLE, groups: GROUPS } = WORLD_CONSTANTS;
const ID_KIND = { tweet: 3, language: 4 } as const;
const MEDIA_LISTS: readonly MediaName[][] = SHAPE.mediaShares.map(([media]) => [...media]);
const HAS_MEDIA = 1;

/** A tweet, without readers. */
export interface Tweet {
  readonly id: string;
  readonly author: number;
  readonly createdAtS: number;
  readonly type: TweetTypeName;
  readonly media: MediaName[];
  readonly language: string;
  readonly topic: number;
  readonly text: MadeText;
  /** Standard normal: appeal that the request does not show. */
  readonly appeal: number;
}

/** Creates tweets from author and time. */
export class TweetMaker {
  private readonly texts: TweetTextMaker;
  private readonly attached: AliasTable;
  private readonly retweeted: AliasTable;
  private readonly languages: readonly string[];

  constructor(
    private readonly seed: number,
    private readonly population: Population,
    lexicon: Lexicon,
    languageCount: number,
  ) {
    this.texts = new TweetTextMaker(lexicon);
    this.attached = new AliasTable(SHAPE.mediaShares.slice(HAS_MEDIA).map(([, share]) => share));
    this.retweeted = new AliasTable(population.authorShare);
    this.languages = Array.from({ length: languageCount }, (_, language) =>
      makeId(ID_KIND.language, 0, 0, language),
    );
  }

  /** @param day identifies the tweet, together with `serial`; unique within a world */
  make(day: number, serial: number, author: number, createdAtS: number, random: Random): Tweet {
    const { population } = this;
    const language = random.chance(USERS.secondLanguageShare) ? 0 : population.authorLanguage[author]!;
    const topic = this.drawTopic(author, random);
    const type = drawType(population.typeHabit[author]!, random);
    const media = random.chance(shifted(SHAPE.mediaShares[0][1], -population.mediaHabit[author]!))
      ? []
      : MEDIA_LISTS[HAS_MEDIA + this.attached.sample(random)]!;
    const text = this.texts.make(
      {
        tongue: tongueOf(language),
        topic,
        retweetedAuthor: type === 'Retweet' ? this.retweeted.sample(random) : -1,
        authorCount: population.authorCount,
      },
      random,
    );
    return {
      id: makeId(ID_KIND.tweet, this.seed, day, serial),
      author,
      createdAtS,
      type,
      media,
      language: this.languages[language]!,
      topic,
      text,
      appeal: random.normal(),
    };
  }

  private drawTopic(author: number, random: Random): number {
    let left = random.uniform();
    for (let favourite = 0; favourite < USERS.favouriteTopicShares.length; favourite += 1) {
      left -= USERS.favouriteTopicShares[favourite]!;
      if (left < 0) return this.population.favouriteTopic[author * 3 + favourite]!;
    }
    return random.below(WORLD_CONSTANTS.topicCount);
  }
}

/** Adds the log-odds of the tweet's visible properties to `out`, by target. */
export function addVisibleTweetParts(tweet: Tweet, authorGroup: number, out: Float64Array): void {
  const media = VISIBLE.byMedia[tweet.media[0] ?? 'none'];
  const type = VISIBLE.byType[tweet.type];
  const group = GROUPS.logOdds[authorGroup]!;
  const length = Math.log(tweet.text.tokens.length + 1) - SHAPE.length.logMean;
  const wave = Math.cos((2 * Math.PI * (tweet.createdAtS % DAY_S)) / DAY_S);
  for (let target = 0; target < TARGET_COUNT; target += 1) {
    let logit = media[target]! + type[target]! + group[target]!;
    logit += VISIBLE.length[target]! * length + VISIBLE.nightWave[target]! * wave;
    if (tweet.text.hasQuestion) logit += VISIBLE.question[target]!;
    if (tweet.text.hasExclamation) logit += VISIBLE.exclamation[target]!;
    if (tweet.text.links.length > 0) logit += VISIBLE.link[target]!;
    if (tweet.text.hashtags.length > 0) logit += VISIBLE.hashtag[target]!;
    out[target]! += logit;
  }
}

function drawType(habit: number, random: Random): TweetTypeName {
  const { Retweet, Quote } = SHAPE.typeShares;
  if (random.chance(shifted(Retweet, habit))) return 'Retweet';
  return random.chance(Quote / (1 - Retweet)) ? 'Quote' : 'TopLevel';
}

/** A probability shifted by `step` on the log-odds scale. */
function shifted(probability: number, step: number): number {
  return 1 / (1 + (1 / probability - 1) * Math.exp(-step));
}

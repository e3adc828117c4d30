import { WORLD_CONSTANTS } from './constants.js';
import type { Lexicon, TongueWords } from './lexicon.js';
import { makeId, type Random } from './random.js';

const SHAPE = WORLD_CONSTANTS.tweets;
const ID_KIND = { hashtag: 5, link: 6, domain: 7 } as const;
/** How unevenly words, topic words and domains are used: 1 is evenly. */
const BEND = { word: 2.5, topicWord: 3, domain: 3 } as const;
const HANDLE_SEED = 77;
/** Share of a body's words that are function words. */
const FUNCTION_WORD_SHARE = 0.3;

/** What a tweet is about and for whom its text is made. */
export interface TextOrder {
  tongue: number;
  topic: number;
  /** Author whose tweet is passed on, or -1 when it is no retweet. */
  retweetedAuthor: number;
  authorCount: number;
}

/** A made text, with what can be seen in it. */
export interface MadeText {
  tokens: number[];
  hashtags: string[];
  links: string[];
  domains: string[];
  hasQuestion: boolean;
  hasExclamation: boolean;
}

/** Makes tweets' tokens from the lexicon: heads, mentions, words of a topic, marks, hashtags and links. */
export class TweetTextMaker {
  constructor(private readonly lexicon: Lexicon) {}

  make(order: TextOrder, random: Random): MadeText {
    const { marks } = this.lexicon;
    const wantedLength = drawLength(random);
    const words = this.lexicon.words[order.tongue]!;
    const text: MadeText = {
      tokens: [marks.cls],
      hashtags: [],
      links: [],
      domains: [],
      hasQuestion: false,
      hasExclamation: false,
    };
    const tail = this.makeTail(order, words, text, random);
    if (order.retweetedAuthor >= 0) {
      text.tokens.push(marks.RT);
      this.pushHandle(order.retweetedAuthor, text.tokens);
      text.tokens.push(marks.colon);
    }
    if (random.chance(SHAPE.mentionFirstShare)) this.pushHandle(random.below(order.authorCount), text.tokens);
    this.pushBody(order, words, text.tokens, wantedLength - tail.length - 1, random);
    for (const token of tail) text.tokens.push(token);
    text.tokens.push(marks.sep);
    return text;
  }

  /** The marks, hashtags and links a text ends with; notes them in `text`. */
  private makeTail(order: TextOrder, words: TongueWords, text: MadeText, random: Random): number[] {
    const { marks, emoji } = this.lexicon;
    const tail: number[] = [];
    this.pushEndMarks(tail, text, random);
    if (random.chance(SHAPE.emojiShare)) tail.push(emoji[random.rank(emoji.length, BEND.word)]!);
    for (let count = drawHashtagCount(random); count > 0; count -= 1) {
      const topicWords = words.topicWords[order.topic]!;
      const word = random.rank(topicWords.length, BEND.topicWord);
      tail.push(marks.hash, ...topicWords[word]!);
      text.hashtags.push(makeId(ID_KIND.hashtag, order.tongue, order.topic, word));
    }
    if (random.chance(SHAPE.linkShare)) {
      this.pushLink(tail, text, random);
      if (random.chance(SHAPE.secondLinkShare)) this.pushLink(tail, text, random);
    }
    return tail;
  }

  private pushEndMarks(tail: number[], text: MadeText, random: Random): void {
    const { marks } = this.lexicon;
    const at = random.uniform();
    if (at < SHAPE.bothMarksShare) {
      if (at < SHAPE.bothMarksShare / 2) tail.push(marks.exclamation, marks.question);
      else tail.push(marks.question, marks.exclamation);
      text.hasQuestion = true;
      text.hasExclamation = true;
    } else if (at < SHAPE.bothMarksShare + SHAPE.questionShare) {
      tail.push(marks.question);
      text.hasQuestion = true;
    } else if (at < SHAPE.bothMarksShare + SHAPE.questionShare + SHAPE.exclamationShare) {
      for (let count = 1 + random.rank(3, BEND.word); count > 0; count -= 1) tail.push(marks.exclamation);
      text.hasExclamation = true;
    }
  }

  private pushBody(
    order: TextOrder,
    words: TongueWords,
    tokens: number[],
    end: number,
    random: Random,
  ): void {
    const { marks, emoji } = this.lexicon;
    const topicWords = words.topicWords[order.topic]!;
    push(
      tokens,
      random.chance(SHAPE.topicFirstWordShare)
        ? pick(topicWords, BEND.topicWord, random)
        : plainWord(words, random),
    );
    while (tokens.length < end) {
      const at = random.uniform();
      if (at < SHAPE.pilcrowShare) tokens.push(marks.pilcrow);
      else if (at < 0.09) tokens.push(random.chance(0.6) ? marks.comma : marks.dot);
      else if (at < 0.1) this.pushHandle(random.below(order.authorCount), tokens);
      else if (at < 0.11) tokens.push(emoji[random.rank(emoji.length, BEND.word)]!);
      else if (at < 0.112) tokens.push(marks.question);
      else if (at < 0.1125) tokens.push(marks.rt);
      else if (at < 0.113) tokens.push(marks.retweet);
      else if (at < 0.113 + SHAPE.capitalWordShare && words.capitalWords.length > 0) {
        push(tokens, pick(words.capitalWords, BEND.word, random));
      } else if (random.chance(SHAPE.topicWordShare)) push(tokens, pick(topicWords, BEND.topicWord, random));
      else push(tokens, plainWord(words, random));
    }
  }

  /** `@` and the name of an author, which is always the same. */
  private pushHandle(author: number, tokens: number[]): void {
    const { lexicon } = this;
    const english = lexicon.words[0]!.generalWords;
    const first = english[(author * HANDLE_SEED) % english.length]!;
    tokens.push(lexicon.marks.at);
    push(tokens, first);
    if (author % 3 === 0) {
      tokens.push(lexicon.marks.underscore);
      push(tokens, english[(author * 31 + 7) % english.length]!);
    } else tokens.push(lexicon.pathContinuations[author % lexicon.pathContinuations.length]!);
  }

  private pushLink(tail: number[], text: MadeText, random: Random): void {
    const { marks, pathStarts, pathContinuations } = this.lexicon;
    tail.push(marks.https, marks.colon, marks.slash, marks.slash, marks.t, marks.dot, marks.co, marks.slash);
    tail.push(pathStarts[random.below(pathStarts.length)]!);
    for (let i = 0; i < 4; i += 1) tail.push(pathContinuations[random.below(pathContinuations.length)]!);
    text.links.push(makeId(ID_KIND.link, random.next(), 0, 0));
    text.domains.push(makeId(ID_KIND.domain, 0, 0, random.rank(SHAPE.domainCount, BEND.domain)));
  }
}

function drawLength(random: Random): number {
  const { logMean, logSd, fewest, most } = SHAPE.length;
  const length = Math.round(Math.exp(logMean + logSd * random.normal()) - 1);
  return Math.min(Math.max(length, fewest), most);
}

function drawHashtagCount(random: Random): number {
  let left = random.uniform();
  let count = 0;
  for (const share of SHAPE.hashtagShares) {
    left -= share;
    if (left < 0) return count;
    count += 1;
  }
  return 0;
}

function plainWord(words: TongueWords, random: Random): readonly number[] {
  return random.chance(FUNCTION_WORD_SHARE)
    ? pick(words.functionWords, BEND.word, random)
    : pick(words.generalWords, BEND.word, random);
}

function pick(list: readonly (readonly number[])[], bend: number, random: Random): readonly number[] {
  return list[random.rank(list.length, bend)]!;
}

function push(tokens: number[], word: readonly number[]): void {
  for (const token of word) tokens.push(token);
}

import { AliasTable } from './alias-table.js';
import { WORLD_CONSTANTS } from './constants.js';
import type { Lexicon, TongueWords } from './lexicon.js';
import { makeId, type Random } from './random.js';

const SHAPE = WORLD_CONSTANTS.tweets;
const ID_KIND = { hashtag: 5, link: 6, domain: 7 } as const;
const BEND = SHAPE.bend;
const BODY_KINDS = ['word', ...Object.keys(SHAPE.bodyShares)] as const;
const HANDLE_SEED = 77;

/** Properties of a tweet that determine its text. */
export interface TextOrder {
  tongue: number;
  topic: number;
  /** Author of the retweeted tweet; -1 if it is not a retweet. */
  retweetedAuthor: number;
  authorCount: number;
}

/** A generated text, with its visible properties. */
export interface MadeText {
  tokens: number[];
  hashtags: string[];
  links: string[];
  domains: string[];
  hasQuestion: boolean;
  hasExclamation: boolean;
}

/** Generates the tokens of tweets from the lexicon: heads, mentions, words of a topic, marks, hashtags and links. */
export class TweetTextMaker {
  private readonly bodyKinds: AliasTable;

  constructor(private readonly lexicon: Lexicon) {
    const shares = Object.values(SHAPE.bodyShares);
    this.bodyKinds = new AliasTable([1 - shares.reduce((sum, share) => sum + share, 0), ...shares]);
  }

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

  /** Generates the marks, hashtags and links at the end of a text, and records them in `text`. */
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
    const topicWords = words.topicWords[order.topic]!;
    push(
      tokens,
      random.chance(SHAPE.topicFirstWordShare)
        ? pick(topicWords, BEND.firstWord, random)
        : plainWord(words, random),
    );
    while (tokens.length < end) this.pushInside(order, words, topicWords, tokens, random);
  }

  private pushInside(
    order: TextOrder,
    words: TongueWords,
    topicWords: TongueWords['topicWords'][number],
    tokens: number[],
    random: Random,
  ): void {
    const { marks, emoji } = this.lexicon;
    switch (BODY_KINDS[this.bodyKinds.sample(random)]!) {
      case 'pilcrow':
        tokens.push(marks.pilcrow);
        break;
      case 'comma':
        tokens.push(marks.comma);
        break;
      case 'dot':
        tokens.push(marks.dot);
        break;
      case 'mention':
        this.pushHandle(random.below(order.authorCount), tokens);
        break;
      case 'emoji':
        tokens.push(emoji[random.rank(emoji.length, BEND.word)]!);
        break;
      case 'question':
        tokens.push(marks.question);
        break;
      case 'exclamation':
        tokens.push(marks.exclamation);
        break;
      case 'rt':
        tokens.push(marks.rt);
        break;
      case 'retweet':
        tokens.push(marks.retweet);
        break;
      case 'capitals':
        if (words.capitalWords.length > 0) push(tokens, pick(words.capitalWords, BEND.word, random));
        break;
      default:
        if (random.chance(SHAPE.topicWordShare)) push(tokens, pick(topicWords, BEND.topicWord, random));
        else push(tokens, plainWord(words, random));
    }
  }

  /** Appends `@` and the name of an author. An author's name never changes. */
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
  return random.chance(SHAPE.functionWordShare)
    ? pick(words.functionWords, BEND.word, random)
    : pick(words.generalWords, BEND.word, random);
}

function pick(list: readonly (readonly number[])[], bend: number, random: Random): readonly number[] {
  return list[random.rank(list.length, bend)]!;
}

function push(tokens: number[], word: readonly number[]): void {
  for (const token of word) tokens.push(token);
}

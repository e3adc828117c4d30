import { type Hash64, hashBytes } from '../hashing/murmur3.js';
import { lowerCaseInto } from './lower-case.js';
import { PIECE_KIND, type Vocabulary } from './vocabulary.js';

const SPACE = 0x20;
const EXCLAMATION = 0x21;
const HASH = 0x23;
const COLON = 0x3a;
const QUESTION = 0x3f;
const AT = 0x40;
const UNDERSCORE = 0x5f;
/** U+00B6, which stands for a line break in the challenge's text: 0xC2 0xB6 in UTF-8. */
const PILCROW_LEAD = 0xc2;
const PILCROW_TRAIL = 0xb6;

const URL_PREFIXES = [asciiBytes('https : / / t . co /'), asciiBytes('http : / / t . co /')];
const RETWEET_WORD = asciiBytes('retweet');

/** Values of `lastQuest`. */
export const LAST_QUEST = {
  none: 0,
  question: 1,
  exclamationQuestion: 2,
  exclamation: 3,
  questionExclamation: 4,
} as const;

/**
 * Text of one tweet at a time, rebuilt from its tokens, and everything that is counted in it. One instance is reused
 * for every tweet; results stay until the next `analyse`.
 *
 * The text is made in five steps (docs/reference/features.md tells them to users):
 * 1. join: pieces with a space between words; [CLS], [SEP], [PAD] are left out, [UNK] and [MASK] are U+FFFD;
 * 2. glue: a space goes after `@`, `#`, `_` and before `_`;
 * 3. links: a tokenised t.co address with its path becomes the word `http`;
 * 4. a leading `RT @` (any case) becomes `@`;
 * 5. split, for Retweets: what stands before the first `:` is the retweet head, the rest is the body; all others are body.
 */
export class TweetText {
  questionCount = 0;
  exclamationOrQuestionCount = 0;
  pilcrowCount = 0;
  hashCount = 0;
  /** Maximal runs of two or more letters A-Z. */
  capitalRunCount = 0;
  /** LAST_QUEST. */
  lastQuest = 0;
  /** Occurrences of "retweet", any case. */
  retweetCount = 0;
  /** Words equal to "rt", any case; the leading one of step 4 is not among them. */
  rtWordCount = 0;
  /** `@` in the body. */
  atCount = 0;
  wordCount = 0;
  characterCount = 0;
  headWordCount = 0;
  headCharacterCount = 0;
  /** Hash of the lower-cased first word of the body (of no bytes if there is none). */
  readonly firstWord: Hash64 = { lo: 0, hi: 0 };

  private buffer = new Uint8Array(4096);
  private word = new Uint8Array(256);
  private start = 0;
  private end = 0;
  private regionWords = 0;
  private regionCharacters = 0;

  constructor(private readonly vocabulary: Vocabulary) {}

  /** Analyses tokens[from .. to); every id must be below the vocabulary's size. */
  analyse(tokens: Uint32Array, from: number, to: number, isRetweet: boolean): void {
    this.join(tokens, from, to);
    this.collapseLinks();
    this.start = this.leadingRetweetLength();
    this.countWholeText();
    this.lastQuest = this.findLastQuest();
    const colon = isRetweet ? this.buffer.subarray(0, this.end).indexOf(COLON, this.start) : -1;
    this.measureRegion(this.start, Math.max(colon, this.start));
    this.headWordCount = this.regionWords;
    this.headCharacterCount = this.regionCharacters;
    const bodyStart = colon < 0 ? this.start : colon + 1;
    this.measureRegion(bodyStart, this.end);
    this.wordCount = this.regionWords;
    this.characterCount = this.regionCharacters;
    this.atCount = this.countByte(AT, bodyStart);
    this.hashFirstWord(bodyStart);
  }

  private join(tokens: Uint32Array, from: number, to: number): void {
    const { bytes, offset, kind } = this.vocabulary;
    let at = 0;
    for (let i = from; i < to; i += 1) {
      const id = tokens[i]!;
      const pieceKind = kind[id]!;
      if (pieceKind === PIECE_KIND.silent) continue;
      const first = offset[id]!;
      const last = offset[id + 1]!;
      if (at + (last - first) + 1 > this.buffer.length)
        this.buffer = grown(this.buffer, at + (last - first) + 1);
      const buffer = this.buffer;
      if (at > 0 && pieceKind === PIECE_KIND.word && !isGlued(buffer[at - 1]!, bytes[first]!)) {
        buffer[at] = SPACE;
        at += 1;
      }
      for (let b = first; b < last; b += 1) {
        buffer[at] = bytes[b]!;
        at += 1;
      }
    }
    this.end = at;
  }

  private collapseLinks(): void {
    const { buffer, end } = this;
    let to = 0;
    let at = 0;
    while (at < end) {
      const isWordStart = at === 0 || buffer[at - 1] === SPACE;
      const length = isWordStart && buffer[at] === 0x68 ? linkLength(buffer, at, end) : 0;
      if (length > 0) {
        // "http" is already there, since every prefix starts with it.
        if (to !== at) buffer.copyWithin(to, at, at + 4);
        to += 4;
        at += length;
      } else {
        buffer[to] = buffer[at]!;
        to += 1;
        at += 1;
      }
    }
    this.end = to;
  }

  /** Length of the leading "RT " in front of an "@", else 0. */
  private leadingRetweetLength(): number {
    const { buffer, end } = this;
    const isRetweet =
      end >= 4 &&
      (buffer[0]! | 0x20) === 0x72 &&
      (buffer[1]! | 0x20) === 0x74 &&
      buffer[2] === SPACE &&
      buffer[3] === AT;
    return isRetweet ? 3 : 0;
  }

  private countWholeText(): void {
    const { buffer, start, end } = this;
    let questions = 0;
    let exclamations = 0;
    let pilcrows = 0;
    let hashes = 0;
    let capitalRuns = 0;
    let capitalRun = 0;
    let retweets = 0;
    let rtWords = 0;
    for (let at = start; at < end; at += 1) {
      const byte = buffer[at]!;
      if (byte >= 0x41 && byte <= 0x5a) {
        capitalRun += 1;
        if (capitalRun === 2) capitalRuns += 1;
      } else capitalRun = 0;
      if (byte === QUESTION) questions += 1;
      else if (byte === EXCLAMATION) exclamations += 1;
      else if (byte === HASH) hashes += 1;
      else if (byte === PILCROW_LEAD && buffer[at + 1] === PILCROW_TRAIL && at + 1 < end) pilcrows += 1;
      else if ((byte | 0x20) === 0x72) {
        if (isWordAt(buffer, at, end, RETWEET_WORD)) retweets += 1;
        if (isLoneRt(buffer, at, start, end)) rtWords += 1;
      }
    }
    this.questionCount = questions;
    this.exclamationOrQuestionCount = questions + exclamations;
    this.pilcrowCount = pilcrows;
    this.hashCount = hashes;
    this.capitalRunCount = capitalRuns;
    this.retweetCount = retweets;
    this.rtWordCount = rtWords;
  }

  private findLastQuest(): number {
    const { buffer, start } = this;
    let at = this.end - 1;
    while (at >= start && buffer[at] === SPACE) at -= 1;
    const last = at >= start ? buffer[at]! : 0;
    at -= 1;
    while (at >= start && buffer[at] === SPACE) at -= 1;
    const beforeLast = at >= start ? buffer[at]! : 0;
    if (last === QUESTION)
      return beforeLast === EXCLAMATION ? LAST_QUEST.exclamationQuestion : LAST_QUEST.question;
    if (last !== EXCLAMATION) return LAST_QUEST.none;
    return beforeLast === QUESTION ? LAST_QUEST.questionExclamation : LAST_QUEST.exclamation;
  }

  /** Words and characters of a region, pilcrows taken out first; a space between two words is one character. */
  private measureRegion(from: number, to: number): void {
    const { buffer } = this;
    let words = 0;
    let characters = 0;
    let isInWord = false;
    for (let at = from; at < to; at += 1) {
      const byte = buffer[at]!;
      if (byte === SPACE) isInWord = false;
      else if (byte === PILCROW_LEAD && at + 1 < to && buffer[at + 1] === PILCROW_TRAIL) at += 1;
      else {
        if (!isInWord) words += 1;
        isInWord = true;
        if ((byte & 0xc0) !== 0x80) characters += 1;
      }
    }
    this.regionWords = words;
    this.regionCharacters = words === 0 ? 0 : characters + words - 1;
  }

  private countByte(byte: number, from: number): number {
    let count = 0;
    for (let at = from; at < this.end; at += 1) if (this.buffer[at] === byte) count += 1;
    return count;
  }

  private hashFirstWord(from: number): void {
    const { buffer, end } = this;
    let length = 0;
    if (this.word.length < end - from) this.word = new Uint8Array((end - from) * 2);
    for (let at = from; at < end; at += 1) {
      const byte = buffer[at]!;
      if (byte === SPACE) {
        if (length > 0) break;
      } else if (byte === PILCROW_LEAD && at + 1 < end && buffer[at + 1] === PILCROW_TRAIL) at += 1;
      else {
        this.word[length] = byte;
        length += 1;
      }
    }
    lowerCaseInto(this.word, length);
    hashBytes(this.word, 0, length, this.firstWord);
  }
}

function isGlued(before: number, after: number): boolean {
  return before === AT || before === HASH || before === UNDERSCORE || after === UNDERSCORE;
}

/** Length of the tokenised t.co address at `at`, its path word included, or 0. */
function linkLength(buffer: Uint8Array, at: number, end: number): number {
  for (const prefix of URL_PREFIXES) {
    if (!startsWith(buffer, at, end, prefix)) continue;
    let to = at + prefix.length;
    if (to + 1 < end && buffer[to] === SPACE) {
      to += 1;
      while (to < end && buffer[to] !== SPACE) to += 1;
    }
    return to - at;
  }
  return 0;
}

function startsWith(buffer: Uint8Array, at: number, end: number, expected: Uint8Array): boolean {
  if (at + expected.length > end) return false;
  for (let i = 0; i < expected.length; i += 1) if (buffer[at + i] !== expected[i]) return false;
  return true;
}

function isWordAt(buffer: Uint8Array, at: number, end: number, lowerCase: Uint8Array): boolean {
  if (at + lowerCase.length > end) return false;
  for (let i = 0; i < lowerCase.length; i += 1) if ((buffer[at + i]! | 0x20) !== lowerCase[i]) return false;
  return true;
}

function isLoneRt(buffer: Uint8Array, at: number, start: number, end: number): boolean {
  if (at + 1 >= end || (buffer[at + 1]! | 0x20) !== 0x74) return false;
  return (at === start || buffer[at - 1] === SPACE) && (at + 2 === end || buffer[at + 2] === SPACE);
}

function grown(buffer: Uint8Array, byteLength: number): Uint8Array<ArrayBuffer> {
  const larger = new Uint8Array(byteLength * 2);
  larger.set(buffer);
  return larger;
}

function asciiBytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

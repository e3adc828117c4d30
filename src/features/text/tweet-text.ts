import { type Hash64, hashBytes } from '../../pairs/murmur3.js';
import { JoinedText } from './joined-text.js';
import { lowerCaseInto } from './lower-case.js';
import { TextCounts } from './text-counts.js';
import type { Vocabulary } from './vocabulary.js';

const SPACE = 0x20;
const EXCLAMATION = 0x21;
const HASH = 0x23;
const COLON = 0x3a;
const QUESTION = 0x3f;
const AT = 0x40;
const LOWER_R = 0x72;
/** U+00B6, which stands for a line break in the challenge's text: 0xC2 0xB6 in UTF-8. */
const PILCROW_LEAD = 0xc2;
const PILCROW_TRAIL = 0xb6;

/** Bits for the meaning of a UTF-8 byte in the counts. Only special bytes are examined one by one. */
const BYTE = { characterStart: 1, space: 2, special: 4 } as const;
const BYTE_BITS = Uint8Array.from({ length: 256 }, (_, byte) => {
  if (byte === SPACE) return BYTE.space;
  if ((byte & 0xc0) === 0x80) return 0;
  const isCapital = byte >= 0x41 && byte <= 0x5a;
  const isSpecial = isCapital || [EXCLAMATION, HASH, QUESTION, AT, PILCROW_LEAD, LOWER_R].includes(byte);
  return isSpecial ? BYTE.characterStart | BYTE.special : BYTE.characterStart;
});

const RETWEET_WORD = new TextEncoder().encode('retweet');

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
 * 2. glue: no space stays after `@`, `#`, `_`, nor before `_`;
 * 3. links: `http : / / t . co /` or `https : / / t . co /` at the start of a word, with the word after it, becomes `http`;
 * 4. a leading `RT @` (any case) becomes `@`;
 * 5. split, for Retweets: what stands before the first `:` is the retweet head, the rest is the body; without a `:`, and
 *    for all others, everything is body.
 */
export class TweetText extends TextCounts {
  /** Hash of the lower-cased first word of the body (of no bytes if there is none). */
  readonly firstWord: Hash64 = { lo: 0, hi: 0 };

  /** UTF-8 of the text: the head is buffer[start .. headEnd), the body buffer[bodyStart .. end). */
  buffer = new Uint8Array(0);
  start = 0;
  headEnd = 0;
  bodyStart = 0;
  end = 0;
  private readonly joined: JoinedText;
  private word = new Uint8Array(256);

  constructor(vocabulary: Vocabulary) {
    super();
    this.joined = new JoinedText(vocabulary);
  }

  /** Analyses tokens[from .. to); every id must be below the vocabulary's size. */
  analyse(tokens: Uint32Array, from: number, to: number, isRetweet: boolean): void {
    this.joined.join(tokens, from, to);
    this.buffer = this.joined.buffer;
    this.end = this.joined.end;
    this.start = this.leadingRetweetLength();
    this.lastQuest = this.findLastQuest();
    this.questionCount = 0;
    this.exclamationOrQuestionCount = 0;
    this.pilcrowCount = 0;
    this.hashCount = 0;
    this.capitalRunCount = 0;
    this.retweetCount = 0;
    this.rtWordCount = 0;
    const colon = isRetweet ? this.findColon() : -1;
    this.headEnd = Math.max(colon, this.start);
    this.countRegion(this.start, this.headEnd);
    this.headWordCount = this.wordCount;
    this.headCharacterCount = this.characterCount;
    this.bodyStart = colon < 0 ? this.start : colon + 1;
    this.countRegion(this.bodyStart, this.end);
    this.hashFirstWord(this.bodyStart);
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

  /** The first colon, or -1. */
  private findColon(): number {
    const { buffer, start, end } = this;
    for (let at = start; at < end; at += 1) if (buffer[at] === COLON) return at;
    return -1;
  }

  /**
   * Adds what is counted in the whole text, and sets what belongs to the region: words and characters, pilcrows taken
   * out first (a space between two words is one character), and `@`.
   */
  private countRegion(from: number, to: number): void {
    const { buffer } = this;
    let words = 0;
    let starts = 0;
    let isOutside = 1;
    let capitalRun = 0;
    this.atCount = 0;
    for (let at = from; at < to; at += 1) {
      const byte = buffer[at]!;
      const bits = BYTE_BITS[byte]!;
      if ((bits & BYTE.special) === 0) capitalRun = 0;
      else {
        if (byte === PILCROW_LEAD && at + 1 < to && buffer[at + 1] === PILCROW_TRAIL) {
          this.pilcrowCount += 1;
          capitalRun = 0;
          at += 1;
          continue;
        }
        capitalRun = byte >= 0x41 && byte <= 0x5a ? capitalRun + 1 : 0;
        if (capitalRun === 2) this.capitalRunCount += 1;
        this.countSpecial(byte, at);
      }
      // Without branches, which letters and spaces would mispredict: the first character after a space begins a word.
      const isStart = bits & BYTE.characterStart;
      starts += isStart;
      words += isStart & isOutside;
      isOutside = (isOutside & ~isStart) | ((bits & BYTE.space) >> 1);
    }
    this.wordCount = words;
    this.characterCount = words === 0 ? 0 : starts + words - 1;
  }

  private countSpecial(byte: number, at: number): void {
    const { buffer, start, end } = this;
    if (byte === QUESTION) {
      this.questionCount += 1;
      this.exclamationOrQuestionCount += 1;
    } else if (byte === EXCLAMATION) this.exclamationOrQuestionCount += 1;
    else if (byte === HASH) this.hashCount += 1;
    else if (byte === AT) this.atCount += 1;
    else if ((byte | 0x20) === LOWER_R) {
      if (isWordAt(buffer, at, end, RETWEET_WORD)) this.retweetCount += 1;
      if (isLoneRt(buffer, at, start, end)) this.rtWordCount += 1;
    }
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

function isWordAt(buffer: Uint8Array, at: number, end: number, lowerCase: Uint8Array): boolean {
  if (at + lowerCase.length > end) return false;
  for (let i = 0; i < lowerCase.length; i += 1) if ((buffer[at + i]! | 0x20) !== lowerCase[i]) return false;
  return true;
}

function isLoneRt(buffer: Uint8Array, at: number, start: number, end: number): boolean {
  if (at + 1 >= end || (buffer[at + 1]! | 0x20) !== 0x74) return false;
  return (at === start || buffer[at - 1] === SPACE) && (at + 2 === end || buffer[at + 2] === SPACE);
}

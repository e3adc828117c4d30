import { type Hash64, hashBytes } from '../../pairs/murmur3.js';
import { lowerCaseInto } from './lower-case.js';
import type { TweetText } from './tweet-text.js';

const SPACE = 0x20;
const AT = 0x40;
const PILCROW_LEAD = 0xc2;
const PILCROW_TRAIL = 0xb6;

/** Bytes of a mention's name: ASCII letters in lower case, digits, `_`, and all of characters beyond ASCII. */
const IS_NAME = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte >= 0x80 || /[a-z0-9_]/.test(String.fromCharCode(byte)) ? 1 : 0,
);

/** How many mentions of the body have a key. */
export const MENTION_COUNT = 3;

/** Lanes that `TextKeys.write` fills: second word, three mentions, the retweeted user, the body. */
export const TEXT_KEY_LANES = 2 * (MENTION_COUNT + 3);

/**
 * Hashes of what a text names, for keys of statistics and index maps. All are of lower-cased text without pilcrows. A
 * mention is `@` and the name after it, which is what is hashed. One instance is reused for every tweet.
 */
export class TextKeys {
  private lower = new Uint8Array(512);
  private end = 0;
  private readonly hash: Hash64 = { lo: 0, hi: 0 };

  /**
   * Writes the lanes of a text that was analysed to out[at ..]: second word of the body (the hash of no bytes when there
   * is none), first to third mention of the body, first mention of the head (0, 0 when there is none), and the body.
   */
  write(text: TweetText, out: Int32Array, at: number): void {
    // All mentions, those of the body and the one of the head.
    out.fill(0, at + 2, at + 2 * (MENTION_COUNT + 2));
    this.lowerRegion(text.buffer, text.start, text.headEnd);
    this.writeMentions(1, out, at + 2 * (MENTION_COUNT + 1));
    this.lowerRegion(text.buffer, text.bodyStart, text.end);
    this.writeSecondWord(out, at);
    // Most bodies have none.
    if (text.atCount > 0) this.writeMentions(MENTION_COUNT, out, at + 2);
    this.writeHash(0, this.end, out, at + 2 * (MENTION_COUNT + 2));
  }

  private lowerRegion(buffer: Uint8Array, from: number, to: number): void {
    if (this.lower.length < to - from) this.lower = new Uint8Array(2 * (to - from));
    const { lower } = this;
    let length = 0;
    for (let i = from; i < to; i += 1) {
      const byte = buffer[i]!;
      if (byte === PILCROW_LEAD && i + 1 < to && buffer[i + 1] === PILCROW_TRAIL) i += 1;
      else {
        lower[length] = byte;
        length += 1;
      }
    }
    lowerCaseInto(lower, length);
    this.end = length;
  }

  private writeSecondWord(out: Int32Array, at: number): void {
    const { end } = this;
    const second = this.skipSpaces(this.skipWord(this.skipSpaces(0)));
    this.writeHash(second, second === end ? end : this.skipWord(second), out, at);
  }

  private skipSpaces(from: number): number {
    let at = from;
    while (at < this.end && this.lower[at] === SPACE) at += 1;
    return at;
  }

  private skipWord(from: number): number {
    let at = from;
    while (at < this.end && this.lower[at] !== SPACE) at += 1;
    return at;
  }

  private writeMentions(mostCount: number, out: Int32Array, at: number): void {
    const { lower, end } = this;
    for (let i = 0, found = 0; i < end && found < mostCount; i += 1) {
      if (lower[i] !== AT) continue;
      let to = i + 1;
      while (to < end && IS_NAME[lower[to]!] === 1) to += 1;
      if (to === i + 1) continue;
      this.writeHash(i + 1, to, out, at + 2 * found);
      found += 1;
      i = to - 1;
    }
  }

  private writeHash(from: number, to: number, out: Int32Array, at: number): void {
    hashBytes(this.lower, from, to, this.hash);
    out[at] = this.hash.lo;
    out[at + 1] = this.hash.hi;
  }
}

import { type Hash64, hashBytes } from '../../pairs/murmur3.js';
import { lowerCaseInto } from './lower-case.js';
import type { TweetText } from './tweet-text.js';

const SPACE = 0x20;
const AT = 0x40;
const PILCROW_LEAD = 0xc2;
const PILCROW_TRAIL = 0xb6;

/** Bytes of a mention's name: lower-case ASCII letters, digits, `_`, and all bytes of characters beyond ASCII. */
const IS_NAME = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte >= 0x80 || /[a-z0-9_]/.test(String.fromCharCode(byte)) ? 1 : 0,
);

/** Low lanes of the keys of a text; the high lane of each follows it. */
export interface TextKeyLanes {
  /** Second word of the body. */
  readonly secondWord: number;
  /** First mentions of the body, in order. */
  readonly mentions: readonly number[];
  /** First mention of the retweet head. */
  readonly retweetedUser: number;
  readonly body: number;
}

/**
 * Hashes of parts of a text, for keys of statistics and index maps. The text is lower-cased and has no pilcrows. A mention is `@`
 * and a name; the name is hashed. One instance is reused for every tweet.
 */
export class TextKeys {
  private lower = new Uint8Array(512);
  private end = 0;
  private readonly hash: Hash64 = { lo: 0, hi: 0 };

  private readonly retweetedUsers: readonly number[];

  /** @param lanes positions of the keys in the output */
  constructor(private readonly lanes: TextKeyLanes) {
    this.retweetedUsers = [lanes.retweetedUser];
  }

  /**
   * Writes the keys of an analysed text; lanes are relative to out[at]. Without a second word, its key is the hash of no bytes.
   * Missing mentions are 0, 0.
   * @param scope `mentions` to write only mentions and the retweeted user
   */
  write(text: TweetText, out: Int32Array, at: number, scope: 'mentions' | 'all'): void {
    const { lanes, retweetedUsers } = this;
    clear(retweetedUsers, out, at);
    clear(lanes.mentions, out, at);
    this.lowerRegion(text.buffer, text.start, text.headEnd);
    this.writeMentions(retweetedUsers, out, at);
    // Most bodies have none.
    const hasMentions = text.atCount > 0;
    if (scope === 'mentions' && !hasMentions) return;
    this.lowerRegion(text.buffer, text.bodyStart, text.end);
    if (hasMentions) this.writeMentions(lanes.mentions, out, at);
    if (scope === 'mentions') return;
    this.writeSecondWord(out, at + lanes.secondWord);
    this.writeHash(0, this.end, out, at + lanes.body);
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

  /** Writes the first mentions, one for each of `lanes`. */
  private writeMentions(lanes: readonly number[], out: Int32Array, at: number): void {
    const { lower, end } = this;
    for (let i = 0, found = 0; i < end && found < lanes.length; i += 1) {
      if (lower[i] !== AT) continue;
      let to = i + 1;
      while (to < end && IS_NAME[lower[to]!] === 1) to += 1;
      if (to === i + 1) continue;
      this.writeHash(i + 1, to, out, at + lanes[found]!);
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

function clear(lanes: readonly number[], out: Int32Array, at: number): void {
  for (let i = 0; i < lanes.length; i += 1) {
    out[at + lanes[i]!] = 0;
    out[at + lanes[i]! + 1] = 0;
  }
}

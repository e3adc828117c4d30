import { withRoom } from '../../pairs/column-growth.js';
import { PIECE_JOINT, PIECE_PADDING_BYTES, type Vocabulary } from './vocabulary.js';

const SPACE = 0x20;
const NO_LINK = -1;
/** A space before a piece, and what copying eight bytes at a time writes past its end. */
const ROOM_PER_PIECE = 1 + PIECE_PADDING_BYTES;
const URL_PREFIXES = ['https : / / t . co /', 'http : / / t . co /'].map((text) =>
  new TextEncoder().encode(text),
);

/**
 * UTF-8 text of one tweet at a time, rebuilt from its tokens: joined, glued, and with addresses collapsed (steps 1 to 3
 * of TweetText). One instance is reused for every tweet.
 */
export class JoinedText {
  /** The text is buffer[0 .. end); replaced when it grows. */
  buffer = new Uint8Array(4096);
  end = 0;
  private view = new DataView(this.buffer.buffer);
  private readonly pieces: DataView;

  constructor(private readonly vocabulary: Vocabulary) {
    const { buffer, byteOffset, byteLength } = vocabulary.bytes;
    this.pieces = new DataView(buffer, byteOffset, byteLength);
  }

  /** Rebuilds the text of tokens[from .. to); every id must be below the vocabulary's size. */
  join(tokens: Uint32Array, from: number, to: number): void {
    const { offset, joint } = this.vocabulary;
    const { pieces } = this;
    let { buffer, view } = this;
    let linkSearchFrom = NO_LINK;
    let at = 0;
    let before: number = PIECE_JOINT.noSpaceAfter;
    for (let i = from; i < to; i += 1) {
      const id = tokens[i]!;
      const bits = joint[id]!;
      if (bits === PIECE_JOINT.silent) continue;
      const first = offset[id]!;
      const length = offset[id + 1]! - first;
      if (at + length + ROOM_PER_PIECE > buffer.length) {
        this.grow(at + length + ROOM_PER_PIECE);
        ({ buffer, view } = this);
      }
      // Without a branch, which would be mispredicted at every other word: a space is written, and kept or not.
      buffer[at] = SPACE;
      at += bits & PIECE_JOINT.spaceBefore & ~(before >> 1);
      before = bits;
      if ((bits & PIECE_JOINT.mayStartLink) !== 0 && linkSearchFrom === NO_LINK) linkSearchFrom = at;
      if (length <= PIECE_PADDING_BYTES) {
        // Most pieces are short: eight bytes, what follows included, spare a loop of unforeseeable length.
        view.setInt32(at, pieces.getInt32(first, true), true);
        view.setInt32(at + 4, pieces.getInt32(first + 4, true), true);
      } else for (let b = 0; b < length; b += 1) buffer[at + b] = pieces.getUint8(first + b);
      at += length;
    }
    this.end = at;
    if (linkSearchFrom !== NO_LINK) this.collapseLinks(linkSearchFrom);
  }

  private grow(byteLength: number): void {
    this.buffer = withRoom(this.buffer, byteLength, Uint8Array);
    this.view = new DataView(this.buffer.buffer);
  }

  private collapseLinks(from: number): void {
    const { buffer, end } = this;
    let to = from;
    let at = from;
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

import { CHARACTER, classOf } from './character-class.js';
import { buildBertFold, type FoldedCharacter } from './bert-fold.js';
import { NONE, PieceTrie } from './piece-trie.js';
import type { Vocabulary } from './vocabulary.js';

/** Longer words are [UNK]; counted in code points, those that are removed left out. */
export const MAX_WORD_CHARACTERS = 100;
/** Ids for which room is kept between calls; room for longer texts is given back by the next shorter one. */
export const KEPT_TOKEN_COUNT = 65_536;

const MAX_UTF8_BYTES = 4;
const OPENING_BRACKET = 0x5b;
/** Pieces that text may name: written out, in this case, they are themselves, even within a word. */
const SPECIAL_PIECES = ['[UNK]', '[SEP]', '[CLS]', '[PAD]', '[MASK]'];
const FRAME_COUNT = 2;
/** By byte: 1 if it is an ASCII character of class letter. */
const IS_ASCII_LETTER = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte < 0x80 && classOf(byte) === CHARACTER.letter ? 1 : 0,
);

/** Distance between a capital and a small letter of ASCII. */
const ASCII_CASE_BIT = 0x20;

/**
 * Text to wordpiece ids, as multilingual BERT does it: cased, or uncased if the vocabulary has `doLowerCase`. In this order:
 * 1. `[UNK]`, `[SEP]`, `[CLS]`, `[PAD]`, `[MASK]` written in the text, if the vocabulary has them, are those pieces; what
 *    stands before and after is tokenised apart;
 * 2. characters are removed, end a word, or are a word of their own (CHARACTER). Cased: case, accents and composition stay.
 *    Uncased: before words are cut, a character is decomposed, its combining marks are removed and it is lower-cased;
 *    combining marks younger than Unicode 8 stay, in the order of the text;
 * 3. a word is the longest piece that begins it, then the longest `##` piece that goes on, and so on; a word that cannot
 *    be finished so, or of more than 100 characters, is one [UNK];
 * 4. [CLS] is put before all, [SEP] after all.
 *
 * Bytes that are not UTF-8 count as U+FFFD, which is removed. Time grows with the length of the text, and memory is 4
 * bytes per byte of the longest text, given back as KEPT_TOKEN_COUNT tells. One instance serves one thread.
 */
export class WordpieceTokenizer {
  /** Ids of the last text; valid until the next call, replaced when it grows. */
  tokens = new Uint32Array(1024);
  private count = 0;
  private readonly trie: PieceTrie;
  private readonly unknownId: number;
  private readonly firstId: number;
  private readonly lastId: number;
  /** Replacements of characters; undefined for a cased vocabulary. */
  private readonly fold: ReadonlyMap<number, readonly FoldedCharacter[]> | undefined;
  private readonly special: { readonly bytes: Uint8Array; readonly id: number }[] = [];
  /** The word that is being read: what is kept of it, in UTF-8. */
  private readonly word = new Uint8Array((MAX_WORD_CHARACTERS + 1) * MAX_UTF8_BYTES);
  private wordLength = 0;
  private wordCharacters = 0;

  /** Builds a PieceTrie, which takes part of a second for a hundred thousand pieces: make one tokeniser, and keep it. */
  constructor(vocabulary: Vocabulary) {
    this.trie = new PieceTrie(vocabulary);
    this.fold = vocabulary.doLowerCase ? buildBertFold() : undefined;
    this.unknownId = vocabulary.idOf('[UNK]')!;
    this.firstId = vocabulary.idOf('[CLS]')!;
    this.lastId = vocabulary.idOf('[SEP]')!;
    for (const piece of SPECIAL_PIECES) {
      const id = vocabulary.idOf(piece);
      if (id !== undefined) this.special.push({ bytes: new TextEncoder().encode(piece), id });
    }
  }

  /**
   * Tokenises the UTF-8 text bytes[from .. to) into `tokens`, and returns how many ids there are: 2 at least, and at most
   * 2 + the number of bytes.
   */
  encode(bytes: Uint8Array, from: number, to: number): number {
    this.reserve(to - from + FRAME_COUNT);
    this.count = 0;
    this.push(this.firstId);
    let at = from;
    while (at < to) {
      const byte = bytes[at]!;
      if (byte >= 0x80) at += this.readMultibyte(bytes, at, to);
      else if (IS_ASCII_LETTER[byte] === 1) at = this.readAsciiLetters(bytes, at, to);
      else if (byte === OPENING_BRACKET) at += this.readBracket(bytes, at, to);
      else at += this.read(bytes, at, 1, byte);
    }
    this.endWord();
    this.push(this.lastId);
    return this.count;
  }

  private reserve(tokenCount: number): void {
    const { length } = this.tokens;
    if (tokenCount > length)
      this.tokens = new Uint32Array(Math.max(tokenCount, Math.min(2 * length, KEPT_TOKEN_COUNT)));
    else if (length > KEPT_TOKEN_COUNT && tokenCount <= KEPT_TOKEN_COUNT)
      this.tokens = new Uint32Array(KEPT_TOKEN_COUNT);
  }

  private push(id: number): void {
    this.tokens[this.count] = id;
    this.count += 1;
  }

  /** Takes in a run of ASCII letters and digits, which most text is made of; returns where it ends. */
  private readAsciiLetters(bytes: Uint8Array, from: number, to: number): number {
    const { word } = this;
    const room = MAX_WORD_CHARACTERS + 1 - this.wordCharacters;
    let length = this.wordLength;
    let at = from;
    for (const end = Math.min(to, from + room); at < end; at += 1) {
      const byte = bytes[at]!;
      if (IS_ASCII_LETTER[byte] !== 1) break;
      word[length] = byte;
      length += 1;
    }
    if (this.fold !== undefined) lowerCaseAscii(word, this.wordLength, length);
    this.wordCharacters += at - from;
    this.wordLength = length;
    // Of a word that is too long already, the rest is passed over.
    while (at < to && IS_ASCII_LETTER[bytes[at]!] === 1) at += 1;
    return at;
  }

  /** Takes in one character of `length` bytes, and returns the length. */
  private read(bytes: Uint8Array, at: number, length: number, codePoint: number): number {
    const characterClass = classOf(codePoint);
    if (characterClass === CHARACTER.removed) return length;
    if (characterClass !== CHARACTER.letter) this.endWord();
    if (characterClass === CHARACTER.space) return length;
    if (this.wordCharacters <= MAX_WORD_CHARACTERS) {
      for (let i = 0; i < length; i += 1) this.word[this.wordLength + i] = bytes[at + i]!;
      this.wordLength += length;
      this.wordCharacters += 1;
    }
    if (characterClass === CHARACTER.alone) this.endWord();
    return length;
  }

  /** Takes in a special piece, or only its bracket; returns how many bytes it was. */
  private readBracket(bytes: Uint8Array, at: number, to: number): number {
    for (const { bytes: piece, id } of this.special) {
      if (!startsWith(bytes, at, to, piece)) continue;
      this.endWord();
      this.push(id);
      return piece.length;
    }
    return this.read(bytes, at, 1, OPENING_BRACKET);
  }

  /** Takes in one character beyond ASCII; a byte that begins none is skipped. Returns how many bytes it was. */
  private readMultibyte(bytes: Uint8Array, at: number, to: number): number {
    const lead = bytes[at]!;
    const second = at + 1 < to ? bytes[at + 1]! ^ 0x80 : 0xff;
    if (lead < 0xc2 || lead > 0xf4 || second > 0x3f) return 1;
    if (lead < 0xe0) return this.readFolded(bytes, at, 2, ((lead & 0x1f) << 6) | second);
    const third = at + 2 < to ? bytes[at + 2]! ^ 0x80 : 0xff;
    if (third > 0x3f) return 1;
    if (lead < 0xf0) {
      const codePoint = ((lead & 0x0f) << 12) | (second << 6) | third;
      return codePoint < 0x800 ? 1 : this.readFolded(bytes, at, 3, codePoint);
    }
    const fourth = at + 3 < to ? bytes[at + 3]! ^ 0x80 : 0xff;
    const codePoint = ((lead & 0x07) << 18) | (second << 12) | (third << 6) | fourth;
    if (fourth > 0x3f || codePoint < 0x10000 || codePoint > 0x10ffff) return 1;
    return this.readFolded(bytes, at, 4, codePoint);
  }

  /** Takes in one character beyond ASCII, or its replacement where the vocabulary is uncased; returns `length`. */
  private readFolded(bytes: Uint8Array, at: number, length: number, codePoint: number): number {
    const folded = this.fold?.get(codePoint);
    if (folded === undefined) return this.read(bytes, at, length, codePoint);
    const characterClass = classOf(codePoint);
    if (characterClass === CHARACTER.removed) return length;
    const isAlone = characterClass === CHARACTER.alone;
    if (isAlone) this.endWord();
    for (const { utf8, codePoint: foldedCodePoint } of folded)
      this.read(utf8, 0, utf8.length, foldedCodePoint);
    if (isAlone) this.endWord();
    return length;
  }

  /** Turns the word read so far, if any, into pieces. */
  private endWord(): void {
    const { wordLength } = this;
    if (wordLength === 0) return;
    const isTooLong = this.wordCharacters > MAX_WORD_CHARACTERS;
    this.wordLength = 0;
    this.wordCharacters = 0;
    if (isTooLong || !this.pushPieces(wordLength)) this.push(this.unknownId);
  }

  /** Adds the pieces of word[0 .. length), or none; false if the vocabulary has none that go on somewhere. */
  private pushPieces(length: number): boolean {
    const { word, tokens } = this;
    const { base, parent, ids, continuationRoot } = this.trie;
    let root = this.trie.wordRoot;
    let start = 0;
    let { count } = this;
    while (start < length) {
      let slot = root;
      let id: number = NONE;
      let end = start;
      for (let at = start; at < length; at += 1) {
        const child = base[slot]! + word[at]!;
        if (parent[child] !== slot) break;
        slot = child;
        const idHere = ids[slot]!;
        if (idHere === NONE) continue;
        id = idHere;
        end = at + 1;
      }
      if (id === NONE) return false;
      tokens[count] = id;
      count += 1;
      start = end;
      root = continuationRoot;
    }
    this.count = count;
    return true;
  }
}

function startsWith(bytes: Uint8Array, at: number, to: number, expected: Uint8Array): boolean {
  if (at + expected.length > to) return false;
  for (let i = 0; i < expected.length; i += 1) if (bytes[at + i] !== expected[i]) return false;
  return true;
}

function lowerCaseAscii(bytes: Uint8Array, from: number, to: number): void {
  for (let i = from; i < to; i += 1) {
    const byte = bytes[i]!;
    if (byte >= 0x41 && byte <= 0x5a) bytes[i] = byte | ASCII_CASE_BIT;
  }
}

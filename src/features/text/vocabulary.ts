import { createHash } from 'node:crypto';
import { PairstreamError } from '../../errors/pairstream-error.js';
import { shownField } from '../../errors/shown-field.js';
import { foreignFormatOf } from './vocabulary-format.js';

/** Pieces that stand for themselves, not for text. */
const CLS = '[CLS]';
const SEP = '[SEP]';
const PAD = '[PAD]';
const UNK = '[UNK]';
const MASK = '[MASK]';

/** Text of an unknown word in rebuilt text. */
const REPLACEMENT_CHARACTER = '\uFFFD';

/** Bits for the joints of a piece with its neighbours in rebuilt text. */
export const PIECE_JOINT = {
  /** A space precedes the piece, unless the piece before forbids it: the piece begins a word, but not with `_`. */
  spaceBefore: 1,
  /** No space follows the piece: it ends in `@`, `#` or `_`. */
  noSpaceAfter: 2,
  /** A tokenised address may begin in the piece: it is a prefix of "https", or contains a space. */
  mayStartLink: 4,
  silent: 8,
} as const;

/** Bytes after the last piece, so that eight bytes can be read from the start of every piece. */
export const PIECE_PADDING_BYTES = 8;

/** Kinds of pieces in rebuilt text. */
export const PIECE_KIND = { word: 0, continuation: 1, silent: 2 } as const;

/** Properties of a vocabulary that its file does not contain. */
export interface VocabularyOptions {
  /**
   * True for an uncased vocabulary: text is lower-cased and accents are stripped before it is cut into pieces, as BERT's
   * `do_lower_case` does. Default false.
   */
  readonly doLowerCase?: boolean;
}

/**
 * A wordpiece vocabulary in the form of BERT's `vocab.txt`: one piece a line, its id is its line number from 0, `##`
 * marks the continuation of a word. Text of all pieces lies in one byte array, so that rebuilding a tweet is copying.
 */
export class Vocabulary {
  /** UTF-8 text of all pieces one after another, `##` left away; [UNK] and [MASK] are U+FFFD; then the padding. */
  readonly bytes: Uint8Array;
  /** Text of piece i: bytes[offset[i] .. offset[i + 1]); size + 1 entries. */
  readonly offset: Uint32Array;
  /** PIECE_KIND of each piece; [CLS], [SEP] and [PAD] are silent. */
  readonly kind: Uint8Array;
  /** PIECE_JOINT bits of each piece. */
  readonly joint: Uint8Array;
  /** Number of pieces; valid ids are 0 .. size - 1. */
  readonly size: number;
  /** Hex SHA-256 of the file, by which snapshots know their vocabulary. */
  readonly sha256: string;
  /** See VocabularyOptions. */
  readonly doLowerCase: boolean;
  /** Number of pieces with a capital letter; pieces in brackets, as [CLS], do not count. */
  readonly capitalCount: number;
  /** Number of pieces with a small letter of a script that has capitals; pieces in brackets do not count. */
  readonly smallCount: number;
  private readonly ids: ReadonlyMap<string, number>;

  private constructor(
    pieces: readonly string[],
    ids: ReadonlyMap<string, number>,
    sha256: string,
    { doLowerCase = false }: VocabularyOptions,
  ) {
    const encoder = new TextEncoder();
    const texts = pieces.map((piece) => encoder.encode(textOf(piece)));
    this.size = pieces.length;
    this.sha256 = sha256;
    this.ids = ids;
    this.doLowerCase = doLowerCase;
    const words = pieces.filter((piece) => !/^\[.+\]$/.test(piece));
    this.capitalCount = words.filter((piece) => piece !== piece.toLowerCase()).length;
    this.smallCount = words.filter((piece) => piece !== piece.toUpperCase()).length;
    this.kind = Uint8Array.from(pieces, kindOf);
    this.joint = Uint8Array.from(pieces, jointOf);
    this.offset = new Uint32Array(pieces.length + 1);
    texts.forEach((text, id) => (this.offset[id + 1] = this.offset[id]! + text.length));
    this.bytes = new Uint8Array(this.offset[pieces.length]! + PIECE_PADDING_BYTES);
    texts.forEach((text, id) => this.bytes.set(text, this.offset[id]));
  }

  /**
   * Reads a whole `vocab.txt`. A final newline is optional; CRLF is accepted.
   * @throws PairstreamError INVALID_VOCABULARY when the file has another format, a special piece is missing, a line is empty
   *   or a piece occurs twice.
   */
  static parse(file: Uint8Array, options: VocabularyOptions = {}): Vocabulary {
    const foreign = foreignFormatOf(file);
    if (foreign !== undefined) throw invalid(foreign);
    const text = decode(file);
    const lines = text.split(/\r?\n/);
    if (lines.at(-1) === '') lines.pop();
    const ids = new Map<string, number>();
    lines.forEach((piece, id) => {
      if (piece === '') throw invalid(`line ${id + 1} is empty, expected a wordpiece`);
      const first = ids.get(piece);
      if (first !== undefined)
        throw invalid(`line ${id + 1} repeats the piece "${piece}" of line ${first + 1}`);
      ids.set(piece, id);
    });
    for (const special of [CLS, SEP, UNK]) {
      if (!ids.has(special))
        throw invalid(
          `the special piece ${special} is missing in ${lines.length} pieces${nearPiece(lines, special)}`,
        );
    }
    return new Vocabulary(lines, ids, createHash('sha256').update(file).digest('hex'), options);
  }

  /** Id of a piece as it is written in the file (`##` included), or undefined. */
  idOf(piece: string): number | undefined {
    return this.ids.get(piece);
  }
}

/** Names the line that contains a missing piece in lower case, or with blanks, a number or quotation marks beside it. */
function nearPiece(lines: readonly string[], piece: string): string {
  const id = lines.findIndex((line) => line.toUpperCase().includes(piece));
  if (id === -1) return '';
  return `; line ${id + 1} is ${shownField(lines[id]!)}, expected ${piece} alone`;
}

function decode(file: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(file);
  } catch (error) {
    throw new PairstreamError('INVALID_VOCABULARY', 'vocabulary: not UTF-8, expected one wordpiece a line', {
      cause: error,
    });
  }
}

function invalid(problem: string): PairstreamError {
  return new PairstreamError('INVALID_VOCABULARY', `vocabulary: ${problem}`, { field: 'vocabulary' });
}

function kindOf(piece: string): number {
  if (piece === CLS || piece === SEP || piece === PAD) return PIECE_KIND.silent;
  return isContinuation(piece) ? PIECE_KIND.continuation : PIECE_KIND.word;
}

function isContinuation(piece: string): boolean {
  return piece.length > 2 && piece.startsWith('##');
}

function jointOf(piece: string): number {
  const kind = kindOf(piece);
  if (kind === PIECE_KIND.silent) return PIECE_JOINT.silent;
  const text = textOf(piece);
  return (
    (kind === PIECE_KIND.word && !text.startsWith('_') ? PIECE_JOINT.spaceBefore : 0) |
    (/[@#_]$/.test(text) ? PIECE_JOINT.noSpaceAfter : 0) |
    ('https'.startsWith(text) || text.includes(' ') ? PIECE_JOINT.mayStartLink : 0)
  );
}

function textOf(piece: string): string {
  if (piece === UNK || piece === MASK) return REPLACEMENT_CHARACTER;
  return isContinuation(piece) ? piece.slice(2) : piece;
}

import { PairstreamError } from '../errors/pairstream-error.js';
import { hashBytes, hashKey1, type Hash64 } from './murmur3.js';

/** Bytes of an identity on the wire; the challenge files write them as twice as many hexadecimal digits. */
export const ID_BYTES = 16;

const idScratch = new Uint8Array(ID_BYTES);
const textEncoder = new TextEncoder();

function hexDigit(charCode: number): number {
  if (charCode >= 48 && charCode <= 57) return charCode - 48;
  const letter = charCode | 32;
  return letter >= 97 && letter <= 102 ? letter - 87 : -1;
}

/**
 * Writes the 16 bytes of an identity of 32 hexadecimal digits (either case) to out[at ..].
 * @throws PairstreamError INVALID_REQUEST when `hex` is anything else
 */
export function writeIdBytes(hex: string, out: Uint8Array, at: number): void {
  let bad = hex.length !== 2 * ID_BYTES;
  for (let i = 0; i < ID_BYTES && !bad; i += 1) {
    const high = hexDigit(hex.charCodeAt(2 * i));
    const low = hexDigit(hex.charCodeAt(2 * i + 1));
    bad = high < 0 || low < 0;
    out[at + i] = (high << 4) | low;
  }
  if (bad) {
    throw new PairstreamError(
      'INVALID_REQUEST',
      `id is ${JSON.stringify(hex)}, expected 32 hexadecimal digits`,
      {
        field: 'id',
      },
    );
  }
}

/** The identity hash of the 16 bytes at bytes[from ..]: the first 64 bits of their MurmurHash3_x86_128. */
export function hashIdBytes(bytes: Uint8Array, from: number, out: Hash64): void {
  hashBytes(bytes, from, from + ID_BYTES, out);
}

/**
 * The identity hash of an id written as 32 hexadecimal digits.
 * @throws PairstreamError INVALID_REQUEST when it is anything else
 */
export function hashIdHex(hex: string, out: Hash64): void {
  writeIdBytes(hex, idScratch, 0);
  hashIdBytes(idScratch, 0, out);
}

/** Longest identity that is text, bytes of UTF-8. */
export const LONGEST_ID_BYTES = 256;

/**
 * The identity hash of text, bytes[from .. to): 32 hexadecimal digits are the 16 bytes they spell; any other text is
 * hashed as its UTF-8 bytes.
 * @returns false, with nothing hashed, for no text and for more than LONGEST_ID_BYTES
 */
export function hashIdText(bytes: Uint8Array, from: number, to: number, out: Hash64): boolean {
  const byteLength = to - from;
  if (byteLength === 0 || byteLength > LONGEST_ID_BYTES) return false;
  if (byteLength === 2 * ID_BYTES && spellsId(bytes, from)) hashIdBytes(idScratch, 0, out);
  else hashBytes(bytes, from, to, out);
  return true;
}

/** The identity hash of an unsigned 64-bit number: that of its 8 little-endian bytes. */
export function hashIdNumber(lo: number, hi: number, out: Hash64): void {
  hashKey1(lo, hi, out);
}

/** Writes what hexadecimal digits spell to idScratch. @returns whether they are all digits */
function spellsId(bytes: Uint8Array, from: number): boolean {
  for (let i = 0; i < ID_BYTES; i += 1) {
    const high = hexDigit(bytes[from + 2 * i]!);
    const low = hexDigit(bytes[from + 2 * i + 1]!);
    if (high < 0 || low < 0) return false;
    idScratch[i] = (high << 4) | low;
  }
  return true;
}

/** The hash of a language tag's UTF-8 bytes, bytes[from .. to). */
export function hashTagBytes(bytes: Uint8Array, from: number, to: number, out: Hash64): void {
  hashBytes(bytes, from, to, out);
}

let tagScratch = new Uint8Array(256);

/** The hash of a language tag: that of its UTF-8 bytes. */
export function hashTag(tag: string, out: Hash64): void {
  // One UTF-16 unit is at most three bytes of UTF-8.
  if (tagScratch.length < 3 * tag.length) tagScratch = new Uint8Array(3 * tag.length);
  const { written } = textEncoder.encodeInto(tag, tagScratch);
  hashTagBytes(tagScratch, 0, written, out);
}

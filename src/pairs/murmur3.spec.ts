import { describe, expect, it } from 'vitest';
import { type Hash64, hashBytes, hashComponents, hashKey1, hashKey3, hashWords128 } from './murmur3.js';

const counting = (length: number): Uint8Array => Uint8Array.from({ length }, (_, i) => i);
const hex = (h: Hash64): string =>
  (h.hi >>> 0).toString(16).padStart(8, '0') + (h.lo >>> 0).toString(16).padStart(8, '0');

describe('MurmurHash3_x86_128, first 64 bits', () => {
  // Expected: mmh3.hash128(data, 0, x64arch=False) & (2**64 - 1), by the mmh3 package of PyPI.
  it.each([
    ['empty', new Uint8Array(0), '0000000000000000'],
    ['one byte', Uint8Array.of(97), '5556b01ba794933c'],
    ['hello', new TextEncoder().encode('hello'), 'db91def72b2444a0'],
    ['8 bytes', counting(8), 'b18cd5bc91f4928a'],
    ['one block', counting(16), '559180ee6c25c825'],
    ['a block and a half', counting(24), '115aea42a5ab3bfe'],
    ['39 bytes', counting(39), 'd20a67f4510ad216'],
  ])('equals the reference on %s', (_name, bytes, expected) => {
    const out = { lo: 0, hi: 0 };
    hashBytes(bytes, 0, bytes.length, out);
    expect(hex(out)).toBe(expected);
  });

  it('hashes composite keys as their little-endian bytes', () => {
    const bytes = counting(24);
    const view = new DataView(bytes.buffer);
    const w = (i: number): number => view.getInt32(i * 4, true);
    const out = { lo: 0, hi: 0 };
    hashKey1(w(0), w(1), out);
    expect(hex(out)).toBe('b18cd5bc91f4928a');
    hashKey3(w(0), w(1), w(2), w(3), w(4), w(5), out);
    expect(hex(out)).toBe('115aea42a5ab3bfe');
  });

  it('hashes components from wherever they lie', () => {
    // The 24 bytes of the last case above, in three places of eleven words.
    const words = new Int32Array(counting(24).buffer);
    const lanes = Int32Array.of(
      9,
      words[2]!,
      words[3]!,
      9,
      9,
      words[0]!,
      words[1]!,
      9,
      words[4]!,
      words[5]!,
      9,
    );
    const out = { lo: 0, hi: 0 };
    hashComponents(lanes, Uint8Array.of(5), out);
    expect(hex(out)).toBe('b18cd5bc91f4928a');
    hashComponents(lanes, Uint8Array.of(5, 1), out);
    expect(hex(out)).toBe('559180ee6c25c825');
    hashComponents(lanes, Uint8Array.of(5, 1, 8), out);
    expect(hex(out)).toBe('115aea42a5ab3bfe');
  });

  it('hashes a range inside a larger array', () => {
    const out = { lo: 0, hi: 0 };
    hashBytes(Uint8Array.of(9, 9, 97, 9), 2, 3, out);
    expect(hex(out)).toBe('5556b01ba794933c');
  });

  it('keeps all 128 bits of rows of words', () => {
    const hash = (words: Int32Array, from: number, to: number, out = new Int32Array(6)): string => {
      hashWords128(words, from, to, out, 1);
      expect([out[0], out[5]]).toEqual([0, 0]);
      return [4, 3, 2, 1].map((lane) => (out[lane]! >>> 0).toString(16).padStart(8, '0')).join('');
    };
    const words = new Int32Array(counting(40).buffer);
    // Expected: mmh3.hash128(data, 0, x64arch=False).
    expect(hash(words, 0, 4)).toBe('89a55befea538074559180ee6c25c825');
    expect(hash(words, 0, 6)).toBe('278446c7239f0dd0115aea42a5ab3bfe');
    expect(hash(words, 0, 10)).toBe('a9090dcf0ab15cda33d9e6e371dd6ea9');
    const state = new Int32Array(6);
    const first = hash(words, 0, 3, state);
    expect(hash(words, 3, 10, state)).not.toBe(hash(words, 3, 10));
    expect(first).not.toBe(hash(words, 0, 4));
  });
});

import { describe, expect, it } from 'vitest';
import { hashIdBytes, hashIdHex, hashTag, writeIdBytes } from './id-hash.js';

function hex({ lo, hi }: { lo: number; hi: number }): string {
  return [hi, lo].map((lane) => (lane >>> 0).toString(16).padStart(8, '0')).join('');
}

describe('identity hashes', () => {
  it('are the first 64 bits of MurmurHash3_x86_128 of the 16 bytes', () => {
    // Expected: mmh3.hash128(bytes(range(16)), 0, x64arch=False) & (2**64 - 1), by the mmh3 package of PyPI.
    const out = { lo: 0, hi: 0 };
    hashIdHex('000102030405060708090a0b0c0d0e0f', out);
    expect(hex(out)).toBe('559180ee6c25c825');
  });

  it('writes the bytes that the digits stand for', () => {
    const out = new Uint8Array(18);
    writeIdBytes('00ff10AbcDEF0123456789abcdefFFFe', out, 1);
    expect(Buffer.from(out).toString('hex')).toBe('0000ff10abcdef0123456789abcdeffffe00');
  });

  it.each([
    '',
    'F'.repeat(31),
    'F'.repeat(33),
    `${'F'.repeat(31)}G`,
    `${'F'.repeat(31)}\``,
    `@${'F'.repeat(31)}`,
    `${'0'.repeat(31)}/`,
    `:${'0'.repeat(31)}`,
    `${'F'.repeat(31)} `,
    // Characters whose low byte is a digit's or a letter's.
    `${'F'.repeat(31)}\u0130`,
    `${'F'.repeat(31)}\u0141`,
    `${'F'.repeat(30)}\u{1f600}`,
  ])('refuse "%s"', (text) => {
    expect(() => hashIdHex(text, { lo: 0, hi: 0 })).toThrow(
      expect.objectContaining({
        code: 'INVALID_REQUEST',
        message: expect.stringContaining('32 hexadecimal digits'),
      }),
    );
  });

  it('of bytes look at those 16 only', () => {
    const [alone, inside] = [0, 1].map(() => ({ lo: 0, hi: 0 }));
    const bytes = Uint8Array.from({ length: 16 }, (_, i) => i * 3);
    hashIdBytes(bytes, 0, alone!);
    hashIdBytes(Uint8Array.of(7, 7, ...bytes, 7), 2, inside!);
    expect(inside).toEqual(alone);
  });

  it('of a long tag, of any script, do not depend on the tags before', () => {
    const [first, again] = [0, 1].map(() => ({ lo: 0, hi: 0 }));
    const tag = '\u5b57\u{1f600}'.repeat(500);
    hashTag(tag, first!);
    hashTag('en', { lo: 0, hi: 0 });
    hashTag(tag, again!);
    expect(again).toEqual(first);
    hashTag(tag.slice(2), again!);
    expect(again).not.toEqual(first);
  });
});

import { describe, expect, it } from 'vitest';
import { lowerCaseInto } from './lower-case.js';

function lower(text: string): string {
  const bytes = new TextEncoder().encode(text);
  lowerCaseInto(bytes, bytes.length);
  return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
}

/** All characters of a range, without the surrogates. */
function range(from: number, to: number): string[] {
  return Array.from({ length: to - from }, (_, i) => from + i)
    .filter((codePoint) => codePoint < 0xd800 || codePoint > 0xdfff)
    .map((codePoint) => String.fromCodePoint(codePoint));
}

describe('lowerCaseInto', () => {
  it('is the lower case of the language, as long as it is one character of as many bytes', () => {
    for (const character of range(0, 0x800)) {
      const expected = character.toLowerCase();
      const isSameSize =
        expected.length === 1 && Buffer.byteLength(expected) === Buffer.byteLength(character);
      expect(lower(character), `of ${JSON.stringify(character)}`).toBe(isSameSize ? expected : character);
    }
  });

  it('leaves characters from U+0800 on alone, next to letters', () => {
    const text = [...range(0x800, 0x3000), '\u1e9e', '\ua640', '\uff21', '\u{10400}', '\u{1f600}'].join('');
    expect(lower(text)).toBe(text);
    expect(lower('A\u1e9eB\u{1f600}C\u{10400}\u00c9')).toBe('a\u1e9eb\u{1f600}c\u{10400}\u00e9');
  });

  it('touches the given bytes only', () => {
    const bytes = new TextEncoder().encode('ABCD');
    lowerCaseInto(bytes, 2);
    expect(new TextDecoder().decode(bytes)).toBe('abCD');
  });

  it('reads nothing past a character that is cut off', () => {
    const bytes = Uint8Array.of(0x41, 0xc3, 0x89);
    lowerCaseInto(bytes, 2);
    expect([...bytes]).toEqual([0x61, 0xc3, 0x89]);
  });
});

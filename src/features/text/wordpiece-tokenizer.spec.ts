import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { classOf, CHARACTER } from './character-class.js';
import { Vocabulary } from './vocabulary.js';
import { KEPT_TOKEN_COUNT, WordpieceTokenizer } from './wordpiece-tokenizer.js';

const PIECES = '[PAD] [UNK] [CLS] [SEP] [MASK] a ab ##b ##bc ##c é ##é 日 本 [ ] ! ## ß 😀 CLS'.split(' ');

function makeTokenizer(pieces: readonly string[] = PIECES): WordpieceTokenizer {
  return new WordpieceTokenizer(Vocabulary.parse(new TextEncoder().encode(pieces.join('\n'))));
}

function encode(tokenizer: WordpieceTokenizer, text: string | Uint8Array): Uint32Array {
  const bytes = typeof text === 'string' ? new TextEncoder().encode(text) : text;
  // Bytes around the text must not matter.
  const padded = Buffer.concat([Buffer.from('aé'), bytes, Buffer.from('bc')]);
  const count = tokenizer.encode(padded, 3, 3 + bytes.length);
  return tokenizer.tokens.slice(0, count);
}

function piecesOf(text: string | Uint8Array): string {
  const ids = [...encode(makeTokenizer(), text)];
  expect([ids.at(0), ids.at(-1)]).toEqual([2, 3]);
  return ids
    .slice(1, -1)
    .map((id) => PIECES[id])
    .join(' ');
}

describe('WordpieceTokenizer', () => {
  it.each([
    ['', ''],
    [' \t\u3000 ', ''],
    ['a ab abc abbc abb', 'a ab ab ##c ab ##bc ab ##b'],
    ['abd b', '[UNK] [UNK]'],
    ['éé e\u0301', 'é ##é [UNK]'],
    ['a日本a', 'a 日 本 a'],
    ['a!!b', 'a ! ! [UNK]'],
    ['a\u200db a\u0000b', 'ab ab'],
    ['ab[CLS]c[SEP][MASK]', 'ab [CLS] [UNK] [SEP] [MASK]'],
    ['[cls] [C\u200dLS] [[CLS]] [', '[ [UNK] ] [ CLS ] [ [CLS] ] ['],
    ['😀😀', '[UNK]'],
    ['😀', '😀'],
  ])('makes of %j: %s', (text, pieces) => {
    expect(piecesOf(text)).toBe(pieces);
  });

  it.each([99, 100, 101])('counts the %s characters of a word, not its bytes', (length) => {
    for (const rest of ['bc', 'é']) {
      const word = `a${rest.repeat(length).slice(0, length - 1)}`;
      expect(piecesOf(`${word}\u200d`).replaceAll(' ##', '')).toBe(length > 100 ? '[UNK]' : word);
    }
  });
});

describe('WordpieceTokenizer on bytes that are not text', () => {
  it('removes what is not UTF-8, as if each error were U+FFFD', () => {
    const tokenizer = makeTokenizer();
    const broken = fc.array(
      fc.oneof(fc.uint8Array({ maxLength: 5 }), fc.constantFrom(...'a b é 日 😀 [CLS]'.split(' ')).map(utf8)),
    );
    fc.assert(
      fc.property(broken, (parts) => {
        const bytes = Buffer.concat(parts);
        const repaired = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
        expect(encode(tokenizer, bytes)).toEqual(encode(tokenizer, repaired));
      }),
      { numRuns: 3_000 },
    );
  });

  it.each([
    ['overlong, two bytes', 'c1a1'],
    ['overlong, three bytes', 'e09fbf'],
    ['overlong, four bytes', 'f08fbfbf'],
    ['a surrogate', 'eda080'],
    ['beyond U+10FFFF', 'f4908080'],
    ['no lead byte', '80bf'],
    ['bytes that never occur', 'f5fe'],
    ['cut off after two of three', 'e697'],
    ['cut off after three of four', 'f09f98'],
  ])('removes what is %s', (_name, hex) => {
    const bad = Buffer.from(hex, 'hex');
    expect(piecesOf(Buffer.concat([utf8('a'), bad, utf8('b')]))).toBe('ab');
    expect(piecesOf(Buffer.concat([utf8('a'), bad]))).toBe('a');
  });

  it('has room for as many ids as bytes', () => {
    for (let length = 1_015; length < 1_035; length += 1)
      expect(encode(makeTokenizer(), '!'.repeat(length))).toHaveLength(length + 2);
  });

  it('keeps room for KEPT_TOKEN_COUNT ids only', () => {
    const tokenizer = makeTokenizer();
    expect(encode(tokenizer, '!'.repeat(100_000))).toHaveLength(100_002);
    expect(tokenizer.tokens.length).toBeGreaterThanOrEqual(100_002);
    expect([...encode(tokenizer, 'a')]).toEqual([2, 5, 3]);
    expect(tokenizer.tokens).toHaveLength(KEPT_TOKEN_COUNT);
  });

  it('takes 100 KB without a space as one unknown word', () => {
    const tokenizer = makeTokenizer();
    for (const character of ['a', 'é', '\u{10400}'])
      expect([...encode(tokenizer, character.repeat(100_000 / character.length))]).toEqual([2, 1, 3]);
  });
});

describe('classOf', () => {
  it('knows the ends of Unicode', () => {
    expect(classOf(0)).toBe(CHARACTER.removed);
    expect(classOf(0x10ffff)).toBe(CHARACTER.letter);
    expect(classOf(0x10fffd)).toBe(CHARACTER.removed);
    expect(classOf(0xfffd)).toBe(CHARACTER.removed);
  });
});

function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

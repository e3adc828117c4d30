import { describe, expect, it } from 'vitest';
import { PIECE_KIND, Vocabulary } from './vocabulary.js';

const SPECIAL = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]'];

function parse(text: string): Vocabulary {
  return Vocabulary.parse(new TextEncoder().encode(text));
}

describe('Vocabulary', () => {
  it('gives each line its number, and knows continuations and silent pieces', () => {
    const vocabulary = parse([...SPECIAL, 'word', '##ing', '##', '\u00e9'].join('\n'));
    expect(vocabulary.size).toBe(9);
    expect(['word', '##ing', 'ing'].map((piece) => vocabulary.idOf(piece))).toEqual([5, 6, undefined]);
    const { word, continuation, silent } = PIECE_KIND;
    expect([...vocabulary.kind]).toEqual([
      silent,
      word,
      silent,
      silent,
      word,
      word,
      continuation,
      word,
      word,
    ]);
    const textOf = (id: number): string =>
      new TextDecoder().decode(vocabulary.bytes.subarray(vocabulary.offset[id], vocabulary.offset[id + 1]));
    expect([1, 6, 7, 8].map(textOf)).toEqual(['\uFFFD', 'ing', '##', '\u00e9']);
  });

  it('reads the same pieces with or without a last newline, with LF or CRLF', () => {
    const pieces = [...SPECIAL, 'a'];
    for (const text of [pieces.join('\n'), `${pieces.join('\n')}\n`, pieces.join('\r\n')])
      expect(parse(text).size).toBe(6);
  });

  it.each([
    ['no [CLS]', '[SEP]\n[UNK]\n', 'the special piece [CLS] is missing in 2 pieces'],
    ['an empty line', '[CLS]\n\n[SEP]\n', 'line 2 is empty, expected a wordpiece'],
    ['a piece twice', '[CLS]\na\na\n', 'line 3 repeats the piece "a" of line 2'],
    ['nothing', '', 'the special piece [CLS] is missing in 0 pieces'],
  ])('refuses %s', (_name, text, message) => {
    expect(() => parse(text)).toThrow(message);
  });

  it('refuses what is not UTF-8', () => {
    expect(() => Vocabulary.parse(Uint8Array.of(0xff, 0xfe))).toThrow('not UTF-8');
  });
});

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
    ['no [SEP]', '[CLS]\n[UNK]\na\n', 'the special piece [SEP] is missing in 3 pieces'],
    ['no [UNK]', '[CLS]\n[SEP]\n', 'the special piece [UNK] is missing in 2 pieces'],
    [
      'special pieces in another case',
      '[cls]\n[sep]\n[unk]\n',
      'the special piece [CLS] is missing in 3 pieces; line 1 is "[cls]", expected [CLS] alone',
    ],
    ['blanks at the ends of lines', 'a \n[CLS] \n[SEP] \n', 'line 2 is "[CLS] ", expected [CLS] alone'],
    ['ids beside the pieces', 'a\t0\n[CLS]\t1\n', String.raw`line 2 is "[CLS]\t1", expected [CLS] alone`],
    [
      'an invisible character after a piece',
      'a\n[CLS]\u200b\n',
      String.raw`line 2 is "[CLS]\u200b", expected [CLS] alone`,
    ],
    ['ids before the pieces', '0 a\n1 [CLS]\n', 'line 2 is "1 [CLS]", expected [CLS] alone'],
    ['pieces in quotation marks', '"a"\n"[CLS]"\n', String.raw`line 2 is "\"[CLS]\"", expected [CLS] alone`],
    [
      'lines that end with CR alone',
      `[PAD]\r[CLS]\r${'a\r'.repeat(50)}`,
      String.raw`missing in 1 pieces; line 1 is "[PAD]\r[CLS]\ra\ra`,
    ],
    ['a SentencePiece vocabulary', '<unk>\n<s>\n</s>\n', 'the special piece [CLS] is missing in 3 pieces'],
    ['two last newlines', '[CLS]\n[SEP]\n[UNK]\n\n', 'line 4 is empty, expected a wordpiece'],
    ['an empty line of CRLF', '[CLS]\r\n\r\n[SEP]', 'line 2 is empty'],
    ['an empty line', '[CLS]\n\n[SEP]\n', 'line 2 is empty, expected a wordpiece'],
    ['a piece twice', '[CLS]\na\na\n', 'line 3 repeats the piece "a" of line 2'],
    ['nothing', '', 'the special piece [CLS] is missing in 0 pieces'],
  ])('refuses %s', (_name, text, message) => {
    expect(() => parse(text)).toThrow(
      expect.objectContaining({ code: 'INVALID_VOCABULARY', message: expect.stringContaining(message) }),
    );
  });

  it('refuses what is not UTF-8', () => {
    const cutOff = Buffer.concat([Buffer.from('[CLS]\n[SEP]\n[UNK]\n'), Buffer.of(0xe5, 0xad)]);
    for (const bytes of [Uint8Array.of(0xff, 0xfe), cutOff]) {
      expect(() => Vocabulary.parse(bytes)).toThrow(
        expect.objectContaining({
          code: 'INVALID_VOCABULARY',
          message: expect.stringContaining('not UTF-8'),
        }),
      );
    }
  });

  it('is known by the hash of its file', () => {
    const [first, same, other] = ['a', 'a', 'b'].map((piece) => parse([...SPECIAL, piece].join('\n')));
    expect(first!.sha256).toMatch(/^[0-9a-f]{64}$/);
    expect(same!.sha256).toBe(first!.sha256);
    expect(other!.sha256).not.toBe(first!.sha256);
  });
});

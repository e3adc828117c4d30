import { describe, expect, it } from 'vitest';
import { CHARACTER, classOf } from '../../src/features/text/character-class.js';
import { Vocabulary } from '../../src/features/text/vocabulary.js';
import { MAX_WORD_CHARACTERS, WordpieceTokenizer } from '../../src/features/text/wordpiece-tokenizer.js';
import { Random } from '../../src/offline/world/random.js';
import { LARGE_PIECE_COUNT, makeLargeVocabularyFile, makeWord } from './large-vocabulary.js';

const TEXT_COUNT = 3_000;
const vocabulary = Vocabulary.parse(makeLargeVocabularyFile());

/** Some words, parts of words run together, and single characters. */
function makeText(random: Random): string {
  const words = Array.from({ length: 1 + random.below(8) }, () => {
    const end = ['', '.', '中', '!?', makeWord(random)][random.below(5)]!;
    return makeWord(random).slice(random.below(2)) + makeWord(random) + end;
  });
  return words.join([' ', '\u3000', '\n', '-'][random.below(4)]).toWellFormed();
}

/** The same by strings: the longest piece that the vocabulary knows, again and again. */
function encodeSlowly(text: string): number[] {
  let marked = '';
  for (const character of text) {
    const kind = classOf(character.codePointAt(0)!);
    if (kind === CHARACTER.letter) marked += character;
    else if (kind === CHARACTER.space) marked += ' ';
    else if (kind === CHARACTER.alone) marked += ` ${character} `;
  }
  return [101, ...marked.split(' ').flatMap((word) => (word === '' ? [] : piecesOf(Array.from(word)))), 102];
}

function piecesOf(word: readonly string[]): number[] {
  const ids: number[] = [];
  for (let start = 0; start < word.length;) {
    let end = word.length;
    const idTo = (to: number): number | undefined =>
      vocabulary.idOf((start === 0 ? '' : '##') + word.slice(start, to).join(''));
    while (end > start && idTo(end) === undefined) end -= 1;
    if (end === start || word.length > MAX_WORD_CHARACTERS) return [100];
    ids.push(idTo(end)!);
    start = end;
  }
  return ids;
}

describe('a vocabulary as large as that of multilingual BERT', () => {
  it('is read in the layout of the real file', () => {
    expect(vocabulary.size).toBe(LARGE_PIECE_COUNT);
    const ids = ['[PAD]', '[unused1]', '[unused99]', '[UNK]', '[CLS]', '[SEP]', '[MASK]', '!'].map((piece) =>
      vocabulary.idOf(piece),
    );
    expect(ids).toEqual([0, 1, 99, 100, 101, 102, 103, 104]);
  });

  it('gives every text the ids of the slow way', () => {
    const tokenizer = new WordpieceTokenizer(vocabulary);
    const random = new Random(7);
    let unknownCount = 0;
    let tokenCount = 0;
    for (let i = 0; i < TEXT_COUNT; i += 1) {
      const text = makeText(random);
      const bytes = Buffer.from(text);
      const count = tokenizer.encode(bytes, 0, bytes.length);
      const ids = [...tokenizer.tokens.subarray(0, count)];
      expect({ text, ids }).toEqual({ text, ids: encodeSlowly(text) });
      tokenCount += count;
      unknownCount += ids.filter((id) => id === 100).length;
    }
    expect(unknownCount / tokenCount).toBeLessThan(0.2);
  });

  it('gives every piece that text can be, alone, its own id', () => {
    const tokenizer = new WordpieceTokenizer(vocabulary);
    const wrong: string[] = [];
    for (let id = 104; id < vocabulary.size; id += 1) {
      if (vocabulary.kind[id] !== 0) continue;
      const bytes = vocabulary.bytes.subarray(vocabulary.offset[id], vocabulary.offset[id + 1]);
      const count = tokenizer.encode(bytes, 0, bytes.length);
      if (count !== 3 || tokenizer.tokens[1] !== id) wrong.push(Buffer.from(bytes).toString());
    }
    expect(wrong).toEqual([]);
  });
});

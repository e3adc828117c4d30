import { CHARACTER, classOf } from '../../src/features/text/character-class.js';
import { Random } from '../../src/offline/world/random.js';

/** Pieces of multilingual cased BERT. */
export const LARGE_PIECE_COUNT = 119_547;

/** First and last code point of scripts whose characters are pieces by themselves and as continuations. */
const SCRIPTS: readonly (readonly [number, number])[] = [
  [0x21, 0x24f],
  [0x370, 0x58f],
  [0x5d0, 0x6ff],
  [0x900, 0xdff],
  [0xe01, 0xe5b],
  [0x10d0, 0x11ff],
  [0x3041, 0x30ff],
  [0x4e00, 0x9fa5],
  [0xac00, 0xb2ff],
  [0x1f300, 0x1f64f],
];
const WORD_LENGTH = { least: 2, below: 9 };

/** A vocab.txt in the layout of the real one: special pieces where it has them, characters, words, continuations. */
export function makeLargeVocabularyFile(): Buffer {
  const random = new Random(119);
  const unused = Array.from({ length: 99 }, (_, i) => `[unused${i + 1}]`);
  const pieces = new Set(['[PAD]', ...unused, '[UNK]', '[CLS]', '[SEP]', '[MASK]']);
  for (const [first, last] of SCRIPTS) {
    for (let codePoint = first; codePoint <= last; codePoint += 1) {
      const kind = classOf(codePoint);
      const character = String.fromCodePoint(codePoint);
      if (kind === CHARACTER.letter || kind === CHARACTER.alone) pieces.add(character);
      if (kind === CHARACTER.letter) pieces.add(`##${character}`);
    }
  }
  while (pieces.size < LARGE_PIECE_COUNT) {
    const mark = random.below(3) === 0 ? '##' : '';
    pieces.add(mark + makeWord(random));
  }
  return Buffer.from(`${[...pieces].join('\n')}\n`);
}

/** Letters of one script, the first of it more often, so that words share beginnings. */
export function makeWord(random: Random): string {
  const letters = SCRIPTS[random.below(SCRIPTS.length)]!;
  const length = WORD_LENGTH.least + random.below(WORD_LENGTH.below - WORD_LENGTH.least);
  let word = '';
  while (Array.from(word).length < length) {
    const codePoint = letters[0] + random.below(1 + random.below(letters[1] - letters[0]));
    if (classOf(codePoint) === CHARACTER.letter) word += String.fromCodePoint(codePoint);
    // A script of which no character is a letter (Chinese) gives words of Latin letters.
    else if (random.below(9) === 0) word += String.fromCodePoint(0x61 + random.below(26));
  }
  return word;
}

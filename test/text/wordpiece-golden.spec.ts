import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { buildBertFold } from '../../src/features/text/bert-fold.js';
import { CLASS_RUNS, classOf } from '../../src/features/text/character-class.js';
import { Vocabulary } from '../../src/features/text/vocabulary.js';
import { WordpieceTokenizer } from '../../src/features/text/wordpiece-tokenizer.js';
import { readGoldenTexts } from './golden-texts.js';

const golden = readGoldenTexts();
const shipped = Vocabulary.parse(
  readFileSync(join(import.meta.dirname, '../../pipelines/recsys2021/vocab.txt')),
);
const second = Vocabulary.parse(Buffer.from(golden.vocabulary.join('\n')));
const uncased = Vocabulary.parse(Buffer.from(golden.uncased.join('\n')), { doLowerCase: true });

/** Texts whose ids differ from the golden ones. */
function differing(vocabulary: Vocabulary, name: 'shipped' | 'second' | 'uncased'): unknown[] {
  const tokenizer = new WordpieceTokenizer(vocabulary);
  return golden.rows.flatMap((row) => {
    const bytes = Buffer.from(row.text);
    const count = tokenizer.encode(bytes, 0, bytes.length);
    const ids = [...tokenizer.tokens.subarray(0, count)];
    return ids.join(' ') === row[name].join(' ') ? [] : [{ text: row.text, ids, expected: row[name] }];
  });
}

describe('texts as the tokenizers package encodes them', () => {
  it('are at least five thousand, and of the second vocabulary most pieces occur', () => {
    expect(golden.rows.length).toBeGreaterThanOrEqual(5_000);
    const used = new Set(golden.rows.flatMap((row) => row.second));
    expect(used.size / golden.vocabulary.length).toBeGreaterThan(0.7);
  });

  it('get the same ids under the shipped vocabulary', () => {
    expect(differing(shipped, 'shipped')).toEqual([]);
  });

  it('get the same ids under a vocabulary of many scripts', () => {
    expect(differing(second, 'second')).toEqual([]);
  });

  it('get the same ids under an uncased vocabulary with do_lower_case', () => {
    expect(differing(uncased, 'uncased')).toEqual([]);
    const used = new Set(golden.rows.flatMap((row) => row.uncased));
    expect(used.size / golden.uncased.length).toBeGreaterThan(0.4);
  });
});

describe('lower case and accents as the tokenizers package folds them', () => {
  it('are the same for every code point', () => {
    const fold = buildBertFold();
    const texts = [...fold].map(([codePoint, folded]): [string, string] => [
      String.fromCodePoint(codePoint),
      String.fromCodePoint(...folded.map((part) => part.codePoint)),
    ]);
    expect(Object.fromEntries(texts)).toEqual(golden.folds);
  });
});

describe('classes of characters as the tokenizers package has them', () => {
  it('are the same for every code point', () => {
    expect(CLASS_RUNS).toBe(golden.classRuns);
    const runs: string[] = [];
    for (let codePoint = 0; codePoint <= 0x10ffff; codePoint += 1) {
      const letter = 'lrsp'[classOf(codePoint)]!;
      if (runs.at(-1)?.slice(-1) !== letter) runs.push(codePoint.toString(16) + letter);
    }
    expect(runs.join(' ')).toBe(golden.classRuns);
  });
});

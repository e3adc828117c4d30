import { describe, expect, it } from 'vitest';
import { PairstreamError } from '../../errors/pairstream-error.js';
import { Vocabulary } from './vocabulary.js';
import { vocabularyWarnings } from './vocabulary-warnings.js';

const SPECIAL = ['[PAD]', '[unused1]', '[UNK]', '[CLS]', '[SEP]', '[MASK]'];
const UNCASED = [...SPECIAL, 'the', '##ing', 'straße', 'привет', '日', '!'];
const CASED = [...UNCASED, 'The', 'Ä', 'Привет'];

function warningsOf(pieces: readonly string[], doLowerCase: boolean): string {
  return vocabularyWarnings(Vocabulary.parse(Buffer.from(pieces.join('\n')), { doLowerCase })).join('; ');
}

describe('vocabularyWarnings', () => {
  it.each([
    ['cased', CASED, false, /^$/],
    ['uncased with do_lower_case', UNCASED, true, /^$/],
    ['uncased', UNCASED, false, /^0 of 12 pieces have a capital .* set do_lower_case: true in the pipeline/],
    ['cased with do_lower_case', CASED, true, /^3 of 15 pieces have a capital .* remove do_lower_case$/],
    ['of a script without capitals', [...SPECIAL, '日', '本', 'ก', '##م'], false, /^$/],
    ['without [PAD]', CASED.filter((piece) => piece !== '[PAD]'), false, /^no piece \[PAD\] in 14 pieces/],
    ['sorted', CASED.toSorted(), false, /^\[PAD\] has id \d+, expected 0/],
  ])('looks at a vocabulary that is %s', (_name, pieces, doLowerCase, expected) => {
    expect(warningsOf(pieces, doLowerCase)).toMatch(expected);
  });
});

describe('Vocabulary.parse on files of other kinds', () => {
  const sentencePieceModel = Buffer.from('\n\x0e\n\x05<unk>\x15\0\0\0\0\x18\x02', 'latin1');
  it.each([
    ['tokenizer.json', '{\n  "version": "1.0",\n  "model": {"type": "WordPiece"}}', 'JSON (a tokenizer.json'],
    ['vocab.json of a byte-level tokeniser', '{"<s>":0,"!":1}', 'JSON (a tokenizer.json or vocab.json?)'],
    ['a SentencePiece model', sentencePieceModel, 'a SentencePiece model'],
    ['a SentencePiece vocabulary', '<unk>\t0\n<s>\t0\n\u2581the\t-3.2\n', 'a SentencePiece model'],
    ['a compressed file', Buffer.of(0x1f, 0x8b, 8, 0), 'compressed with gzip'],
    ['UTF-16', Buffer.from('\uFEFF[PAD]\n[UNK]', 'utf16le'), 'not UTF-8 but UTF-16'],
    ['a Git LFS pointer', 'version https://git-lfs.github.com/spec/v1\noid sha256:0\n', 'a Git LFS pointer'],
    ['a web page', '<!DOCTYPE html>\n<html></html>\n', 'an HTML page'],
  ])('names %s', (_name, content, problem) => {
    const parse = (): unknown => Vocabulary.parse(Buffer.from(content));
    expect(parse).toThrow(PairstreamError);
    expect(parse).toThrow(problem);
    expect(parse).toThrow(/expected BERT's vocab\.txt, one wordpiece a line: /);
  });

  it('accepts a byte order mark before the first piece', () => {
    expect(Vocabulary.parse(Buffer.from(`\uFEFF${CASED.join('\n')}`)).idOf('[PAD]')).toBe(0);
  });
});

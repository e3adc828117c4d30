import { describe, expect, it } from 'vitest';
import { TweetText } from './tweet-text.js';
import { Vocabulary } from './vocabulary.js';

const WORDS = 'RT @ # _ : . / ? ! \u00b6 https t co Path a b RETWEET ##ed AB hello World \u00c4rger'.split(
  ' ',
);
const vocabulary = Vocabulary.parse(
  new TextEncoder().encode(['[CLS]', '[SEP]', '[UNK]', ...new Set(WORDS)].join('\n')),
);

function analyse(text: string, isRetweet = false): TweetText {
  const tokens = Uint32Array.from(['[CLS]', ...text.split(' ').filter(Boolean), '[SEP]'], (piece) => {
    const id = vocabulary.idOf(piece);
    if (id === undefined) throw new Error(`no piece ${piece}`);
    return id;
  });
  const analysed = new TweetText(vocabulary);
  analysed.analyse(tokens, 0, tokens.length, isRetweet);
  return analysed;
}

describe('TweetText', () => {
  it('counts nothing in no text', () => {
    expect(analyse('')).toMatchObject({ wordCount: 0, characterCount: 0, lastQuest: 0, atCount: 0 });
  });

  it('glues mentions and hashtags, and what an underscore parts', () => {
    // "@hello_World #a b": three words
    expect(analyse('@ hello _ World # a b')).toMatchObject({
      wordCount: 3,
      characterCount: 17,
      atCount: 1,
      hashCount: 1,
    });
  });

  it('takes a link with its path for one word', () => {
    expect(analyse('a https : / / t . co / Path b')).toMatchObject({ wordCount: 3, characterCount: 8 });
    expect(analyse('https : / / t . co /')).toMatchObject({ wordCount: 1, characterCount: 4 });
    expect(analyse('https : / / t . a')).toMatchObject({ wordCount: 7 });
  });

  it('parts a retweet at its first colon', () => {
    const retweet = analyse('RT @ hello : a b @ World', true);
    expect(retweet).toMatchObject({
      headWordCount: 1,
      headCharacterCount: 6,
      wordCount: 3,
      atCount: 1,
      rtWordCount: 0,
    });
    expect(analyse('RT @ hello : a b', false)).toMatchObject({ headWordCount: 0, wordCount: 4, atCount: 1 });
    expect(analyse('a b', true)).toMatchObject({ headWordCount: 0, wordCount: 2 });
  });

  it.each([
    ['a ?', 1],
    ['a ! ?', 2],
    ['a !', 3],
    ['a ? !', 4],
    ['a ? b', 0],
    ['?', 1],
    ['', 0],
  ])('the last marks of "%s" are %i', (text, lastQuest) => {
    expect(analyse(text).lastQuest).toBe(lastQuest);
  });

  it('counts marks, line breaks, capitals, and the words retweet and rt', () => {
    expect(analyse('AB RETWEET ##ed ? ! \u00b6 RT a')).toMatchObject({
      questionCount: 1,
      exclamationOrQuestionCount: 2,
      pilcrowCount: 1,
      capitalRunCount: 3,
      retweetCount: 1,
      rtWordCount: 1,
    });
  });

  it('hashes the first word without regard to case, one instance after another', () => {
    const upper = { ...analyse('\u00c4rger a').firstWord };
    const analysed = analyse('hello b');
    const first = { ...analysed.firstWord };
    expect(first).not.toEqual(upper);
    expect(analyse('hello World').firstWord).toEqual(first);
    expect(analyse('\u00b6 hello').firstWord).toEqual(first);
    expect(analyse('').firstWord).not.toEqual(first);
  });

  it('grows for long texts', () => {
    const text = analyse('hello '.repeat(5_000));
    expect(text).toMatchObject({ wordCount: 5_000, characterCount: 29_999 });
  });
});

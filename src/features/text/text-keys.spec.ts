import { describe, expect, it } from 'vitest';
import { type Hash64, hashBytes } from '../../pairs/murmur3.js';
import { TextKeys } from './text-keys.js';
import { TweetText } from './tweet-text.js';
import { Vocabulary } from './vocabulary.js';

const PIECES = [
  '[CLS]',
  '[SEP]',
  '[UNK]',
  'RT',
  '@',
  'Ada',
  'bob',
  '##by',
  ':',
  'Hello',
  'ÉTÉ',
  '¶',
  '!',
  '_',
];
const vocabulary = Vocabulary.parse(new TextEncoder().encode(PIECES.join('\n')));

/** Hashes of second word, mentions, retweeted user and body of a text, as `hi lo`. */
function keysOf(pieces: string, isRetweet = false, scope: 'mentions' | 'all' = 'all'): string[] {
  const tokens = Uint32Array.from(pieces.split(' '), (piece) => PIECES.indexOf(piece));
  const text = new TweetText(vocabulary);
  text.analyse(tokens, 0, tokens.length, isRetweet);
  const out = new Int32Array(14).fill(-1);
  new TextKeys({ secondWord: 10, mentions: [0, 4, 2], retweetedUser: 8, body: 6 }).write(text, out, 1, scope);
  expect([out[0], out.at(-1)]).toEqual([-1, -1]);
  return [10, 0, 4, 2, 8, 6].map((lane) => `${out[lane + 2]} ${out[lane + 1]}`);
}

function hashOf(text: string): string {
  const bytes = new TextEncoder().encode(text);
  const hash: Hash64 = { lo: 0, hi: 0 };
  hashBytes(bytes, 0, bytes.length, hash);
  return `${hash.hi} ${hash.lo}`;
}

const NONE = '0 0';

describe('TextKeys', () => {
  it('hashes words, mentions and body in lower case', () => {
    expect(keysOf('Hello ÉTÉ @ Ada ! @ bob ##by _ bob')).toEqual([
      hashOf('été'),
      hashOf('ada'),
      hashOf('bobby_bob'),
      NONE,
      NONE,
      hashOf('hello été @ada ! @bobby_bob'),
    ]);
  });

  it('finds the retweeted user in the head, and the rest in the body', () => {
    expect(keysOf('RT @ Ada : @ bob Hello @ Ada @ bob @ ÉTÉ', true)).toEqual([
      hashOf('hello'),
      hashOf('bob'),
      hashOf('ada'),
      hashOf('bob'),
      hashOf('ada'),
      hashOf(' @bob hello @ada @bob @été'),
    ]);
  });

  it('takes pilcrows out, and an @ without a name for none', () => {
    expect(keysOf('Hello ¶ @ ! ¶')).toEqual([hashOf('@!'), NONE, NONE, NONE, NONE, hashOf('hello  @! ')]);
  });

  it('has no second word and no mentions in an empty text', () => {
    expect(keysOf('[CLS] [SEP]')).toEqual([hashOf(''), NONE, NONE, NONE, NONE, hashOf('')]);
    expect(keysOf('Hello')[0]).toEqual(hashOf(''));
  });

  it('writes mentions and the retweeted user alone if nothing else is needed', () => {
    const unwritten = '-1 -1';
    for (const pieces of ['RT @ Ada : Hello @ bob', 'Hello Ada'])
      expect(keysOf(pieces, true, 'mentions')).toEqual(
        keysOf(pieces, true).with(0, unwritten).with(5, unwritten),
      );
  });
});

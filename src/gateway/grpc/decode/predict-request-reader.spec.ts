import { describe, expect, it } from 'vitest';
import { FIELD_NUMBER } from '@pairstream/client/wire';
import { Vocabulary } from '../../../features/text/vocabulary.js';
import { WordpieceTokenizer } from '../../../features/text/wordpiece-tokenizer.js';
import { MAX_EMPTY_FIELDS } from './columns/bounded-reader.js';
import { LanguageTags } from './language-tags.js';
import { PredictRequestReader } from './predict-request-reader.js';

const tokenizer = new WordpieceTokenizer(
  Vocabulary.parse(new TextEncoder().encode('[PAD]\n[UNK]\n[CLS]\n[SEP]\na\n')),
);
const TABLE = { users: 3, tweets: 4, pairs: 5, options: 6 };
const ROWS = 2 * MAX_EMPTY_FIELDS;

/** A field with a length: tag, length as a varint, bytes. */
function field(number: number, bytes: Buffer): Buffer {
  const head = [(number << 3) | 2];
  let left = bytes.length;
  for (; left >= 128; left >>>= 7) head.push((left & 127) | 128);
  return Buffer.concat([Buffer.from([...head, left]), bytes]);
}

/** The bytes, over and over. */
function repeated(count: number, ...bytes: readonly number[]): Buffer {
  return Buffer.alloc(count * bytes.length, Buffer.from(bytes));
}

function newReader(): PredictRequestReader {
  return new PredictRequestReader({
    maxPairsPerMessage: 100_000,
    tokenizer,
    languages: new LanguageTags(new Map()),
  });
}

function read(message: Buffer): PredictRequestReader {
  const reader = newReader();
  reader.read(message);
  return reader;
}

function longText(i: number): Buffer {
  return Buffer.from(`#tag${i} https://t.co/${i} ${'a '.repeat(500)}`);
}

describe('a request that is decoded in parts', () => {
  /** Reads in the smallest parts. @returns the reader, and the number of pauses */
  function readInParts(message: Buffer): { reader: PredictRequestReader; pauseCount: number } {
    const reader = newReader();
    reader.begin(message);
    let pauseCount = 0;
    while (!reader.readOn({ isOver: true })) pauseCount += 1;
    return { reader, pauseCount };
  }

  it('has the texts and entities of one that is decoded at once', () => {
    const texts = Array.from({ length: 500 }, (_, i) => field(FIELD_NUMBER.TweetTable.text, longText(i)));
    const authors = field(FIELD_NUMBER.TweetTable.authorIndex, repeated(texts.length, 0));
    const message = field(TABLE.tweets, Buffer.concat([authors, ...texts]));
    const { reader, pauseCount } = readInParts(message);
    expect(pauseCount).toBeGreaterThan(20);
    const whole = read(message);
    expect(reader.tweets.text.tokens).toEqual(whole.tweets.text.tokens);
    expect(reader.tweets.text.offset).toEqual(whole.tweets.text.offset);
    expect(reader.entities).toEqual(whole.entities);
    expect([...reader.entities.hashtagCount]).toEqual(texts.map(() => 1));
  });

  it('has every entry of a packed column', () => {
    const count = 200_000;
    const column = field(FIELD_NUMBER.TweetTable.token, repeated(count, 0x81, 0x01, 0x7f));
    const { reader, pauseCount } = readInParts(field(TABLE.tweets, column));
    expect(pauseCount).toBeGreaterThan(5);
    const { tokens } = reader.tweets;
    expect(tokens.count).toBe(2 * count);
    expect(
      tokens.data.subarray(0, tokens.count).every((token, i) => token === (i % 2 === 0 ? 129 : 127)),
    ).toBe(true);
  });

  it('a packed column that passes the end of its table is refused', () => {
    const column = field(6, repeated(100_000, 0x7f));
    const message = Buffer.concat([field(TABLE.tweets, column).subarray(0, -1), Buffer.from([0x00])]);
    const cut = Buffer.from(message);
    // The table is one byte shorter than its column.
    cut.set(field(TABLE.tweets, column.subarray(1)).subarray(0, 4));
    expect(() => readInParts(cut)).toThrow(/no pairstream.v1.PredictRequest/);
  });
});

describe('fields that add no entry to a table', () => {
  it.each<[string, (count: number) => Buffer]>([
    ['zero bytes', (count) => repeated(count, 0, 0)],
    ['an unknown field', (count) => repeated(count, 0x78, 1)],
    ['an unknown field with a length', (count) => repeated(count, 0x7a, 1, 0)],
    ['an unknown group', (count) => repeated(count, 0x7b, 0x7c)],
    [
      'unknown fields inside a group',
      (count) => Buffer.concat([Buffer.from([0x7b]), repeated(count, 0x70, 1), Buffer.from([0x7c])]),
    ],
    ['the sequence', (count) => repeated(count, 0x08, 1)],
    ['empty tables', (count) => repeated(count, 0x1a, 0)],
    ['an unknown column of users', (count) => field(TABLE.users, repeated(count, 0x78, 1))],
    ['an unknown column of tweets', (count) => field(TABLE.tweets, repeated(count, 0x02, 0))],
    ['an unknown column of pairs', (count) => field(TABLE.pairs, repeated(count, 0x78, 1))],
    ['an empty column of users', (count) => field(TABLE.users, repeated(count, 0x12, 0))],
    ['an empty column of tokens', (count) => field(TABLE.tweets, repeated(count, 0x32, 0))],
    ['an empty column of pairs', (count) => field(TABLE.pairs, repeated(count, 0x0a, 0))],
    ['an option', (count) => field(TABLE.options, repeated(count, 0x20, 1))],
    ['an unknown option', (count) => field(TABLE.options, repeated(count, 0x78, 1))],
    ['a weight', (count) => field(TABLE.options, field(1, repeated(count, 0x0d, 0, 0, 0, 0)))],
    ['a weight of no target', (count) => field(TABLE.options, field(1, repeated(count, 0x7d, 0, 0, 0, 0)))],
  ])('%s: some thousand are read, more than the bound are refused', (_name, message) => {
    expect(() => read(message(MAX_EMPTY_FIELDS / 4))).not.toThrow();
    const tooMany = message(MAX_EMPTY_FIELDS + 1);
    expect(() => read(tooMany)).toThrow(/^more than 10000 fields are unknown, options, or parts/);
    expect(() => read(tooMany)).toThrow(expect.objectContaining({ code: 'INVALID_REQUEST' }));
  });
});

describe('fields that add an entry are bounded by their column alone', () => {
  it.each<[string, Buffer, (reader: PredictRequestReader) => number]>([
    ['texts', field(TABLE.tweets, repeated(ROWS, 0x62, 1, 0x61)), ({ tweets }) => tweets.text.count],
    ['ids', field(TABLE.users, repeated(ROWS, 0x32, 1, 0x61)), ({ users }) => users.ids.take().count],
    [
      'pairs that are not packed',
      field(TABLE.pairs, repeated(ROWS, 0x08, 0)),
      ({ pairs }) => pairs.tweetIndex.count,
    ],
    [
      'tokens that are not packed',
      field(TABLE.tweets, repeated(ROWS, 0x30, 0)),
      ({ tweets }) => tweets.tokens.count,
    ],
  ])('%s', (_name, message, countOf) => {
    expect(countOf(read(message))).toBe(ROWS);
  });
});

import { describe, expect, it } from 'vitest';
import { messageType } from '@pairstream/client/wire';
import { MAX_EMPTY_FIELDS } from './columns/bounded-reader.js';
import { readOutline } from './request-outline.js';

const PredictRequest = messageType('pairstream.v1.PredictRequest');
const encode = (fields: object): Uint8Array =>
  PredictRequest.encode(PredictRequest.fromObject(fields)).finish();
const NONE = { low: 0, high: 0 };

describe('readOutline', () => {
  it.each<[string, object, object]>([
    ['an empty message', {}, { sequence: NONE, timeoutMs: 0, pairCount: 0, isOrdered: false }],
    [
      'all of it',
      {
        sequence: '18446744073709551615',
        timeoutMs: 250,
        users: { id: [new Uint8Array(16)], followerCount: [1] },
        pairs: { tweetIndex: [0, 1, 300, 70_000], readerIndex: [0, 0, 0, 0], asOfS: [1] },
        options: { ordered: true, topK: 2, minRung: 'full' },
      },
      { sequence: { low: -1, high: -1 }, timeoutMs: 250, pairCount: 4, isOrdered: true },
    ],
  ])('%s', (_name, fields, expected) => {
    expect(readOutline(encode(fields))).toMatchObject(expected);
  });

  it('of a field that comes twice the last counts, and tables add up', () => {
    const bytes = Buffer.concat([
      encode({ sequence: 1, timeoutMs: 5, pairs: { tweetIndex: [0, 0] } }),
      encode({ sequence: 2, timeoutMs: 6, pairs: { tweetIndex: [0] } }),
    ]);
    expect(readOutline(bytes)).toMatchObject({ sequence: { low: 2 }, timeoutMs: 6, pairCount: 3 });
  });

  it('entries that are not packed count one each', () => {
    // pairs { tweet_index: 5 tweet_index: 300 }
    const bytes = Uint8Array.of(0x2a, 5, 0x08, 5, 0x08, 0xac, 0x02);
    expect(readOutline(bytes)).toMatchObject({ pairCount: 2 });
  });

  it.each<[string, readonly number[]]>([
    ['bytes that are no message', [0xff, 0xff]],
    ['a table past the end', [0x2a, 9, 0x0a]],
    ['a column past the end of its table', [0x2a, 2, 0x0a, 9]],
    ['a wire type that is none', [0x0f]],
    ['half a varint', [0x10, 0x80]],
    [
      'more unknown fields than the bound',
      [...Buffer.alloc(2 * MAX_EMPTY_FIELDS + 2, Buffer.from([0x78, 1]))],
    ],
    [
      'more options than the bound',
      [0x32, 0xa2, 0x9c, 0x01, ...Buffer.alloc(20_002, Buffer.from([0x20, 1]))],
    ],
  ])('%s has no outline', (_name, bytes) => {
    expect(readOutline(Uint8Array.from(bytes))).toBeUndefined();
  });
});

import { describe, expect, it } from 'vitest';
import { messageType } from './wire/message-types.js';
import { Media, toCodes, TweetType } from './enums.js';

describe.each([
  ['TweetType', 'TWEET_TYPE_', TweetType],
  ['Media', 'MEDIA_', Media],
] as const)('%s', (name, prefix, codes) => {
  it('has the names and numbers of the proto', () => {
    const declared = messageType('pairstream.v1.TweetTable').root.lookupEnum(`pairstream.v1.${name}`).values;
    const named = Object.entries(codes).map(([short, code]) => [prefix + short, code]);
    expect(Object.fromEntries([[`${prefix}UNSPECIFIED`, 0], ...named])).toEqual(declared);
  });

  it('is encoded by name as by number, and other numbers as they are', () => {
    const names = Object.keys(codes);
    expect(toCodes([...names, 77, 0, -1], codes)).toEqual([...Object.values(codes), 77, 0, -1]);
    expect(toCodes(Uint8Array.of(3, 1) as never, codes)).toEqual([3, 1]);
  });
});

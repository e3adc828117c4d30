import { describe, expect, it } from 'vitest';
import { WireColumn } from './wire-column.js';

/** The varint of a value, as every protobuf encoder writes it: negative values take ten bytes. */
function varint(value: bigint): number[] {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, value);
  for (; rest > 0x7fn; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
  return [...bytes, Number(rest)];
}

const LARGE_CODES = [
  255n,
  256n,
  332n,
  2n ** 31n,
  2n ** 32n,
  2n ** 32n + 1n,
  2n ** 40n,
  -1n,
  -255n,
  -(2n ** 63n),
];

describe('a column of enum values', () => {
  it.each([0n, 1n, 3n, 77n, 254n])('holds %d', (value) => {
    const column = WireColumn.uint8('tweets.media', 9);
    column.appendPacked(Uint8Array.from(varint(value)), 0, varint(value).length);
    expect([column.data[0], column.codesAsSent]).toEqual([Number(value), undefined]);
  });

  it.each(LARGE_CODES)('keeps %d as it was sent, packed or not', (value) => {
    const column = WireColumn.uint8('tweets.media', 9);
    const bytes = Uint8Array.from(varint(value));
    column.appendOne(bytes, 0);
    column.appendPacked(bytes, 0, bytes.length);
    expect([...column.data.subarray(0, column.count)]).toEqual([255, 255]);
    expect([...column.codesAsSent!]).toEqual([
      [0, value],
      [1, value],
    ]);
  });

  it('keeps 1,000 of them at most', () => {
    const column = WireColumn.uint8('tweets.media', Infinity);
    const bytes = Uint8Array.from(Array.from({ length: 5_000 }, () => varint(-1n)).flat());
    column.appendPacked(bytes, 0, bytes.length);
    expect([column.count, column.codesAsSent!.size]).toEqual([5_000, 1_000]);
  });
});

describe('a column of 32-bit numbers', () => {
  it.each([
    [2n ** 32n - 1n, 2 ** 32 - 1],
    [2n ** 32n, 2 ** 32 - 1],
    [2n ** 32n + 5n, 2 ** 32 - 1],
    [-1n, 2 ** 32 - 1],
  ])('does not wrap %d around', (value, expected) => {
    const column = WireColumn.uint32('pairs.tweet_index', 9);
    const bytes = Uint8Array.from(varint(value));
    column.appendPacked(bytes, 0, bytes.length);
    expect(column.data[0]).toBe(expected);
  });
});

import { inspect } from 'node:util';
import { EventKind, Media, TweetType } from './enums.js';

/** Kind of value that a field, or each entry of a column, must have. */
export interface ValueKind {
  /** Ends the sentence "expected ...". */
  readonly expected: string;
  readonly accepts: (value: unknown) => boolean;
}

const LARGEST_UINT32 = 2 ** 32 - 1;
const LARGEST_UINT64 = 2n ** 64n - 1n;
const SMALLEST_INT32 = -(2 ** 31);
const LARGEST_INT32 = 2 ** 31 - 1;
const LONGEST_SHOWN = 64;

function isInteger(value: unknown, from: number, to: number): boolean {
  return typeof value === 'number' && Number.isInteger(value) && value >= from && value <= to;
}

function isSafe(value: unknown): boolean {
  return Number.isSafeInteger(value);
}

function nameOrNumber(codes: Readonly<Record<string, number>>, enumName: string): ValueKind {
  const names = Object.keys(codes).map((name) => `"${name}"`);
  return {
    expected: `${names.slice(0, -1).join(', ')} or ${names.at(-1)}, or a number of the enum ${enumName}`,
    accepts: (value) =>
      typeof value === 'string'
        ? Object.hasOwn(codes, value)
        : isInteger(value, SMALLEST_INT32, LARGEST_INT32),
  };
}

/**
 * Kinds of values by name. A kind refuses values that the wire cannot carry, or would carry as another value. Values that are
 * wrong in one row only, such as a negative follower count, are left to the server: it answers the other pairs.
 */
export const KIND = {
  uint32: {
    expected: `an integer from 0 to ${LARGEST_UINT32}`,
    accepts: (value) => isInteger(value, 0, LARGEST_UINT32),
  },
  count: { expected: 'a count as an integer number below 2^53', accepts: isSafe },
  timeS: {
    expected: 'Unix time in seconds as an integer number (of a Date: Math.floor(date.getTime() / 1000))',
    accepts: isSafe,
  },
  boolean: { expected: 'true or false', accepts: (value) => typeof value === 'boolean' },
  text: {
    expected: 'a string without lone surrogates',
    accepts: (value) => typeof value === 'string' && value.isWellFormed(),
  },
  bytes: { expected: 'a Uint8Array or a Buffer', accepts: (value) => value instanceof Uint8Array },
  idNumber: {
    expected:
      'an integer from 0 to 2^53 - 1 as a number, or to 2^64 - 1 as a bigint (ids of other kinds: idText)',
    accepts: (value) =>
      typeof value === 'bigint'
        ? value >= 0n && value <= LARGEST_UINT64
        : isInteger(value, 0, Number.MAX_SAFE_INTEGER),
  },
  weight: {
    expected: 'a finite number of at most 32 bits (up to 3.4e38)',
    accepts: (value) => typeof value === 'number' && Number.isFinite(Math.fround(value)),
  },
  tweetType: nameOrNumber(TweetType, 'TweetType'),
  media: nameOrNumber(Media, 'Media'),
  eventKind: nameOrNumber(EventKind, 'EventKind'),
} as const satisfies Record<string, ValueKind>;

/** A value for an error message, with its type where the text alone does not show the type. */
export function shown(value: unknown): string {
  if (typeof value === 'string') {
    const isLong = value.length > LONGEST_SHOWN;
    return `${JSON.stringify(value.slice(0, LONGEST_SHOWN))}${isLong ? ' ...' : ''} (a string)`;
  }
  const text = inspect(value, {
    depth: 0,
    maxArrayLength: 3,
    maxStringLength: LONGEST_SHOWN,
    breakLength: Infinity,
  });
  if (typeof value === 'bigint') return `${text} (a bigint)`;
  return value instanceof Date ? `${text} (a Date)` : text;
}

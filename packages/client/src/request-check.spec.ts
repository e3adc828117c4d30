import { describe, expect, it } from 'vitest';
import { encodeRequest } from './message-codec.js';
import type { PredictInput } from './predict-input.js';
import { checkRequest } from './request-check.js';

/** A request with every field. */
function fullRequest(): PredictInput {
  return {
    timeoutMs: 1_000,
    options: {
      scoreWeights: { reply: 10, retweet: -1.5, quote: 0, like: 1 },
      topK: 2,
      keepProbabilities: true,
      rankPerReader: false,
      explain: true,
      ordered: true,
      minRung: 'stage1',
    },
    users: {
      id: [new Uint8Array(16), new Uint8Array(16)],
      idText: ['ada', 'grace 🌅'],
      idNumber: [1, 2n ** 64n - 1n],
      followerCount: [0, 108_465],
      followingCount: [1, 2],
      isVerified: [true, false],
      accountCreatedAtS: [-5, 1_614_125_083],
    },
    tweets: {
      authorIndex: [1, 0],
      type: [1, 'QUOTE'],
      language: ['en', 'pt-BR'],
      createdAtS: [1_614_125_083, 1_614_125_084],
      tokenCount: [1, 1],
      token: [101, 102],
      text: ['hello', ''],
      mediaCount: [1, 1],
      media: ['PHOTO', 3],
      hashtagCount: [0, 1],
      linkCount: [0, 1],
      domainCount: [0, 1],
      id: [Buffer.alloc(16), Buffer.alloc(16)],
      idText: ['1', '2'],
      idNumber: [7n, 8],
      firstHashtag: ['', 'a'],
      firstLink: ['', 'b'],
      firstDomain: ['', 'c'],
    },
    pairs: {
      tweetIndex: [0, 1],
      readerIndex: [0, 1],
      authorFollowsReader: [true, false],
      asOfS: [1_614_125_083, 1_614_125_084],
    },
  };
}

/** The request with another value at a path such as `tweets.type[1]`. */
function changed(path: string, value: unknown): PredictInput {
  const request = fullRequest();
  const steps = path.split(/[.[\]]+/).filter((step) => step !== '');
  const last = steps.pop()!;
  let at: Record<string, unknown> = request as unknown as Record<string, unknown>;
  for (const step of steps) at = at[step] as Record<string, unknown>;
  at[last] = value;
  return request;
}

function messageOf(request: unknown): string {
  try {
    checkRequest(request as PredictInput);
  } catch (error) {
    return (error as Error).message;
  }
  return 'accepted';
}

const DATE = new Date(1_614_125_083_000);
const EVERY_KIND = {
  undefined: undefined,
  null: null,
  'a numeric string': '1',
  'an empty string': '',
  'a text with a lone surrogate': '\ud83c!',
  'a Date': DATE,
  'an invalid Date': new Date(Number.NaN),
  true: true,
  NaN: Number.NaN,
  Infinity: Number.POSITIVE_INFINITY,
  'a fraction': 1.5,
  'a negative': -1,
  '2^32': 2 ** 32,
  '2^53': 2 ** 53,
  '1e39': 1e39,
  'a small bigint': 5n,
  'a bigint of 65 bits': 2n ** 64n,
  'a negative bigint': -1n,
  'an object': {},
  'an array': [1],
  'a function': () => 1,
  'a symbol': Symbol('s'),
  bytes: new Uint8Array(16),
} as const;
type KindName = keyof typeof EVERY_KIND;

const SAFE: readonly KindName[] = ['a negative', '2^32'];
/** Kinds that each sort of field accepts, of those above; all others are refused. */
const ACCEPTED = {
  uint32: [],
  int64: SAFE,
  boolean: ['true'],
  text: ['a numeric string', 'an empty string'],
  bytes: ['bytes'],
  idNumber: ['2^32', 'a small bigint'],
  code: ['a negative'],
  weight: ['a fraction', 'a negative', '2^32', '2^53'],
} as const satisfies Record<string, readonly KindName[]>;

const ENTRIES: readonly [string, keyof typeof ACCEPTED][] = [
  ['users.id[1]', 'bytes'],
  ['users.idText[1]', 'text'],
  ['users.idNumber[1]', 'idNumber'],
  ['users.followerCount[1]', 'int64'],
  ['users.followingCount[0]', 'int64'],
  ['users.isVerified[1]', 'boolean'],
  ['users.accountCreatedAtS[1]', 'int64'],
  ['tweets.authorIndex[1]', 'uint32'],
  ['tweets.type[1]', 'code'],
  ['tweets.language[1]', 'text'],
  ['tweets.createdAtS[1]', 'int64'],
  ['tweets.tokenCount[1]', 'uint32'],
  ['tweets.token[1]', 'uint32'],
  ['tweets.text[0]', 'text'],
  ['tweets.mediaCount[1]', 'uint32'],
  ['tweets.media[1]', 'code'],
  ['tweets.hashtagCount[1]', 'uint32'],
  ['tweets.linkCount[1]', 'uint32'],
  ['tweets.domainCount[1]', 'uint32'],
  ['tweets.id[1]', 'bytes'],
  ['tweets.idText[1]', 'text'],
  ['tweets.idNumber[0]', 'idNumber'],
  ['tweets.firstHashtag[1]', 'text'],
  ['tweets.firstLink[1]', 'text'],
  ['tweets.firstDomain[1]', 'text'],
  ['pairs.tweetIndex[1]', 'uint32'],
  ['pairs.readerIndex[1]', 'uint32'],
  ['pairs.authorFollowsReader[1]', 'boolean'],
  ['pairs.asOfS[1]', 'int64'],
];
const SINGLE: readonly [string, keyof typeof ACCEPTED][] = [
  ['timeoutMs', 'uint32'],
  ['options.topK', 'uint32'],
  ['options.explain', 'boolean'],
  ['options.keepProbabilities', 'boolean'],
  ['options.rankPerReader', 'boolean'],
  ['options.ordered', 'boolean'],
  ['options.minRung', 'text'],
  ['options.scoreWeights.reply', 'weight'],
  ['options.scoreWeights.retweet', 'weight'],
  ['options.scoreWeights.quote', 'weight'],
  ['options.scoreWeights.like', 'weight'],
];
const columnOf = (entry: string): string => entry.replace(/\[\d\]$/, '');
const OPTIONAL =
  /^users\.(id|is|account)|\.(id|first)\w*$|tweets\.(text|token|media|hashtag|link|domain)|asOfS/;

/** A refusal that names the path, a value and what is accepted. */
function refusalAt(path: string): RegExp {
  return new RegExp(`^INVALID_REQUEST: ${path.replaceAll(/[.[\]]/g, '\\$&')}: .+, expected .+$`);
}

function outcomeOf(path: string, value: unknown): string {
  const message = messageOf(changed(path, value));
  return refusalAt(path).test(message) ? 'refused' : message;
}

/** Outcome of each kind of value at a path: `accepted`, or `refused` by a message that names the path. */
function outcomes(path: string): Record<string, string> {
  return Object.fromEntries(
    Object.entries(EVERY_KIND).map(([name, value]) => [name, outcomeOf(path, value)]),
  );
}

function expectedOutcomes(accepted: readonly KindName[]): Record<string, string> {
  const all = Object.keys(EVERY_KIND).map((name) => [name, 'refused']);
  return {
    ...Object.fromEntries(all),
    ...Object.fromEntries(accepted.map((name) => [name, 'accepted'])),
  } as Record<string, string>;
}

describe('checkRequest', () => {
  it('accepts a request with every field, and one with those alone that must be given', () => {
    expect(messageOf(fullRequest())).toBe('accepted');
    const request = fullRequest();
    delete request.timeoutMs;
    delete request.options;
    for (const [entry] of ENTRIES) {
      const [table, column] = columnOf(entry).split('.') as ['users', 'id'];
      if (OPTIONAL.test(columnOf(entry))) delete request[table][column];
    }
    expect(Object.keys(request.pairs)).toEqual(['tweetIndex', 'readerIndex', 'authorFollowsReader']);
    expect(messageOf(request)).toBe('accepted');
  });

  it.each(ENTRIES)('%s is refused unless its kind is %s', (path, sort) => {
    expect(outcomes(path)).toEqual(expectedOutcomes(ACCEPTED[sort]));
  });

  it.each(SINGLE)('%s is refused unless its kind is %s, or absent', (path, sort) => {
    expect(outcomes(path)).toEqual(expectedOutcomes([...ACCEPTED[sort], 'undefined']));
  });

  it.each([...new Set(ENTRIES.map(([entry]) => columnOf(entry)))])(
    '%s is refused unless it is an array',
    (path) => {
      const view = new DataView(new ArrayBuffer(8));
      for (const value of [null, 'en', 1, 5n, true, DATE, {}, new Set([1]), { length: 1, 0: 1 }, view])
        expect(outcomeOf(path, value)).toBe('refused');
      expect(outcomeOf(path, undefined)).toBe(OPTIONAL.test(path) ? 'accepted' : 'refused');
      // A hole is an undefined entry.
      expect(messageOf(changed(path, Array.from({ length: 2 })))).toMatch(refusalAt(`${path}[0]`));
    },
  );

  it.each(['users', 'tweets', 'pairs', 'options', 'options.scoreWeights'])(
    '%s is refused unless it is an object',
    (path) => {
      for (const value of [null, 'x', 1, [], () => 1])
        expect(messageOf(changed(path, value))).toMatch(refusalAt(path));
      expect(messageOf(changed(`${path}.followers_count`, 1))).toMatch(refusalAt(`${path}.followers_count`));
      expect(messageOf(changed(`${path}.followers_count`, undefined))).toBe('accepted');
    },
  );

  it.each([undefined, null, 'x', 1, [], new Uint8Array(4)])('a request that is %s is refused', (request) => {
    expect(messageOf(request)).toMatch(refusalAt('request'));
  });

  it.each<[string, unknown, string]>([
    [
      'tweets.createdAtS[1]',
      '1614125083',
      'tweets.createdAtS[1]: "1614125083" (a string), expected Unix time in seconds as an integer',
    ],
    [
      'tweets.createdAtS[1]',
      DATE,
      'tweets.createdAtS[1]: 2021-02-24T00:04:43.000Z (a Date), expected Unix time in seconds',
    ],
    ['users.followerCount[0]', undefined, 'users.followerCount[0]: undefined, expected a count'],
    [
      'users.idNumber[0]',
      2 ** 53,
      'users.idNumber[0]: 9007199254740992, expected an integer from 0 to 2^53 - 1 as a number, or to 2^64 - 1 as a bigint',
    ],
    [
      'tweets.type[0]',
      'TopLevel',
      'tweets.type[0]: "TopLevel" (a string), expected "TOP_LEVEL", "RETWEET" or "QUOTE", or a number of the enum TweetType',
    ],
    [
      'tweets.media[0]',
      'photo',
      'tweets.media[0]: "photo" (a string), expected "PHOTO", "VIDEO" or "GIF", or a number of the enum Media',
    ],
    ['tweets.media[0]', 'toString', 'tweets.media[0]: "toString" (a string), expected "PHOTO"'],
    [
      'tweets.hashtagCount[0]',
      5n,
      'tweets.hashtagCount[0]: 5n (a bigint), expected an integer from 0 to 4294967295',
    ],
    [
      'tweets.text[0]',
      'x\ud83c',
      String.raw`tweets.text[0]: "x\ud83c" (a string), expected a string without lone surrogates`,
    ],
    ['tweets.language', 'en', 'tweets.language: "en" (a string), expected an array; entries: a string'],
    [
      'pairs.asOf',
      [1],
      'pairs.asOf: an unknown field, expected tweetIndex, readerIndex, authorFollowsReader, asOfS',
    ],
    ['deadlineMs', 5, 'deadlineMs: an unknown field, expected users, tweets, pairs, timeoutMs, options'],
  ])('%s = %s is told as it is', (path, value, start) => {
    expect(messageOf(changed(path, value)).startsWith(`INVALID_REQUEST: ${start}`)).toBe(true);
  });

  it('keeps a message short, however large the value', () => {
    expect(messageOf(changed('tweets.token[0]', 'x'.repeat(1e6))).length).toBeLessThan(250);
    expect(
      messageOf(
        changed(
          'tweets.token[0]',
          Array.from({ length: 1e5 }, () => 'xxxx'),
        ),
      ).length,
    ).toBeLessThan(250);
  });

  it('accepts typed arrays, and they are encoded as arrays are', () => {
    const request = fullRequest();
    request.tweets.type = [1, 3];
    request.tweets.media = [1, 3];
    const typed = structuredClone(request) as unknown as Record<'users' | 'tweets', Record<string, unknown>>;
    Object.assign(typed.tweets, {
      token: Uint32Array.of(101, 102),
      type: Uint8Array.of(1, 3),
      media: Uint8Array.of(1, 3),
      createdAtS: Float64Array.from(request.tweets.createdAtS),
      idNumber: BigUint64Array.of(7n, 8n),
    });
    Object.assign(typed.users, { followerCount: Float64Array.from(request.users.followerCount) });
    expect(messageOf(typed)).toBe('accepted');
    expect(encodeRequest(typed as unknown as PredictInput, 4)).toEqual(encodeRequest(request, 4));
  });
});

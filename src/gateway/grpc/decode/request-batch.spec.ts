import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hashIdBytes, hashIdNumber, hashIdText, hashTag } from '../../../pairs/id-hash.js';
import { UNKNOWN_FLAG } from '../../../pairs/pair-batch.js';
import { Vocabulary } from '../../../features/text/vocabulary.js';
import { WordpieceTokenizer } from '../../../features/text/wordpiece-tokenizer.js';
import { messageType } from '@pairstream/client/wire';
import { LanguageTags } from './language-tags.js';
import { PredictRequestReader } from './predict-request-reader.js';
import { toRequestBatch } from './request-batch.js';

const tokenizer = new WordpieceTokenizer(
  Vocabulary.parse(new TextEncoder().encode('[PAD]\n[UNK]\n[CLS]\n[SEP]\na\nb\n##a\n##b\n')),
);
const PredictRequest = messageType('pairstream.v1.PredictRequest');
const HEX_DIGITS = '0123456789abcdefABCDEF'.split('');
const uint32 = fc.integer({ min: 0, max: 0xff_ff_ff_ff });
const int64 = fc.oneof(
  fc.integer({ min: 0, max: 200 }),
  fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }),
);

const request = fc
  .record({
    users: fc.array(
      fc.record({ id: fc.uint8Array({ minLength: 16, maxLength: 16 }), count: int64, other: int64 }),
      { maxLength: 5 },
    ),
    tweets: fc.array(
      fc.record({
        author: uint32,
        type: fc.integer({ min: 1, max: 3 }),
        language: fc.string({
          unit: fc.constantFrom(...HEX_DIGITS),
          minLength: 32,
          maxLength: 32,
        }),
        createdAtS: int64,
        tokens: fc.array(uint32, { maxLength: 5 }),
        media: fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 4 }),
        counts: fc.tuple(uint32, uint32, uint32),
      }),
      { maxLength: 5 },
    ),
    pairs: fc.array(fc.record({ tweet: uint32, reader: uint32, follows: fc.boolean(), asOfS: int64 }), {
      minLength: 1,
      maxLength: 5,
    }),
    timeoutMs: uint32,
    sequence: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  })
  .map(({ users, tweets, pairs, timeoutMs, sequence }) => ({
    source: { users, tweets, pairs, timeoutMs, sequence },
    bytes: PredictRequest.encode(
      PredictRequest.fromObject({
        sequence: sequence.toString(),
        timeoutMs: timeoutMs,
        users: {
          id: users.map(({ id }) => id),
          followerCount: users.map(({ count }) => count),
          followingCount: users.map(({ other }) => other),
        },
        tweets: {
          authorIndex: tweets.map(({ author }) => author),
          type: tweets.map(({ type }) => type),
          language: tweets.map(({ language }) => language),
          createdAtS: tweets.map(({ createdAtS }) => createdAtS),
          tokenCount: tweets.map(({ tokens }) => tokens.length),
          token: tweets.flatMap(({ tokens }) => tokens),
          mediaCount: tweets.map(({ media }) => media.length),
          media: tweets.flatMap(({ media }) => media),
          hashtagCount: tweets.map(({ counts }) => counts[0]),
          linkCount: tweets.map(({ counts }) => counts[1]),
          domainCount: tweets.map(({ counts }) => counts[2]),
        },
        pairs: {
          tweetIndex: pairs.map(({ tweet }) => tweet),
          readerIndex: pairs.map(({ reader }) => reader),
          authorFollowsReader: pairs.map(({ follows }) => follows),
          asOfS: pairs.map(({ asOfS }) => asOfS),
        },
      }),
    ).finish(),
  }));

function read(bytes: Uint8Array): PredictRequestReader {
  const languages = new LanguageTags(new Map());
  const reader = new PredictRequestReader({ maxPairsPerMessage: 1_000, tokenizer, languages });
  reader.read(bytes);
  return reader;
}

const list = (column: Uint8Array | Uint32Array | Float64Array, count: number): number[] => [
  ...column.subarray(0, count),
];

describe('a request read into columns', () => {
  it('is what protobufjs encoded', () => {
    fc.assert(
      fc.property(request, ({ bytes, source }) => {
        const reader = read(bytes);
        const { users, tweets, pairs } = toRequestBatch(reader, 0).batch;
        const sequence = (BigInt(reader.sequence.high >>> 0) << 32n) | BigInt(reader.sequence.low >>> 0);
        expect([sequence, reader.timeoutMs]).toEqual([source.sequence, source.timeoutMs]);
        const hash = { lo: 0, hi: 0 };
        const idHashes = source.users.map(({ id }) => {
          hashIdBytes(id, 0, hash);
          return hash.lo >>> 0;
        });
        expect(list(users.idLo, users.count)).toEqual(idHashes);
        expect(list(users.followerCount, users.count)).toEqual(source.users.map(({ count }) => count));
        expect(list(users.followingCount, users.count)).toEqual(source.users.map(({ other }) => other));
        const languages = source.tweets.map(({ language }) => {
          hashTag(language, hash);
          return hash.hi >>> 0;
        });
        expect(list(tweets.languageHi, tweets.count)).toEqual(languages);
        expect(list(tweets.authorIndex, tweets.count)).toEqual(source.tweets.map(({ author }) => author));
        expect(list(tweets.type, tweets.count)).toEqual(source.tweets.map(({ type }) => type - 1));
        expect(list(tweets.createdAtS, tweets.count)).toEqual(
          source.tweets.map(({ createdAtS }) => createdAtS),
        );
        const tokens = source.tweets.map((_, t) => [
          ...tweets.tokens.subarray(tweets.tokenOffset[t], tweets.tokenOffset[t + 1]),
        ]);
        expect(tokens).toEqual(source.tweets.map((tweet) => tweet.tokens));
        const media = source.tweets.map((_, t) => [
          ...tweets.media.subarray(tweets.mediaOffset[t], tweets.mediaOffset[t + 1]),
        ]);
        expect(media).toEqual(source.tweets.map((tweet) => tweet.media));
        expect(list(tweets.domainCount, tweets.count)).toEqual(source.tweets.map(({ counts }) => counts[2]));
        expect(list(pairs.tweetIndex, pairs.count)).toEqual(source.pairs.map(({ tweet }) => tweet));
        expect(list(pairs.readerIndex, pairs.count)).toEqual(source.pairs.map(({ reader: index }) => index));
        expect(list(pairs.authorFollowsReader, pairs.count)).toEqual(
          source.pairs.map(({ follows }) => Number(follows)),
        );
        expect(list(pairs.asOfS, pairs.count)).toEqual(source.pairs.map(({ asOfS }) => asOfS));
      }),
    );
  });

  it('is refused, never worse, when its bytes are damaged', () => {
    const outcomeOf = (bytes: Uint8Array): string => {
      try {
        toRequestBatch(read(bytes), 0);
        return 'read';
      } catch (error) {
        return error instanceof Error && 'code' in error ? String(error.code) : String(error);
      }
    };
    fc.assert(
      fc.property(
        request,
        fc.array(fc.tuple(fc.nat(), fc.nat({ max: 255 })), { maxLength: 4 }),
        fc.nat(),
        ({ bytes }, edits, cut) => {
          const damaged = bytes.slice(0, cut % 4 === 0 ? cut % (bytes.length + 1) : bytes.length);
          for (const [at, value] of edits) if (damaged.length > 0) damaged[at % damaged.length] = value;
          expect(['read', 'INVALID_REQUEST', 'MESSAGE_TOO_LARGE']).toContain(outcomeOf(damaged));
        },
      ),
      { numRuns: 1_000 },
    );
  });

  it('skips fields that are not known yet', () => {
    const { bytes } = fc.sample(request, { numRuns: 1, seed: 1 })[0]!;
    const withMore = Buffer.concat([Buffer.from('f80605', 'hex'), bytes, Buffer.from('fa0603616263', 'hex')]);
    expect(toRequestBatch(read(withMore), 0).batch.pairs.count).toBe(
      toRequestBatch(read(bytes), 0).batch.pairs.count,
    );
  });
});

const id = fc.oneof(
  fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 }),
  fc.string({ unit: fc.constantFrom(...HEX_DIGITS), minLength: 32, maxLength: 32 }),
);
const uint64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });

/** A request of one pair, with changes to its tables. */
function encode(users: object, tweets: object = {}, options?: object): Uint8Array {
  return PredictRequest.encode(
    PredictRequest.fromObject({
      users: { followerCount: [1], followingCount: [2], ...users },
      tweets: {
        authorIndex: [0],
        type: [1],
        language: ['en'],
        createdAtS: [1_600_000_000],
        tokenCount: [2],
        token: [2, 3],
        mediaCount: [0],
        hashtagCount: [0],
        linkCount: [0],
        domainCount: [0],
        ...tweets,
      },
      pairs: { tweetIndex: [0], readerIndex: [0], authorFollowsReader: [true] },
      ...(options === undefined ? {} : { options }),
    }),
  ).finish();
}

const NO_TOKENS = { tokenCount: [], token: [] };
const ID = { id: [new Uint8Array(16)] };
const hashed = (write: (out: { lo: number; hi: number }) => unknown): number[] => {
  const out = { lo: 0, hi: 0 };
  write(out);
  return [out.lo >>> 0, out.hi >>> 0];
};
const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

describe('optional columns', () => {
  it('are unknown when they are left out', () => {
    const { users, tweets } = toRequestBatch(read(encode(ID)), 0).batch;
    expect([users.isVerified[0], users.accountCreatedAtS[0]]).toEqual([UNKNOWN_FLAG, Number.NaN]);
    expect([tweets.idLo[0], tweets.idHi[0], tweets.hashtagLo[0], tweets.domainHi[0]]).toEqual([0, 0, 0, 0]);
  });

  it('are what protobufjs encoded', () => {
    const text = fc.string({ unit: 'grapheme', maxLength: 8 });
    fc.assert(
      fc.property(
        id,
        uint64,
        fc.boolean(),
        int64,
        fc.tuple(text, text, text),
        (name, number, flag, timeS, items) => {
          const [hashtag, link, domain] = items;
          const bytes = encode(
            { idText: [name], isVerified: [flag], accountCreatedAtS: [timeS] },
            {
              idNumber: [number.toString()],
              firstHashtag: [hashtag],
              firstLink: [link],
              firstDomain: [domain],
            },
          );
          const { users, tweets } = toRequestBatch(read(bytes), 0).batch;
          expect([users.idLo[0], users.idHi[0]]).toEqual(
            hashed((out) => hashIdText(utf8(name), 0, utf8(name).length, out)),
          );
          expect([users.isVerified[0], users.accountCreatedAtS[0]]).toEqual([Number(flag), timeS]);
          const [lo, hi] = [Number(number & 0xff_ff_ff_ffn), Number(number >> 32n)];
          expect([tweets.idLo[0], tweets.idHi[0]]).toEqual(
            hashed((out) => hashIdNumber(lo | 0, hi | 0, out)),
          );
          expect([tweets.hashtagLo[0], tweets.hashtagHi[0]]).toEqual(hashed((out) => hashTag(hashtag, out)));
          expect([tweets.linkLo[0], tweets.linkHi[0]]).toEqual(hashed((out) => hashTag(link, out)));
          expect([tweets.domainLo[0], tweets.domainHi[0]]).toEqual(hashed((out) => hashTag(domain, out)));
        },
      ),
    );
  });

  it('text becomes the tokens of the vocabulary', () => {
    const { tweets } = toRequestBatch(read(encode(ID, { ...NO_TOKENS, text: ['ab a'] })), 0).batch;
    expect([...tweets.tokens.subarray(tweets.tokenOffset[0], tweets.tokenOffset[1])]).toEqual([
      2, 4, 7, 4, 3,
    ]);
  });

  it('an identity of 32 digits is the 16 bytes they spell', () => {
    const bytes = Uint8Array.from({ length: 16 }, (_, i) => 17 * i);
    const digits = Buffer.from(bytes).toString('hex').toUpperCase();
    const [asText, asBytes] = [{ idText: [digits] }, { id: [bytes] }].map(
      (users) => toRequestBatch(read(encode(users)), 0).batch.users,
    );
    expect([asText!.idLo[0], asText!.idHi[0]]).toEqual([asBytes!.idLo[0], asBytes!.idHi[0]]);
  });

  it.each<[string, object, object, string]>([
    ['two columns of ids', { ...ID, idText: ['a'] }, {}, 'users.id (1) and users.id_text (1) have entries'],
    [
      'two ids of a tweet',
      ID,
      { idText: ['a'], idNumber: [1] },
      'tweets.id_text (1) and tweets.id_number (1)',
    ],
    [
      'neither texts nor tokens',
      ID,
      NO_TOKENS,
      'tweets.text: neither texts nor tokens, expected 1 in tweets.text, or in',
    ],
    ['no ids', {}, {}, 'expected as many as users.id, users.id_text or users.id_number (none has entries)'],
    ['text beside tokens', ID, { text: ['a'] }, 'tweets.text: comes beside tokens'],
    ['texts for some', ID, { ...NO_TOKENS, text: ['a', 'b'] }, 'tweets.text: 2 entries, expected as many as'],
    ['flags for some', { ...ID, isVerified: [true, false] }, {}, 'users.is_verified: 2 entries, expected'],
    ['hashtags for some', ID, { firstHashtag: ['a', 'b'] }, 'tweets.first_hashtag: 2 entries, expected'],
  ])('are refused with %s', (_name, users, tweets, message) => {
    expect(() => toRequestBatch(read(encode(users, tweets)), 0)).toThrow(message);
  });

  it.each<[string, object, object, string]>([
    ['an empty id', { idText: [''] }, {}, 'users.id_text[0]: 0 bytes, expected 1 to 256'],
    ['a long id', { idText: ['a'.repeat(257)] }, {}, 'users.id_text[0]: 257 bytes, expected 1 to 256'],
    ['an empty id of a tweet', ID, { idText: [''] }, 'tweets.id_text[0]: 0 bytes'],
    [
      'no language tag',
      ID,
      { language: ['not a tag'] },
      'tweets.language[0]: "not a tag", expected a BCP-47 tag',
    ],
    [
      'a text that is too long',
      ID,
      { ...NO_TOKENS, text: ['a'.repeat(65_537)] },
      'tweets.text[0]: 65537 bytes, expected at most 65536',
    ],
  ])('%s is the fault of its row', (_name, users, tweets, message) => {
    const { invalidPairs } = toRequestBatch(read(encode(users, tweets)), 0);
    expect(invalidPairs?.get(0)).toMatchObject({
      code: 'INVALID_ROW',
      message: expect.stringContaining(message),
    });
  });

  it('codes of types and media that are too large for a byte are kept as sent', () => {
    const { tweets } = toRequestBatch(
      read(encode(ID, { type: [-1], mediaCount: [3], media: [1, 300, -2] })),
      0,
    ).batch;
    expect([...tweets.typesAsSent!]).toEqual([[0, -1n]]);
    expect([...tweets.mediaAsSent!]).toEqual([
      [1, 300n],
      [2, -2n],
    ]);
  });

  it('strings that are no UTF-8 are refused by name', () => {
    for (const [field, bytes] of [
      ['users.id_text', encode({ idText: ['\u{10ffff}'] })],
      ['tweets.text', encode(ID, { ...NO_TOKENS, text: ['\u{10ffff}'] })],
      ['tweets.language', encode(ID, { language: ['\u{10ffff}'] })],
      ['tweets.first_link', encode(ID, { firstLink: ['\u{10ffff}'] })],
    ] as const) {
      const damaged = bytes.slice();
      // The last byte of the only character of four bytes.
      damaged[damaged.indexOf(0xf4) + 3] = 0x41;
      expect(() => read(damaged)).toThrow(`${field}[0]: bytes that are no UTF-8, expected text`);
    }
  });
});

describe('options', () => {
  it('are what protobufjs encoded', () => {
    const weight = fc.float({ noNaN: true, noDefaultInfinity: true });
    fc.assert(
      fc.property(
        weight,
        weight,
        fc.nat(),
        fc.boolean(),
        fc.boolean(),
        (reply, like, topK, explain, ordered) => {
          const { options } = read(
            encode(ID, {}, { scoreWeights: { reply, like }, topK: topK, explain, ordered }),
          );
          expect([...options.scoreWeights!].map((value) => (value === 0 ? 0 : value))).toEqual(
            [reply, 0, 0, like].map((value) => (value === 0 ? 0 : value)),
          );
          expect([options.topK, options.explain, options.ordered]).toEqual([topK, explain, ordered]);
        },
      ),
    );
    expect(read(encode(ID)).options).toMatchObject({
      scoreWeights: undefined,
      explain: false,
      ordered: false,
      keepProbabilities: false,
      rankPerReader: false,
    });
    for (const [keepProbabilities, rankPerReader] of [
      [true, false],
      [false, true],
    ] as const)
      expect(
        read(encode(ID, {}, { scoreWeights: {}, keepProbabilities, rankPerReader })).options,
      ).toMatchObject({
        keepProbabilities,
        rankPerReader,
      });
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hashIdBytes, hashTag } from '../../pairs/id-hash.js';
import { messageType } from '../../wire/message-types.js';
import { PredictRequestReader } from './predict-request-reader.js';
import { toRequestBatch } from './request-batch.js';

const PredictRequest = messageType('pairstream.v1.PredictRequest');
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
        language: fc.string({ unit: 'grapheme' }),
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
        timeout_ms: timeoutMs,
        users: {
          id: users.map(({ id }) => id),
          follower_count: users.map(({ count }) => count),
          following_count: users.map(({ other }) => other),
        },
        tweets: {
          author_index: tweets.map(({ author }) => author),
          type: tweets.map(({ type }) => type),
          language: tweets.map(({ language }) => language),
          created_at_s: tweets.map(({ createdAtS }) => createdAtS),
          token_count: tweets.map(({ tokens }) => tokens.length),
          token: tweets.flatMap(({ tokens }) => tokens),
          media_count: tweets.map(({ media }) => media.length),
          media: tweets.flatMap(({ media }) => media),
          hashtag_count: tweets.map(({ counts }) => counts[0]),
          link_count: tweets.map(({ counts }) => counts[1]),
          domain_count: tweets.map(({ counts }) => counts[2]),
        },
        pairs: {
          tweet_index: pairs.map(({ tweet }) => tweet),
          reader_index: pairs.map(({ reader }) => reader),
          author_follows_reader: pairs.map(({ follows }) => follows),
          as_of_s: pairs.map(({ asOfS }) => asOfS),
        },
      }),
    ).finish(),
  }));

function read(bytes: Uint8Array): PredictRequestReader {
  const reader = new PredictRequestReader({ maxPairsPerMessage: 1_000 });
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

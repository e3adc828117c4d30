import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { PAIR_RECORD_BYTES } from '../events/pair-record.js';
import {
  describeTokenProblem,
  TOKEN_BYTES,
  TOKEN_PROBLEM,
  TOKEN_RECORD_AT,
  TokenCodec,
} from './token-codec.js';
import type { TokenKey } from './token-keys.js';

const key = (id: number): TokenKey => ({ id, secret: new Uint8Array(randomBytes(16)) });
const OLD = key(0);
const NEW = key(255);

/** Tokens of random records, one after another. */
function tokensOf(codec: TokenCodec, count: number): Uint8Array {
  const tokens = new Uint8Array(randomBytes(count * TOKEN_BYTES));
  codec.seal(
    tokens,
    Uint32Array.from({ length: count }, (_, i) => i * TOKEN_BYTES),
  );
  return tokens;
}

function problemsOf(codec: TokenCodec, tokens: readonly Uint8Array[]): number[] {
  const bytes = Buffer.concat([Buffer.from('head'), ...tokens]);
  let at = 4;
  const offsets = Uint32Array.from(tokens, ({ length }) => {
    at += length;
    return at - length;
  });
  const problems = new Uint8Array(tokens.length);
  const lengths = Uint32Array.from(tokens, ({ length }) => length);
  codec.check(bytes, offsets, lengths, tokens.length, problems);
  return [...problems];
}

describe('TokenCodec', () => {
  it('accepts its tokens, which keep their records', () => {
    const codec = new TokenCodec([NEW]);
    const records = randomBytes(3 * TOKEN_BYTES);
    const tokens = Uint8Array.from(records);
    codec.seal(tokens, Uint32Array.of(0, TOKEN_BYTES, 2 * TOKEN_BYTES));
    for (let at = 0; at < tokens.length; at += TOKEN_BYTES) {
      const record = tokens.subarray(at + TOKEN_RECORD_AT, at + TOKEN_RECORD_AT + PAIR_RECORD_BYTES);
      expect(
        Buffer.from(record).equals(
          records.subarray(at + TOKEN_RECORD_AT, at + TOKEN_RECORD_AT + PAIR_RECORD_BYTES),
        ),
      ).toBe(true);
    }
    const each = [0, 1, 2].map((i) => tokens.subarray(i * TOKEN_BYTES, (i + 1) * TOKEN_BYTES));
    expect(problemsOf(codec, each)).toEqual([0, 0, 0]);
  });

  it('makes the same token from the same record, alone or among others', () => {
    const codec = new TokenCodec([NEW]);
    const tokens = tokensOf(codec, 50);
    const alone = tokens.slice(20 * TOKEN_BYTES, 21 * TOKEN_BYTES);
    alone.fill(0, TOKEN_RECORD_AT + PAIR_RECORD_BYTES);
    codec.seal(alone, Uint32Array.of(0));
    expect(alone).toEqual(tokens.slice(20 * TOKEN_BYTES, 21 * TOKEN_BYTES));
  });

  it('refuses a token with any bit changed', () => {
    const codec = new TokenCodec([NEW, OLD]);
    const token = tokensOf(codec, 1);
    const changed = Array.from({ length: 8 * TOKEN_BYTES }, (_, bit) => {
      const copy = token.slice();
      copy[bit >>> 3]! ^= 1 << (bit & 7);
      return copy;
    });
    expect(problemsOf(codec, changed).filter((problem) => problem === TOKEN_PROBLEM.none)).toEqual([]);
    expect(problemsOf(codec, [token])).toEqual([TOKEN_PROBLEM.none]);
  });

  it('rotates keys: the first makes tokens, all are accepted, a retired one is not', () => {
    const before = tokensOf(new TokenCodec([OLD]), 1);
    const rotated = new TokenCodec([NEW, OLD]);
    const after = tokensOf(rotated, 1);
    expect(after[1]).toBe(NEW.id);
    expect(problemsOf(rotated, [before, after, before])).toEqual([0, 0, 0]);
    const { key: retired, mac } = TOKEN_PROBLEM;
    expect(problemsOf(new TokenCodec([NEW]), [before, after])).toEqual([retired, 0]);
    const sameId = new TokenCodec([{ ...key(OLD.id) }]);
    expect(problemsOf(sameId, [before])).toEqual([mac]);
  });

  it('says what is wrong with a token', () => {
    const codec = new TokenCodec([NEW]);
    const token = tokensOf(codec, 1);
    const otherVersion = Uint8Array.from(token).fill(2, 0, 1);
    const cases = [token.slice(0, 0), token.slice(0, 112), Buffer.concat([token, token]), otherVersion];
    const words = problemsOf(codec, cases).map((problem, i) =>
      describeTokenProblem(problem, cases[i]!, 0, cases[i]!.length),
    );
    expect(words).toEqual([
      expect.stringMatching(/^0 bytes, expected 113/),
      expect.stringMatching(/^112 bytes, expected 113/),
      expect.stringMatching(/^226 bytes, expected 113/),
      expect.stringMatching(/^token version 2, expected 1/),
    ]);
  });
});

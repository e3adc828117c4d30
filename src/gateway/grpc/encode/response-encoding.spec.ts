import { describe, expect, it } from 'vitest';
import { explanationBytes, explanationSizeOf } from '../../../scoring/explanation-size.js';
import type { Prediction } from '../../../scoring/predictor.js';
import type { Ranking } from '../../../scoring/ranking.js';
import { PairstreamError } from '../../../errors/pairstream-error.js';
import { TOKEN_BYTES } from '../../../feedback/tokens/token-codec.js';
import { encodePrediction, encodeRefusal } from './response-encoding.js';
import { layOutTokens } from './token-column.js';
import { decodeAnswer } from '@pairstream/client/wire';

const prediction: Prediction = {
  probabilities: Float32Array.of(0.1, 0.2, 0.3, 0.4, Number.NaN, Number.NaN, Number.NaN, Number.NaN),
  rowFailures: [{ pairIndex: 1, error: new PairstreamError('INVALID_ROW', 'tweets.token[3]: 9') }],
  releaseId: 'abc',
  timing: { queueUs: 1.4, featuresUs: 2, inferenceUs: 3, totalUs: 7 },
  rung: 'stage2',
  missingMembers: ['nn1', 'nn3'],
};

describe('the size of an explanation', () => {
  /** The explanation of so many pairs. */
  function explanationOf(features: readonly string[], members: readonly string[], pairCount: number) {
    const pairIndexes = Array.from({ length: pairCount }, (_, pair) => pair);
    return {
      pairIndexes,
      features: features.map((name) => ({ name, values: pairIndexes.map(() => 1) })),
      members: members.map((model) => ({
        model,
        engine: 'onnxruntime',
        probabilities: pairIndexes.flatMap(() => [0.1, 0.2, 0.3, 0.4]),
        weights: [0.5, 0.5, 0.5, 0.5] as const,
        use: 'weighted' as const,
      })),
    };
  }

  it.each([
    ['no pair', [], ['m'], 0],
    ['one pair', ['f'], ['m'], 1],
    ['a long name', ['f'.repeat(300), 'ü'], ['m'], 50],
    ['many pairs', ['f', 'g'], ['m', 'n'], 10_000],
    ['many columns', Array.from({ length: 222 }, (_, i) => `feature_${i}`), ['a', 'b', 'c'], 500],
  ])('is bounded closely: %s', (_name, features, members, pairCount) => {
    const sequence = { low: 0, high: 0 };
    const explanation = explanationOf(features, members, pairCount);
    const bytes =
      encodePrediction(sequence, { ...prediction, explanation }).length -
      encodePrediction(sequence, prediction).length;
    const bound = explanationBytes(
      explanationSizeOf(
        features,
        members.map((model) => ({ model, engine: 'onnxruntime' })),
      ),
      pairCount,
    );
    expect(bytes).toBeLessThanOrEqual(bound);
    // Lengths and tags have room for more than most need.
    expect(bytes).toBeGreaterThan(bound - 16 * (1 + features.length) - 40 * members.length - pairCount);
  });
});

describe('an answer', () => {
  it('tells of each model what it says, its weight, its use and its engine', () => {
    const explanation = {
      pairIndexes: [1],
      features: [{ name: 'f', values: [2] }],
      members: [
        {
          model: 'm',
          engine: 'forest',
          probabilities: [0.5, 0.25, 0.125, 1],
          weights: [1, 0, 0, 0] as const,
          use: 'weighted' as const,
        },
      ],
    };
    const { output } = decodeAnswer(encodePrediction({ low: 0, high: 0 }, { ...prediction, explanation }));
    expect('explanation' in output ? output.explanation : output).toEqual({
      pairIndexes: Uint32Array.of(1),
      features: [{ name: 'f', values: Float32Array.of(2) }],
      members: [
        {
          model: 'm',
          engine: 'forest',
          reply: Float32Array.of(0.5),
          retweet: Float32Array.of(0.25),
          quote: Float32Array.of(0.125),
          like: Float32Array.of(1),
          weight: { reply: 1, retweet: 0, quote: 0, like: 0 },
          use: 'weighted',
        },
      ],
    });
  });

  it('comes back as it was encoded', () => {
    const { sequence, output } = decodeAnswer(encodePrediction({ low: 5, high: 2 }, prediction));
    expect(sequence).toBe(2 * 2 ** 32 + 5);
    expect(output).toEqual({
      reply: Float32Array.of(0.1, Number.NaN),
      retweet: Float32Array.of(0.2, Number.NaN),
      quote: Float32Array.of(0.3, Number.NaN),
      like: Float32Array.of(0.4, Number.NaN),
      rowStatus: [{ pairIndex: 1, code: 3, reason: 'INVALID_ROW', message: 'tweets.token[3]: 9' }],
      releaseId: 'abc',
      timing: { queueUs: 1, featuresUs: 2, inferenceUs: 3, totalUs: 7, statisticsAgeS: 0, feedbackLag: 0 },
      rung: 'stage2',
      missingMembers: ['nn1', 'nn3'],
    });
  });

  it('that is a ranking has the columns that were asked for', () => {
    const ranking = { pairIndexes: Uint32Array.of(0), scores: Float64Array.of(2.5) };
    const readers = { readerIndexes: Uint32Array.of(4), counts: Uint32Array.of(1) };
    const decoded = (ranking: Ranking): unknown => {
      const { output } = decodeAnswer(encodePrediction({ low: 0, high: 0 }, { ...prediction, ranking }));
      expect(output).toMatchObject({ like: new Float32Array(0), rung: 'stage2' });
      return 'ranking' in output ? output.ranking : output;
    };
    const ofRanked = Float32Array.of(0.1, 0.2, 0.3, 0.4);
    const probabilities = {
      reply: Float32Array.of(0.1),
      retweet: Float32Array.of(0.2),
      quote: Float32Array.of(0.3),
      like: Float32Array.of(0.4),
    };
    expect(decoded(ranking)).toEqual(ranking);
    expect(decoded({ ...ranking, probabilities: ofRanked })).toEqual({ ...ranking, probabilities });
    expect(decoded({ ...ranking, readers })).toEqual({
      ...ranking,
      byReader: [{ readerIndex: 4, ...ranking }],
    });
    expect(decoded({ ...ranking, readers, probabilities: ofRanked })).toEqual({
      ...ranking,
      probabilities,
      byReader: [{ readerIndex: 4, ...ranking, probabilities }],
    });
    const none = { pairIndexes: new Uint32Array(0), scores: new Float64Array(0) };
    const noReaders = { readerIndexes: new Uint32Array(0), counts: new Uint32Array(0) };
    expect(decoded({ ...none, readers: noReaders })).toEqual({
      ...none,
      byReader: [],
    });
  });

  it('that is a refusal is an error with all that was told', () => {
    const busy = new PairstreamError('BUSY', 'full', { retryAfterMs: 5 });
    const { sequence, output } = decodeAnswer(encodeRefusal({ low: 0, high: 0 }, busy));
    expect(sequence).toBe(0);
    expect(output).toMatchObject({
      name: 'ServerError',
      code: 8,
      reason: 'BUSY',
      retryAfterMs: 5,
      message: 'BUSY: full',
    });
  });
});

describe('the feedback part of an answer', () => {
  it('comes back as it was encoded: a token per pair, and empty ones', () => {
    const answered = Uint32Array.of(1, 3);
    const { bytes, offsets } = layOutTokens(answered, 5);
    offsets.forEach((at, i) => bytes.fill(i + 1, at, at + TOKEN_BYTES));
    const shownError = new PairstreamError('BUSY', 'full', { retryAfterMs: 9 });
    const predictionId = Uint8Array.of(1, 2, 3);
    const freshness = { ageS: 12.6, lagCount: 2 ** 40 };
    const encoded = encodePrediction({ low: 1, high: 0 }, prediction, {
      tokenBytes: bytes,
      predictionId,
      shownError,
      freshness,
    });
    const { output } = decodeAnswer(encoded);
    expect(output).toMatchObject({
      predictionId,
      shownError: { reason: 'BUSY', retryAfterMs: 9 },
      timing: { totalUs: 7, statisticsAgeS: 13, feedbackLag: 2 ** 32 - 1 },
    });
    const tokens = 'feedbackTokens' in output ? output.feedbackTokens : [];
    expect(tokens?.map(({ length, 0: first }) => [length, first])).toEqual([
      [0, undefined],
      [TOKEN_BYTES, 1],
      [0, undefined],
      [TOKEN_BYTES, 2],
      [0, undefined],
    ]);
  });

  it('has a token for each ranked pair, in any order', () => {
    const { bytes, offsets } = layOutTokens(Uint32Array.of(7, 0, 3));
    expect([...offsets]).toEqual([3, 3 + TOKEN_BYTES + 3, 2 * (TOKEN_BYTES + 3) + 3]);
    expect(bytes).toHaveLength(3 * (TOKEN_BYTES + 3));
  });
});

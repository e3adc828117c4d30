import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { averagePrecision, rankByScore } from './average-precision.js';

function ones(count: number): Uint8Array {
  return new Uint8Array(count).fill(1);
}

function precisionOf(
  scores: number[],
  labels: number[],
  weights: ArrayLike<number> = ones(scores.length),
): number {
  return averagePrecision(
    rankByScore(Float64Array.from(scores)),
    Uint8Array.from(labels),
    Uint8Array.from(weights),
  );
}

/** The definition, threshold by threshold. */
function slowPrecision(scores: readonly number[], labels: readonly number[]): number {
  const positives = labels.filter((label) => label === 1).length;
  let recallBefore = 0;
  let sum = 0;
  for (const threshold of [...new Set(scores)].sort((a, b) => b - a)) {
    const taken = labels.filter((_, i) => scores[i]! >= threshold);
    const hits = taken.filter((label) => label === 1).length;
    sum += (hits / positives - recallBefore) * (hits / taken.length);
    recallBefore = hits / positives;
  }
  return sum;
}

const sample = fc
  .array(fc.tuple(fc.integer({ min: 0, max: 5 }), fc.constantFrom(0, 1)), { minLength: 1, maxLength: 40 })
  .filter((rows) => rows.some(([, label]) => label === 1));

describe('averagePrecision', () => {
  it('is what is computed by hand', () => {
    expect(precisionOf([0.9, 0.8, 0.7], [1, 0, 1])).toBeCloseTo(0.5 + 0.5 * (2 / 3));
    expect(precisionOf([0.5, 0.5, 0.5, 0.5], [1, 0, 0, 0])).toBeCloseTo(0.25);
    expect(precisionOf([3, 2, 1], [1, 1, 0])).toBe(1);
    expect(precisionOf([1, 2], [0, 0])).toBeNaN();
  });

  it('does not depend on the order of the rows, ties included', () => {
    expect(precisionOf([1, 2, 2, 3], [1, 1, 0, 0])).toBeCloseTo(0.5 * (1 / 3) + 0.5 * (2 / 4));
    expect(precisionOf([2, 3, 2, 1], [0, 0, 1, 1])).toBe(precisionOf([1, 2, 2, 3], [1, 1, 0, 0]));
  });

  it('of a constant score is the share of positives', () => {
    expect(precisionOf([0.3, 0.3, 0.3, 0.3, 0.3], [0, 1, 0, 1, 0])).toBeCloseTo(2 / 5, 12);
  });

  it('is the definition, ties included', () => {
    fc.assert(
      fc.property(sample, (rows) => {
        const scores = rows.map(([score]) => score);
        const labels = rows.map(([, label]) => label);
        expect(precisionOf(scores, labels)).toBeCloseTo(slowPrecision(scores, labels), 12);
      }),
    );
  });

  it('a weight is as many equal rows', () => {
    fc.assert(
      fc.property(sample, fc.array(fc.nat({ max: 3 }), { minLength: 40, maxLength: 40 }), (rows, counts) => {
        const scores = rows.map(([score]) => score);
        const labels = rows.map(([, label]) => label);
        const repeated = rows.flatMap((row, i) => Array.from({ length: counts[i]! }, () => row));
        const weighted = precisionOf(scores, labels, counts.slice(0, rows.length));
        const plain = precisionOf(
          repeated.map(([score]) => score),
          repeated.map(([, label]) => label),
        );
        const difference = Number.isNaN(plain) ? Number(!Number.isNaN(weighted)) : Math.abs(weighted - plain);
        expect(difference).toBeLessThan(1e-12);
      }),
    );
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { averagePrecision, rankByScore } from './average-precision.js';
import { evaluatePredictions } from './evaluate-predictions.js';
import { formatEvaluationReport } from './evaluation-report.js';
import { describeGroup, popularityGroup } from './popularity-groups.js';
import { relativeCrossEntropy, rowLosses } from './relative-cross-entropy.js';
import { PoissonWeights } from './resampling.js';

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

describe('relativeCrossEntropy', () => {
  const rce = (probabilities: number[], labels: number[]): number => {
    const bits = Uint8Array.from(labels);
    return relativeCrossEntropy(rowLosses(Float64Array.from(probabilities), bits), bits, ones(labels.length));
  };

  it('is 0 for the share of positives, 100 for certainty, negative for worse than the constant', () => {
    expect(rce([0.25, 0.25, 0.25, 0.25], [1, 0, 0, 0])).toBeCloseTo(0);
    expect(rce([1, 0], [1, 0])).toBeCloseTo(100, 10);
    expect(rce([0, 1], [1, 0])).toBeLessThan(-4_000);
    expect(rce([0.5], [1])).toBeNaN();
  });

  it('is what is computed by hand', () => {
    const loss = -(Math.log(0.8) + Math.log(0.6) + Math.log(0.7)) / 3;
    const constant = -((1 / 3) * Math.log(1 / 3) + (2 / 3) * Math.log(2 / 3));
    expect(rce([0.8, 0.4, 0.3], [1, 0, 0])).toBeCloseTo(100 * (1 - loss / constant), 10);
  });
});

describe('popularity groups', () => {
  it('begin at the published edges', () => {
    expect([0, 239, 240, 587, 588, 1_330, 1_331, 3_995, 3_996, 1e9].map(popularityGroup)).toEqual([
      0, 0, 1, 1, 2, 2, 3, 3, 4, 4,
    ]);
    expect([0, 1, 4].map(describeGroup)).toEqual(['below 240', '240 to 587', '3996 and more']);
  });
});

describe('PoissonWeights', () => {
  it('have mean and variance 1, and repeat with the seed', () => {
    const weights = new Uint8Array(200_000);
    new PoissonWeights(7).draw(weights);
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    const squares = weights.reduce((sum, weight) => sum + weight * weight, 0);
    expect(total / weights.length).toBeCloseTo(1, 1);
    expect(squares / weights.length - 1).toBeCloseTo(1, 1);
    const again = new Uint8Array(200_000);
    new PoissonWeights(7).draw(again);
    expect(again).toEqual(weights);
  });
});

describe('evaluatePredictions', () => {
  const rowCount = 4_000;
  const truths = Float32Array.from(
    { length: rowCount * 4 },
    (_, i) => 0.1 + 0.8 * ((i * 0.618_033_988_7) % 1),
  );
  const labels = Uint8Array.from(truths, (truth, i) => ((i * 0.754_877_666_2) % 1 < truth ? 1 : 0));
  const authorFollowerCounts = Float64Array.from(
    { length: rowCount },
    (_, i) => [10, 300, 700, 2_000, 5_000][i % 5]!,
  );
  const half = truths.map((truth) => 0.5 + 0.5 * (truth - 0.5));

  it('scores predictions beside the true probabilities, with intervals that hold the values', () => {
    const report = evaluatePredictions({
      rowCount,
      probabilities: half,
      truths,
      labels,
      authorFollowerCounts,
      resampleCount: 50,
    });
    const { meanRce } = report.model;
    expect(report.groupRowCounts).toEqual([800, 800, 800, 800, 800]);
    expect(meanRce.low).toBeLessThan(meanRce.value);
    expect(meanRce.high).toBeGreaterThan(meanRce.value);
    expect(report.oracle!.meanRce.value).toBeGreaterThan(meanRce.value);
    expect(report.oracle!.meanAp).toEqual(report.model.meanAp);
    expect(report.shareOfOracle!.value).toBeCloseTo(meanRce.value / report.oracle!.meanRce.value, 12);
    const byTarget = report.model.targets.map(({ rce }) => rce.value);
    expect(byTarget.reduce((sum, value) => sum + value, 0) / 4).toBeCloseTo(meanRce.value, 10);
    const [reply] = report.model.targets;
    expect(reply!.groupRce.reduce((sum, value) => sum! + value!, 0)! / 5).toBeCloseTo(reply!.rce.value, 10);
    expect(formatEvaluationReport(report)).toContain('% of what the true probabilities reach');
  });

  it('repeats with the seed, and needs no truths', () => {
    const input = { rowCount, probabilities: half, labels, authorFollowerCounts, resampleCount: 5, seed: 3 };
    expect(evaluatePredictions(input)).toEqual(evaluatePredictions(input));
    expect(evaluatePredictions({ ...input, seed: 4 })).not.toEqual(evaluatePredictions(input));
    expect(formatEvaluationReport(evaluatePredictions(input))).not.toContain('true probabilities reach');
  });

  it('leaves a group with one kind of label out of the mean', () => {
    const without = labels.map((label, i) =>
      i % 4 === 2 && authorFollowerCounts[Math.floor(i / 4)] === 10 ? 0 : label,
    );
    const report = evaluatePredictions({
      rowCount,
      probabilities: half,
      labels: without,
      authorFollowerCounts,
      resampleCount: 0,
    });
    const quote = report.model.targets[2]!;
    expect(quote.groupRce[0]).toBeNull();
    const others = quote.groupRce.slice(1).map(Number);
    expect(quote.rce.value).toBeCloseTo(others.reduce((sum, value) => sum + value, 0) / 4, 10);
  });

  it('refuses what is no probability, and rows without any positive', () => {
    const wrong = half.with(6, Number.NaN);
    const input = { rowCount, probabilities: half, labels, authorFollowerCounts, resampleCount: 0 };
    expect(() => evaluatePredictions({ ...input, probabilities: wrong })).toThrow(
      'row 2, quote: NaN, expected a',
    );
    expect(() => evaluatePredictions({ ...input, labels: new Uint8Array(rowCount * 4) })).toThrow(
      'reply: no popularity',
    );
  });
});

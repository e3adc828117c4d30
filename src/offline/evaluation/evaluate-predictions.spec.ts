import { describe, expect, it } from 'vitest';
import { evaluatePredictions } from './evaluate-predictions.js';
import type { EvaluationInput } from './evaluation-input.js';
import { formatEvaluationReport } from './evaluation-report.js';

const FOLLOWERS = [10, 300, 700, 2_000, 5_000] as const;
const rowCount = 4_000;

/** Evenly spread numbers in [0, 1); another stream for each step. */
function spread(i: number, step: number): number {
  return (i * step) % 1;
}

/** Small 32-bit generator, for draws that must look independent. */
function randoms(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let bits = Math.imul(state ^ (state >>> 15), state | 1);
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  };
}

function average(values: readonly (number | null)[]): number {
  return values.reduce<number>((sum, value) => sum + value!, 0) / values.length;
}

const truths = Float32Array.from({ length: rowCount * 4 }, (_, i) => 0.1 + 0.8 * spread(i, 0.618_033_988_7));
const labels = Uint8Array.from(truths, (truth, i) => (spread(i, 0.754_877_666_2) < truth ? 1 : 0));
const authorFollowerCounts = Float64Array.from({ length: rowCount }, (_, i) => FOLLOWERS[i % 5]!);
const half = truths.map((truth) => 0.5 + 0.5 * (truth - 0.5));
const base: EvaluationInput = {
  rowCount,
  probabilities: half,
  labels,
  authorFollowerCounts,
  resampleCount: 0,
};

/** 4 targets with the same labels and probabilities in each. */
function alike(
  bits: readonly number[],
  probabilities: readonly number[],
  followers: number[],
): EvaluationInput {
  return {
    rowCount: bits.length,
    labels: Uint8Array.from(bits.flatMap((bit) => [bit, bit, bit, bit])),
    probabilities: Float32Array.from(probabilities.flatMap((p) => [p, p, p, p])),
    authorFollowerCounts: Float64Array.from(followers),
    resampleCount: 0,
  };
}

describe('evaluatePredictions', () => {
  it('is what is computed by hand: two groups count alike, however many rows they have', () => {
    const report = evaluatePredictions(
      alike([1, 0, 1, 0, 1], [0.75, 0.5, 0.25, 0.75, 0.75], [1, 1, 1, 588, 1_330]),
    );
    const [reply] = report.targets;
    const constant = -((2 / 3) * Math.log(2 / 3) + (1 / 3) * Math.log(1 / 3));
    const first = 100 * (1 - -(Math.log(0.75) + Math.log(0.5) + Math.log(0.25)) / 3 / constant);
    const second = 100 * (1 - -(Math.log(0.25) + Math.log(0.75)) / 2 / Math.log(2));
    expect(reply!.groups.map(({ rowCount, positiveCount }) => [rowCount, positiveCount])).toEqual([
      [3, 2],
      [0, 0],
      [2, 1],
      [0, 0],
      [0, 0],
    ]);
    expect(reply!.leftOutGroups).toEqual([1, 3, 4]);
    expect(reply!.groups[0]!.ap).toBeCloseTo(0.5 + 0.5 * (2 / 3), 10);
    expect(reply!.groups[2]!.ap).toBeCloseTo(0.5, 10);
    expect(reply!.ap.value).toBeCloseTo((5 / 6 + 1 / 2) / 2, 10);
    expect(reply!.groups[0]!.rce).toBeCloseTo(first, 10);
    expect(reply!.groups[2]!.rce).toBeCloseTo(second, 10);
    expect(report.meanRce.value).toBeCloseTo((first + second) / 2, 10);
  });

  it('gives certainty 1 and 100, the constant its share of positives and 0', () => {
    const bits = [1, 0, 0, 0, 1, 0, 0, 0];
    const followers = [1, 1, 1, 1, 999, 999, 999, 999];
    const perfect = evaluatePredictions(alike(bits, bits, followers));
    expect(perfect.meanAp.value).toBe(1);
    expect(perfect.meanRce.value).toBeCloseTo(100, 8);
    const quarter = bits.map(() => 0.25);
    const constant = evaluatePredictions(alike(bits, quarter, followers));
    expect(constant.meanAp.value).toBeCloseTo(0.25, 12);
    expect(constant.meanRce.value).toBeCloseTo(0, 10);
  });

  it('scores predictions beside the true probabilities, with intervals that hold the values', () => {
    const report = evaluatePredictions({ ...base, truths, resampleCount: 50 });
    const { meanRce, meanAp, targets } = report;
    expect(meanRce.low).toBeLessThan(meanRce.value);
    expect(meanRce.high).toBeGreaterThan(meanRce.value);
    expect(report.oracleMeanRce!.value).toBeGreaterThan(meanRce.value);
    expect(report.oracleMeanAp).toEqual(meanAp);
    expect(report.shareOfOracle!.value).toBeCloseTo(meanRce.value / report.oracleMeanRce!.value, 12);
    expect(average(targets.map(({ rce }) => rce.value))).toBeCloseTo(meanRce.value, 10);
    expect(average(targets[0]!.groups.map(({ rce }) => rce))).toBeCloseTo(targets[0]!.rce.value, 10);
    expect(average(targets[0]!.groups.map(({ oracleRce }) => oracleRce!))).toBeCloseTo(
      targets[0]!.oracleRce!.value,
      10,
    );
    expect(targets.map(({ leftOutGroups }) => leftOutGroups)).toEqual([[], [], [], []]);
    expect(JSON.parse(JSON.stringify(report))).toEqual(report);
  });

  it('scores the truth on the very resamples of the predictions', () => {
    const report = evaluatePredictions({ ...base, probabilities: truths, truths, resampleCount: 20 });
    expect(report.shareOfOracle).toEqual({ value: 1, low: 1, high: 1 });
    expect(report.oracleMeanRce).toEqual(report.meanRce);
  });

  it('knows no share of truths that are no better than the constant', () => {
    const constant = truths.map(() => 0.9);
    const report = evaluatePredictions({ ...base, truths: constant });
    expect(report.oracleMeanRce!.value).toBeLessThan(0);
    expect(report.shareOfOracle).toBeUndefined();
  });

  it('has intervals that cover the score of endlessly many rows', () => {
    // Probabilities 0.1 and 0.7, as often: the losses of the truth and of the constant are known.
    const entropy = (p: number): number => -p * Math.log(p) - (1 - p) * Math.log(1 - p);
    const expected = 100 * (1 - (entropy(0.1) + entropy(0.7)) / 2 / entropy(0.4));
    const random = randoms(11);
    let covered = 0;
    for (let sample = 0; sample < 50; sample += 1) {
      const drawn = Float32Array.from({ length: 800 * 4 }, () => (random() < 0.5 ? 0.1 : 0.7));
      const { targets } = evaluatePredictions({
        rowCount: 800,
        probabilities: drawn,
        labels: Uint8Array.from(drawn, (p) => (random() < p ? 1 : 0)),
        authorFollowerCounts: new Float64Array(800),
        resampleCount: 100,
        seed: sample,
      });
      covered += targets.filter(({ rce }) => rce.low <= expected && expected <= rce.high).length;
    }
    expect(covered / 200).toBeGreaterThan(0.89);
    expect(covered / 200).toBeLessThan(0.99);
  });

  it('repeats with the seed, and needs no truths', () => {
    const input = { ...base, resampleCount: 5, seed: 3 };
    expect(evaluatePredictions(input)).toEqual(evaluatePredictions(input));
    expect(evaluatePredictions({ ...input, seed: 4 })).not.toEqual(evaluatePredictions(input));
    expect(Object.keys(evaluatePredictions(input)).join()).not.toMatch(/oracle/i);
  });

  it('reports progress after each resample', () => {
    const calls: number[][] = [];
    evaluatePredictions({ ...base, resampleCount: 3, onProgress: (...call) => calls.push(call) });
    expect(calls).toEqual([1, 2, 3].map((done) => [done, 3]));
  });

  it('leaves a group with one kind of label out of the mean, and names it', () => {
    const without = labels.map((label, i) => (i % 4 === 2 && Math.floor(i / 4) % 5 === 0 ? 0 : label));
    const report = evaluatePredictions({ ...base, labels: without });
    const quote = report.targets[2]!;
    expect(quote.groups[0]).toEqual({
      group: 0,
      rowCount: 800,
      positiveCount: 0,
      ap: null,
      rce: null,
      apInterval: null,
      rceInterval: null,
    });
    expect(quote.leftOutGroups).toEqual([0]);
    expect(quote.rce.value).toBeCloseTo(average(quote.groups.slice(1).map(({ rce }) => rce)), 10);
    expect(formatEvaluationReport(report)).toContain(
      'quote: groups without positives or without negatives are left out',
    );
  });

  it('stays defined when resamples lose every positive of a target', () => {
    const input = { ...alike([1, 0, 0], [0.5, 0.25, 0.25], [1, 1, 1]), resampleCount: 100 };
    const { meanRce, meanAp } = evaluatePredictions(input);
    expect([meanRce.low, meanRce.high, meanAp.low, meanAp.high].every(Number.isFinite)).toBe(true);
    expect(meanAp).toEqual({ value: 1, low: 1, high: 1 });
  });

  it('scores members on the same resamples, so that a small but sure gain is seen', () => {
    const worse = half.map((value, i) => value + 0.01 * (spread(i, 0.414_213_562_4) - 0.5));
    const report = evaluatePredictions({
      ...base,
      resampleCount: 50,
      members: [
        { name: 'same', probabilities: half },
        { name: 'worse', probabilities: worse },
      ],
    });
    const [same, other] = report.members!;
    expect([same!.name, other!.name]).toEqual(['same', 'worse']);
    expect(same!.meanRce).toEqual(report.meanRce);
    expect(same!.ensembleMinus.rce).toEqual({ value: 0, low: 0, high: 0 });
    expect(other!.ensembleMinus.rce.value).toBeCloseTo(report.meanRce.value - other!.meanRce.value, 10);
    // Paired: far narrower than the interval of either.
    const width = ({ low, high }: { low: number; high: number }): number => high - low;
    expect(width(other!.ensembleMinus.rce)).toBeLessThan(width(report.meanRce) / 5);
    expect(other!.ensembleMinus.targets).toHaveLength(4);
  });

  it('tells that predictions halfway to one half are too timid', () => {
    const { targets } = evaluatePredictions({ ...base, resampleCount: 20 });
    for (const { calibration } of targets) {
      expect(calibration.slope.low).toBeGreaterThan(1.5);
      expect(calibration.slope.low).toBeLessThanOrEqual(calibration.slope.value);
      expect(calibration.bins).toHaveLength(20);
    }
    const truth = evaluatePredictions({ ...base, probabilities: truths });
    for (const { calibration } of truth.targets) expect(calibration.slope.value).toBeCloseTo(1, 1);
  });
});

import { describe, expect, it } from 'vitest';
import { CalibrationSample } from './calibration.js';
import { PoissonWeights } from './resampling.js';

const ROWS = 200_000;
const GROUPS = [
  Uint32Array.from({ length: ROWS / 2 }, (_, i) => 2 * i),
  Uint32Array.from({ length: ROWS / 2 }, (_, i) => 2 * i + 1),
];
const EVEN = GROUPS.map(({ length }) => new Uint8Array(length).fill(1));

/** Evenly spread numbers in [0, 1). */
function spread(i: number, step: number): number {
  return (i * step) % 1;
}

/** Labels drawn from log-odds z; predictions that say (z - intercept) / slope. */
function sample(slope: number, intercept: number): CalibrationSample {
  const probabilities = new Float32Array(4 * ROWS);
  const labels = new Uint8Array(4 * ROWS);
  for (let row = 0; row < ROWS; row += 1) {
    const logit = 4 * spread(row, 0.618_033_988_7) - 3;
    labels[4 * row + 2] = spread(row, 0.754_877_666_2) < 1 / (1 + Math.exp(-logit)) ? 1 : 0;
    probabilities[4 * row + 2] = 1 / (1 + Math.exp(-(logit - intercept) / slope));
  }
  return new CalibrationSample(GROUPS, probabilities, labels, 2);
}

describe('CalibrationSample', () => {
  it.each([
    [1, 0],
    [0.5, 0],
    [2, 0.7],
    [1.2, -1],
    // Far too extreme, then far too timid: an undamped step overshoots.
    [0.2, 0],
    [0.25, 0.5],
    [20, 5],
    [60, -9],
  ])('finds that log-odds must be stretched by %f and moved by %f', (slope, intercept) => {
    const fit = sample(slope, intercept).fit(EVEN);
    expect(fit.hasConverged).toBe(true);
    expect(Math.abs(fit.slope / slope - 1)).toBeLessThan(0.03);
    expect(Math.abs(fit.intercept - intercept)).toBeLessThan(0.05 + 0.02 * Math.abs(intercept));
  });

  it('counts rows by their weights', () => {
    const calibrated = sample(1, 0);
    const weights = EVEN.map((group) => new Uint8Array(group.length));
    const draws = new PoissonWeights(3);
    for (const group of weights) draws.draw(group);
    const resampled = calibrated.fit(weights);
    expect(resampled.slope).not.toBe(calibrated.fit(EVEN).slope);
    expect(resampled.slope).toBeCloseTo(1, 1);
    // Twice every row is the same sample.
    const twice = calibrated.fit(EVEN.map((group) => group.map(() => 2)));
    expect(twice.slope).toBeCloseTo(calibrated.fit(EVEN).slope, 8);
  });

  it.each([
    ['all labels are 0', (i: number) => 0.3 + i / 100, () => 0],
    ['all labels are 1', (i: number) => 0.3 + i / 100, () => 1],
    ['all predictions are the same', () => 0.3, (i: number) => i % 2],
    ['predictions separate the labels', (i: number) => 0.3 + i / 100, (i: number) => (i < 5 ? 0 : 1)],
    ['there is no row', undefined, undefined],
  ])('says that there is no fit when %s', (_, predictionOf = () => 0.5, labelOf = () => 0) => {
    const rowCount = _ === 'there is no row' ? 0 : 10;
    const probabilities = new Float32Array(4 * rowCount).map((_p, i) => predictionOf(Math.floor(i / 4)));
    const labels = new Uint8Array(4 * rowCount).map((_l, i) => labelOf(Math.floor(i / 4)));
    const rows = [Uint32Array.from({ length: rowCount }, (_r, i) => i)];
    const fit = new CalibrationSample(rows, probabilities, labels, 0).fit([new Uint8Array(rowCount).fill(1)]);
    expect(fit).toEqual({ slope: Number.NaN, intercept: Number.NaN, hasConverged: false });
  });

  it('tells how often it happened where so much was predicted', () => {
    const labels = new Uint8Array(4 * 100);
    const probabilities = new Float32Array(4 * 100);
    for (let row = 0; row < 100; row += 1) {
      probabilities[4 * row] = ((row * 37) % 100) / 100;
      labels[4 * row] = (row * 37) % 100 >= 50 ? 1 : 0;
    }
    const rows = [Uint32Array.from({ length: 100 }, (_, i) => i)];
    const bins = new CalibrationSample(rows, probabilities, labels, 0).reliability(rows, labels);
    expect(bins).toHaveLength(20);
    expect(bins[0]).toMatchObject({ rowCount: 5, observedRate: 0 });
    expect(bins[0]!.meanPrediction).toBeCloseTo(0.02, 6);
    expect(bins[19]).toMatchObject({ rowCount: 5, observedRate: 1 });
    expect(bins.map(({ observedRate }) => observedRate)).toEqual([
      ...Array(10).fill(0),
      ...Array(10).fill(1),
    ]);
  });
});

import { describe, expect, it } from 'vitest';
import { collectSample, expectedRce, oracleRce, requestOnlyRce, rceWithout } from './ablation.js';
import type { Component } from '../../src/offline/world/label-model.js';
import { World } from '../../src/offline/world/world.js';

/** Causes whose loss must be felt, as the parts they consist of. */
const CAUSES: readonly (readonly [string, readonly Component[]])[] = [
  ['reader affinity', ['reader']],
  ['pair affinity', ['pair']],
  ['word topics', ['topic', 'interest']],
  ['tweet appeal', ['appeal']],
  ['drift', ['drift']],
];

describe.each([1, 2])('a world of 6,000 readers, seed %i', (seed) => {
  const sample = collectSample(new World({ seed, userCount: 6000, pairsPerDay: 25_000 }), [0, 9, 19]);
  const oracle = oracleRce(sample);

  it('has an oracle worth reaching for', () => {
    expect(oracle).toBeGreaterThan(25);
    expect(oracle).toBeLessThan(45);
  });

  it('gives less than half of the oracle to columns of the request alone', () => {
    const request = requestOnlyRce(sample);
    expect(request).toBeGreaterThan(0);
    expect(request / oracle).toBeLessThan(0.5);
  });

  it.each(CAUSES)('costs the oracle at least 5 %% without %s', (_, unknown) => {
    expect(1 - rceWithout(sample, unknown) / oracle).toBeGreaterThan(0.05);
  });

  it('keeps more than half for a model that knows keys but not tweets, interests or days', () => {
    expect(rceWithout(sample, ['interest', 'appeal', 'drift']) / oracle).toBeGreaterThan(0.5);
  });

  it('costs nothing when nothing is taken away, and all when all is', () => {
    expect(rceWithout(sample, [])).toBeCloseTo(oracle, 1);
    const mean = sample.truth[3]!.reduce((sum, p) => sum + p, 0) / sample.rowCount;
    expect(expectedRce(sample, 3, new Float64Array(sample.rowCount).fill(mean))).toBeLessThan(0.01);
  });
});

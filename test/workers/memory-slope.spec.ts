import { expect, it } from 'vitest';
import { seededRandom } from '../../src/loadtest/seeded-random.js';
import { type MemorySample, anonymousBytes, slopeOf } from '../support/processes/memory-slope.js';

const SEEDS = 100;

/** Samples with noise of which neighbours are alike. */
function samplesOf(seed: number, slope: number): MemorySample[] {
  const random = seededRandom(seed);
  let drift = 0;
  return Array.from({ length: 200 }, (_, at) => {
    drift = 0.5 * drift + random() - 0.5;
    return [at, 1_000 + slope * at + drift];
  });
}

it.each([0.1, 0])('the interval nearly always holds the slope: %d', (slope) => {
  const found = Array.from({ length: SEEDS }, (_, seed) => slopeOf(samplesOf(seed + 1, slope)));
  const holding = found.filter(({ low, high }) => low <= slope && slope <= high);
  expect(holding.length).toBeGreaterThan(0.85 * SEEDS);
  const isRising = found.filter(({ low }) => low > 0).length;
  expect(isRising / SEEDS).toBeCloseTo(slope === 0 ? 0 : 1, 0);
});

it('reads the memory of a process', () => {
  expect(anonymousBytes(process.pid)).toBeGreaterThan(10_000_000);
});

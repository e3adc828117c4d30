import { describe, expect, it } from 'vitest';
import { seededRandom } from '../seeded-random.js';
import { constantArrivals, poissonArrivals, replayedArrivals } from './arrival-times.js';

const COUNT = 20_000;

function first(arrivals: Iterable<number>, count: number): number[] {
  const times: number[] = [];
  for (const time of arrivals) {
    if (times.length === count) break;
    times.push(time);
  }
  return times;
}

describe('arrival times', () => {
  it.each([1, 50, 2_000])('are at equal distances at a constant rate of %d/s', (rate) => {
    expect(first(constantArrivals(rate), 4)).toEqual([0, 1, 2, 3].map((i) => (i * 1_000) / rate));
  });

  it.each([
    [1, 5],
    [50, 1],
    [2_000, 2],
  ])('have exponential gaps at a Poisson rate of %d/s, seed %d', (rate, seed) => {
    const times = first(poissonArrivals(rate, seededRandom(seed)), COUNT);
    const gaps = times.map((time, i) => time - (times[i - 1] ?? 0));
    const mean = times.at(-1)! / COUNT;
    expect(mean * rate).toBeGreaterThan(970);
    expect(mean * rate).toBeLessThan(1_030);
    // The deviation of an exponential distribution is its mean; a share of 1/e is longer than the mean.
    const deviation = Math.sqrt(gaps.reduce((sum, gap) => sum + (gap - mean) ** 2, 0) / COUNT);
    expect(deviation / mean).toBeCloseTo(1, 1);
    expect(gaps.filter((gap) => gap > mean).length / COUNT).toBeCloseTo(1 / Math.E, 1);
    expect(gaps.every((gap) => gap >= 0)).toBe(true);
  });

  it('are the same for the same seed, and others for another seed', () => {
    const of = (seed: number): number[] => first(poissonArrivals(10, seededRandom(seed)), 100);
    expect(of(7)).toEqual(of(7));
    expect(of(7)).not.toEqual(of(8));
  });

  it.each([
    [1, [0, 1_500, 4_000]],
    [2, [0, 750, 2_000]],
    [0.5, [0, 3_000, 8_000]],
  ])('are replayed at %dx', (speed, expected) => {
    expect([...replayedArrivals([0, 1.5, 4], speed)]).toEqual(expected);
  });
});

import type { RandomSource } from '../seeded-random.js';

const MS_PER_S = 1_000;

/** Arrival times at equal distances, the first at 0. @param ratePerS messages per second @returns milliseconds, without end */
export function* constantArrivals(ratePerS: number): Generator<number, never> {
  for (let number = 0; ; number += 1) yield (number * MS_PER_S) / ratePerS;
}

/**
 * Arrival times of a Poisson process: independent callers, with bursts and gaps.
 * @param ratePerS mean messages per second
 * @returns milliseconds, ascending, without end
 */
export function* poissonArrivals(ratePerS: number, random: RandomSource): Generator<number, never> {
  for (let atMs = 0; ;) {
    atMs += (-Math.log(1 - random()) * MS_PER_S) / ratePerS;
    yield atMs;
  }
}

/**
 * Recorded arrival times, faster or slower.
 * @param timesS seconds after the first one, ascending
 * @param speed seconds of recorded time per second
 * @returns milliseconds
 */
export function* replayedArrivals(timesS: Iterable<number>, speed: number): Generator<number, void> {
  for (const timeS of timesS) yield (timeS * MS_PER_S) / speed;
}

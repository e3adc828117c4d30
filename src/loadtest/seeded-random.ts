import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

/** Returns the next random number, 0 (included) to 1 (excluded). */
export type RandomSource = () => number;

/** A generator that gives the same numbers for the same seed. @param seed whole number of 32 bits */
export function seededRandom(seed: number): RandomSource {
  const generator = xoroshiro128plus(seed);
  return () => uniformFloat64(generator);
}

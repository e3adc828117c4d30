import { quantile } from 'simple-statistics';

const TAILS: number[] = [0.025, 0.975];

/** A score with its 95 % bootstrap interval, in the unit of the score. */
export interface Interval {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** Difference of two scores, on the same rows and resamples. */
export interface PairedDifference {
  readonly ap: Interval;
  readonly rce: Interval;
}

/**
 * Interval of the first score: the 2.5 % and 97.5 % quantiles of the others. Leaves out resamples without a score (NaN). If none
 * is left, the interval is the value itself.
 * @param scores the score of the whole sample, then one per resample
 */
export function intervalOf([value, ...resampled]: readonly [number, ...number[]]): Interval {
  const defined = resampled.filter((score) => Number.isFinite(score));
  if (defined.length === 0) return { value, low: value, high: value };
  const [low, high] = quantile(defined, TAILS);
  return { value, low: low!, high: high! };
}

/** A score and its interval, for a table. */
export function intervalText({ value, low, high }: Interval, digits: number): string {
  return `${value.toFixed(digits)} (${low.toFixed(digits)} to ${high.toFixed(digits)})`;
}

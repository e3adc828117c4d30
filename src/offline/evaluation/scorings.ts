import { type Interval, intervalOf, type PairedDifference } from './interval.js';
import type { Scoring } from './prediction-scorer.js';

/** Scorings of the whole sample, then of each resample. */
export type Scorings = [Scoring, ...Scoring[]];

/** Score of the whole sample with its interval over the resamples. @param scoreOf also receives the index of the scoring */
export function spanOf(
  [whole, ...resampled]: Scorings,
  scoreOf: (scoring: Scoring, i: number) => number,
): Interval {
  return intervalOf([scoreOf(whole, 0), ...resampled.map((scoring, i) => scoreOf(scoring, i + 1))]);
}

/** Difference of two answers' scores, resample by resample. @param of selects AP and RCE of a scoring */
export function difference(
  one: Scorings,
  other: Scorings,
  of: (scoring: Scoring) => { readonly ap: number; readonly rce: number },
): PairedDifference {
  return {
    ap: spanOf(one, (scoring, i) => of(scoring).ap - of(other[i]!).ap),
    rce: spanOf(one, (scoring, i) => of(scoring).rce - of(other[i]!).rce),
  };
}

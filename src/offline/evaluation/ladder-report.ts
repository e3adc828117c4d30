import { aligned } from './aligned.js';
import { type Interval, intervalText, type PairedDifference } from './interval.js';

/** Scores of an answer with models missing. */
export interface LadderCaseReport {
  readonly name: string;
  /** The rung of the ladder that answers. */
  readonly rung: string;
  readonly missing: readonly string[];
  readonly meanAp: Interval;
  readonly meanRce: Interval;
  /** Score of the full ensemble minus this score, on the same rows and resamples. */
  readonly wholeMinus: PairedDifference;
  /** Score of a mean of several models minus that of the best of them; absent for other answers. */
  readonly aboveBest?: PairedDifference & { readonly member: string };
}

/** Aligned text for a terminal. */
export function ladderLines(cases: readonly LadderCaseReport[]): string[] {
  return aligned([
    [
      'the ladder',
      'answered at',
      'AP',
      'RCE',
      'the whole has more AP',
      'more RCE',
      'RCE above its best model',
    ],
    ...cases.map(({ name, rung, meanAp, meanRce, wholeMinus, aboveBest }) => [
      name,
      rung,
      intervalText(meanAp, 4),
      intervalText(meanRce, 2),
      intervalText(wholeMinus.ap, 4),
      intervalText(wholeMinus.rce, 2),
      aboveBest === undefined ? '' : `${intervalText(aboveBest.rce, 2)}, ${aboveBest.member}`,
    ]),
  ]);
}

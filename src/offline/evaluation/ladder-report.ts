import { aligned } from './aligned.js';
import { type Interval, intervalText, type PairedDifference } from './interval.js';

/** Scores of the answer of one rung, or of the answer with some models missing. */
export interface LadderCaseReport {
  readonly name: string;
  /** The rung of the ladder that answers. */
  readonly rung: string;
  readonly missing: readonly string[];
  readonly meanAp: Interval;
  readonly meanRce: Interval;
  /** Score of the ensemble minus this score, on the same rows and resamples. */
  readonly ensembleMinus: PairedDifference;
  /** Score of a mean of several models minus the score of the best of these models; absent for other answers. */
  readonly aboveBest?: PairedDifference & { readonly member: string };
}

/** The cases as aligned text for a terminal, one line each after a header. */
export function ladderLines(cases: readonly LadderCaseReport[]): string[] {
  return aligned([
    [
      'rung or case',
      'answered at',
      'AP',
      'RCE',
      'AP below ensemble',
      'RCE below ensemble',
      'RCE above its best model',
    ],
    ...cases.map(({ name, rung, meanAp, meanRce, ensembleMinus, aboveBest }) => [
      name,
      rung,
      intervalText(meanAp, 4),
      intervalText(meanRce, 2),
      intervalText(ensembleMinus.ap, 4),
      intervalText(ensembleMinus.rce, 2),
      aboveBest === undefined ? '' : `${intervalText(aboveBest.rce, 2)}, ${aboveBest.member}`,
    ]),
  ]);
}

import type { Target } from '../pairs/targets.js';
import { describeGroup } from './popularity-groups.js';

/** A score with its 95 % bootstrap interval. */
export interface Interval {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** Scores of one target: AP and RCE are the means over the popularity groups that can be scored. */
export interface TargetScores {
  readonly target: Target;
  readonly ap: Interval;
  readonly rce: Interval;
  /** By popularity group; null where a group has but one kind of label. */
  readonly groupAp: readonly (number | null)[];
  readonly groupRce: readonly (number | null)[];
}

/** Scores of one set of probabilities. */
export interface ScoreSummary {
  readonly targets: readonly TargetScores[];
  /** Means over the targets. */
  readonly meanAp: Interval;
  readonly meanRce: Interval;
}

/** The scores of predictions, beside those of the true probabilities when these are known. */
export interface EvaluationReport {
  readonly rowCount: number;
  readonly resampleCount: number;
  /** Rows of each popularity group. */
  readonly groupRowCounts: readonly number[];
  readonly model: ScoreSummary;
  readonly oracle?: ScoreSummary;
  /** Mean RCE of the model / mean RCE of the true probabilities, on the same resamples. */
  readonly shareOfOracle?: Interval;
}

/** The report as text for a terminal. */
export function formatEvaluationReport(report: EvaluationReport): string {
  const { rowCount, resampleCount, groupRowCounts, model, oracle, shareOfOracle } = report;
  const oracleRces = oracle?.targets.map(({ rce }) => interval(rce, 2)) ?? [];
  const lines = [
    `${rowCount} rows; means over five groups of authors by followers; 95 % intervals of ${resampleCount} resamples`,
    '',
    row('target', 'AP', 'RCE', 'RCE of the true probabilities'),
    ...model.targets.map(({ target, ap, rce }, t) =>
      row(target, interval(ap, 4), interval(rce, 2), oracleRces[t] ?? ''),
    ),
    row(
      'mean',
      interval(model.meanAp, 4),
      interval(model.meanRce, 2),
      oracle === undefined ? '' : interval(oracle.meanRce, 2),
    ),
    '',
    row('RCE by followers of the author', ...model.targets.map(({ target }) => target)),
    ...groupRowCounts.map((count, group) =>
      row(
        `${describeGroup(group)} (${count} rows)`,
        ...model.targets.map(({ groupRce }) => number(groupRce[group])),
      ),
    ),
  ];
  if (shareOfOracle !== undefined) {
    const { value, low, high } = shareOfOracle;
    const percent = (share: number): string => (100 * share).toFixed(1);
    lines.push(
      '',
      `${percent(value)} % of what the true probabilities reach (${percent(low)} to ${percent(high)})`,
    );
  }
  return lines.join('\n');
}

function row(first: string, ...rest: readonly string[]): string {
  return [first.padEnd(34), ...rest.map((cell) => cell.padEnd(26))].join('').trimEnd();
}

function interval({ value, low, high }: Interval, digits: number): string {
  return `${value.toFixed(digits)} (${low.toFixed(digits)} to ${high.toFixed(digits)})`;
}

function number(value: number | null | undefined): string {
  return value === null || value === undefined ? '-' : value.toFixed(2);
}

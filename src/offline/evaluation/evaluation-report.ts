import type { ReliabilityBin } from './calibration.js';
import type { Target } from '../../pairs/targets.js';
import { type Interval, intervalText, type PairedDifference } from './interval.js';
import { type LadderCaseReport, ladderLines } from './ladder-report.js';
import { aligned } from './aligned.js';
import { describeGroup } from './popularity-groups.js';

/** Scores of one target in one popularity group; null if all labels of the group are equal. */
export interface GroupReport {
  /** 0 (fewest followers) to 4. */
  readonly group: number;
  readonly rowCount: number;
  readonly positiveCount: number;
  readonly ap: number | null;
  readonly rce: number | null;
  /** Over the resamples in which the group has positives and negatives. */
  readonly apInterval: Interval | null;
  readonly rceInterval: Interval | null;
  /** AP of the true probabilities; absent if they are not known. */
  readonly oracleAp?: number | null;
  readonly oracleRce?: number | null;
}

/** Scores of one target: means over its popularity groups except `leftOutGroups`. */
export interface TargetReport {
  readonly target: Target;
  /** 0 to 1. */
  readonly ap: Interval;
  /** Percent, at most 100. The mean rate of the labels as a constant prediction scores 0; worse predictions are negative. */
  readonly rce: Interval;
  /** AP of the true probabilities; absent if they are not known. */
  readonly oracleAp?: Interval;
  readonly oracleRce?: Interval;
  readonly groups: readonly GroupReport[];
  /** Groups without positives or without negatives of this target. */
  readonly leftOutGroups: readonly number[];
  readonly calibration: CalibrationReport;
}

/** Calibration of one target: slope and intercept of a logistic regression of the labels on the log-odds of the predictions. */
export interface CalibrationReport {
  /** False if there is no best fit; slope and intercept are then NaN (null in JSON). */
  readonly hasConverged: boolean;
  /** Number of resamples without a fit; the intervals leave them out. */
  readonly unfittedResampleCount: number;
  /** 1 is perfect. */
  readonly slope: Interval;
  /** 0 is perfect. */
  readonly intercept: Interval;
  /** Twenty bins of equal row counts, by ascending prediction. */
  readonly bins: readonly ReliabilityBin[];
}

/** Scores of one model of the ensemble alone. */
export interface MemberReport {
  readonly name: string;
  readonly meanAp: Interval;
  readonly meanRce: Interval;
  /** In the order of the targets. */
  readonly targets: readonly { readonly target: string; readonly ap: Interval; readonly rce: Interval }[];
  /** Score of the ensemble minus this score, on the same rows and resamples. */
  readonly ensembleMinus: PairedDifference & { readonly targets: readonly PairedDifference[] };
}

/** Scores of predictions, and of the true probabilities (the oracle) if they are known. Plain JSON. */
export interface EvaluationReport {
  readonly rowCount: number;
  readonly resampleCount: number;
  readonly targets: readonly TargetReport[];
  /** Means over the targets. */
  readonly meanAp: Interval;
  readonly meanRce: Interval;
  readonly oracleMeanAp?: Interval;
  readonly oracleMeanRce?: Interval;
  /** meanRce / oracleMeanRce, on the same resamples; absent if oracleMeanRce is 0 or negative. */
  readonly shareOfOracle?: Interval;
  /** Scores of each model alone; absent if there are none. */
  readonly members?: readonly MemberReport[];
  /** Scores with models missing; absent if not requested. */
  readonly ladder?: readonly LadderCaseReport[];
}

/** The report as aligned text for a terminal, without a newline at the end. */
export function formatEvaluationReport(report: EvaluationReport): string {
  const { rowCount, resampleCount, targets, meanAp, meanRce, oracleMeanAp, oracleMeanRce } = report;
  const hasOracle = oracleMeanRce !== undefined;
  const lines = [
    `${rowCount} rows; means over five groups of authors by followers; 95 % intervals of ${resampleCount} resamples`,
    '',
    ...aligned([
      ['target', 'AP', 'RCE', ...(hasOracle ? ['oracle AP', 'oracle RCE'] : [])],
      ...targets.map(({ target, ap, rce, oracleAp, oracleRce }) => [
        target,
        ...scoreCells(ap, rce),
        ...scoreCells(oracleAp, oracleRce),
      ]),
      ['mean', ...scoreCells(meanAp, meanRce), ...scoreCells(oracleMeanAp, oracleMeanRce)],
    ]),
    '',
    ...aligned([
      ['RCE by followers of the author', 'rows', ...targets.map(({ target }) => target)],
      ...(targets[0]?.groups ?? []).map(({ group, rowCount: groupRowCount }) => [
        describeGroup(group),
        String(groupRowCount),
        ...targets.map(({ groups }) => groups[group]?.rce?.toFixed(2) ?? '-'),
      ]),
    ]),
    ...targets.flatMap(({ target, leftOutGroups }) =>
      leftOutGroups.length === 0
        ? []
        : [
            `${target}: groups without positives or without negatives are left out: followers ${leftOutGroups.map(describeGroup).join(', ')}`,
          ],
    ),
  ];
  lines.push(
    '',
    ...aligned([
      ['calibration', 'slope', 'intercept'],
      ...targets.map(({ target, calibration: { hasConverged, slope, intercept } }) =>
        hasConverged
          ? [target, intervalText(slope, 3), intervalText(intercept, 3)]
          : [target, 'did not converge', '-'],
      ),
    ]),
    ...targets.flatMap(({ target, calibration: { unfittedResampleCount } }) =>
      unfittedResampleCount === 0
        ? []
        : [`${target}: the calibration of ${unfittedResampleCount} resamples did not converge`],
    ),
  );
  if (report.ladder !== undefined) lines.push('', ...ladderLines(report.ladder));
  if (report.members !== undefined) lines.push('', ...memberLines(report.members));
  if (report.shareOfOracle !== undefined) {
    const [value, low, high] = [
      report.shareOfOracle.value,
      report.shareOfOracle.low,
      report.shareOfOracle.high,
    ].map((share) => (100 * share).toFixed(1));
    lines.push(
      '',
      `${value} % of the oracle RCE (${low} to ${high}); the oracle predicts the true probabilities`,
    );
  }
  return lines.join('\n');
}

function memberLines(members: readonly MemberReport[]): string[] {
  const targets = members[0]?.targets ?? [];
  return aligned([
    ['model alone', 'RCE', 'RCE below ensemble', ...targets.map(({ target }) => `${target} below ensemble`)],
    ...members.map(({ name, meanRce, ensembleMinus }) => [
      name,
      intervalText(meanRce, 2),
      intervalText(ensembleMinus.rce, 2),
      ...ensembleMinus.targets.map(({ rce }) => intervalText(rce, 2)),
    ]),
  ]);
}

function scoreCells(ap: Interval | undefined, rce: Interval | undefined): string[] {
  return ap === undefined || rce === undefined ? [] : [intervalText(ap, 4), intervalText(rce, 2)];
}

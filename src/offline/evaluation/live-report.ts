import { aligned } from './aligned.js';
import type { EvaluationReport, MemberReport } from './evaluation-report.js';
import { type Interval, intervalText, type PairedDifference } from './interval.js';

/** Name of the offline prequential scores among the members of the evaluation. */
export const PREQUENTIAL = 'prequential';
/** Name of the scores of a gateway without feedback. */
export const WITHOUT_FEEDBACK = 'without feedback';

/** Scores of one way to serve the rows: means over the targets, and each target. */
export interface WayReport {
  readonly meanAp: Interval;
  readonly meanRce: Interval;
  readonly targets: readonly { readonly target: string; readonly ap: Interval; readonly rce: Interval }[];
}

/** Scores of a gateway that learned while it served, beside those of two other ways, on the same rows and resamples. Plain JSON. */
export interface LiveReport {
  readonly rowCount: number;
  readonly resampleCount: number;
  readonly live: WayReport;
  /** Offline, each row from the statistics at its own time. */
  readonly prequential: WayReport;
  /** The statistics stayed as they are in the release. */
  readonly withoutFeedback: WayReport;
  readonly liveMinusPrequential: MemberReport['ensembleMinus'];
  readonly liveMinusWithoutFeedback: MemberReport['ensembleMinus'];
}

/** Makes the report of an evaluation of the live predictions whose members are PREQUENTIAL and WITHOUT_FEEDBACK. */
export function liveReportOf(report: EvaluationReport): LiveReport {
  const [prequential, withoutFeedback] = [PREQUENTIAL, WITHOUT_FEEDBACK].map((name) =>
    memberOf(report, name),
  );
  const { rowCount, resampleCount, meanAp, meanRce, targets } = report;
  return {
    rowCount,
    resampleCount,
    live: { meanAp, meanRce, targets: targets.map(({ target, ap, rce }) => ({ target, ap, rce })) },
    prequential: wayOf(prequential!),
    withoutFeedback: wayOf(withoutFeedback!),
    liveMinusPrequential: prequential!.ensembleMinus,
    liveMinusWithoutFeedback: withoutFeedback!.ensembleMinus,
  };
}

/** The report as aligned text for a terminal, without a newline at the end. */
export function formatLiveReport(report: LiveReport): string {
  const { rowCount, resampleCount, live, prequential, withoutFeedback } = report;
  const { liveMinusPrequential, liveMinusWithoutFeedback } = report;
  const row = (
    name: string,
    ways: readonly Interval[],
    differences: readonly PairedDifference[],
  ): string[] => [
    name,
    ...ways.map(({ value }) => value.toFixed(2)),
    ...differences.map(({ rce }) => intervalText(rce, 2)),
  ];
  return [
    `${rowCount} rows; RCE, means over five groups of authors by followers; 95 % intervals of ${resampleCount} resamples`,
    '',
    ...aligned([
      [
        'target',
        'live',
        PREQUENTIAL,
        WITHOUT_FEEDBACK,
        `live - ${PREQUENTIAL}`,
        `live - ${WITHOUT_FEEDBACK}`,
      ],
      ...live.targets.map(({ target, rce }, t) =>
        row(
          target,
          [rce, prequential.targets[t]!.rce, withoutFeedback.targets[t]!.rce],
          [liveMinusPrequential.targets[t]!, liveMinusWithoutFeedback.targets[t]!],
        ),
      ),
      row(
        'mean',
        [live.meanRce, prequential.meanRce, withoutFeedback.meanRce],
        [liveMinusPrequential, liveMinusWithoutFeedback],
      ),
    ]),
  ].join('\n');
}

function memberOf({ members = [] }: EvaluationReport, name: string): MemberReport {
  const found = members.find((member) => member.name === name);
  if (found === undefined) throw new RangeError(`the evaluation has no member "${name}"`);
  return found;
}

function wayOf({ meanAp, meanRce, targets }: MemberReport): WayReport {
  return { meanAp, meanRce, targets };
}

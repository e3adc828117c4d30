import { TARGETS } from '../../pairs/targets.js';
import { type CalibrationFit, CalibrationSample } from './calibration.js';
import { checkEvaluationInput, type EvaluationInput } from './evaluation-input.js';
import type { EvaluationReport, MemberReport, TargetReport } from './evaluation-report.js';
import { type Interval, intervalOf } from './interval.js';
import { rowsByGroup } from './popularity-groups.js';
import { PredictionScorer } from './prediction-scorer.js';
import { difference, type Scorings, spanOf } from './scorings.js';
import { PoissonWeights } from './resampling.js';

const DEFAULT_RESAMPLE_COUNT = 200;
const DEFAULT_SEED = 1;

type Fits = [CalibrationFit, ...CalibrationFit[]];

/**
 * Scores predictions by the challenge's definitions: AP and RCE within each of five popularity groups, averaged over the
 * groups, then over the targets. A group whose rows are all positive or all negative for a target is left out of that
 * target's mean, and the report names it.
 *
 * Intervals are the 2.5 % and 97.5 % quantiles over Poisson bootstrap resamples of the rows. The true probabilities are scored
 * on the same resamples. If a resample leaves only one kind of label in a group, the group is left out of that resample's
 * mean. If this happens to all groups of a target, the resample is left out of the intervals of the target and of the means.
 * @throws PairstreamError INVALID_REQUEST if the length of a column does not match rowCount
 * @throws PairstreamError INVALID_DATA_FILE if a value is not a probability or not a label, or a target has no group with
 *   both labels
 */
export function evaluatePredictions(input: EvaluationInput): EvaluationReport {
  checkEvaluationInput(input);
  const { rowCount, probabilities, truths, labels } = input;
  const { resampleCount = DEFAULT_RESAMPLE_COUNT, seed = DEFAULT_SEED } = input;
  const groupRows = rowsByGroup(input.authorFollowerCounts);
  const model = new PredictionScorer(groupRows, probabilities, labels);
  const oracle = truths === undefined ? undefined : new PredictionScorer(groupRows, truths, labels);
  const weights = groupRows.map((rows) => new Uint8Array(rows.length).fill(1));
  const modelScorings: Scorings = [model.score(weights)];
  const oracleScorings: Scorings | undefined = oracle && [oracle.score(weights)];
  const calibrations = TARGETS.map((_, t) => new CalibrationSample(groupRows, probabilities, labels, t));
  const fits = calibrations.map((calibration): Fits => [calibration.fit(weights)]);
  const members = (input.members ?? []).map(({ name, probabilities: ofMember }) => {
    const scorer = new PredictionScorer(groupRows, ofMember, labels);
    return { name, scorer, scorings: [scorer.score(weights)] as Scorings };
  });
  const draws = new PoissonWeights(seed);
  for (let done = 1; done <= resampleCount; done += 1) {
    for (const group of weights) draws.draw(group);
    modelScorings.push(model.score(weights));
    if (oracle !== undefined) oracleScorings?.push(oracle.score(weights));
    calibrations.forEach((calibration, t) => fits[t]!.push(calibration.fit(weights)));
    for (const { scorer, scorings } of members) scorings.push(scorer.score(weights));
    input.onProgress?.(done, resampleCount);
  }
  return {
    rowCount,
    resampleCount,
    targets: TARGETS.map((_, t) => ({
      ...reportTarget(t, model, modelScorings, oracleScorings),
      calibration: {
        hasConverged: fits[t]![0].hasConverged,
        unfittedResampleCount: fits[t]!.slice(1).filter(({ hasConverged }) => !hasConverged).length,
        slope: intervalOf(mapFits(fits[t]!, ({ slope }) => slope)),
        intercept: intervalOf(mapFits(fits[t]!, ({ intercept }) => intercept)),
        bins: calibrations[t]!.reliability(groupRows, labels),
      },
    })),
    meanAp: spanOf(modelScorings, ({ mean }) => mean.ap),
    meanRce: spanOf(modelScorings, ({ mean }) => mean.rce),
    ...(oracleScorings === undefined ? {} : oracleMeans(modelScorings, oracleScorings)),
    ...(members.length === 0
      ? {}
      : { members: members.map(({ name, scorings }) => reportMember(name, modelScorings, scorings)) }),
  };
}

function mapFits(
  [whole, ...resampled]: Fits,
  valueOf: (fit: CalibrationFit) => number,
): [number, ...number[]] {
  return [valueOf(whole), ...resampled.map(valueOf)];
}

function reportMember(name: string, whole: Scorings, member: Scorings): MemberReport {
  return {
    name,
    meanAp: spanOf(member, ({ mean }) => mean.ap),
    meanRce: spanOf(member, ({ mean }) => mean.rce),
    targets: TARGETS.map((target, t) => ({
      target,
      ap: spanOf(member, ({ targets }) => targets[t]!.ap),
      rce: spanOf(member, ({ targets }) => targets[t]!.rce),
    })),
    ensembleMinus: {
      ...difference(whole, member, ({ mean }) => mean),
      targets: TARGETS.map((_, t) => difference(whole, member, ({ targets }) => targets[t]!)),
    },
  };
}

function oracleMeans(
  modelScorings: Scorings,
  oracleScorings: Scorings,
): Pick<EvaluationReport, 'oracleMeanAp' | 'oracleMeanRce' | 'shareOfOracle'> {
  const oracleMeanAp = spanOf(oracleScorings, ({ mean }) => mean.ap);
  const oracleMeanRce = spanOf(oracleScorings, ({ mean }) => mean.rce);
  if (oracleMeanRce.value <= 0) return { oracleMeanAp, oracleMeanRce };
  const shareOfOracle = spanOf(modelScorings, ({ mean }, i) => mean.rce / oracleScorings[i]!.mean.rce);
  return { oracleMeanAp, oracleMeanRce, shareOfOracle };
}

/** Score of one target in one group, with its interval. */
function groupSpan(scorings: Scorings, t: number, group: number, score: 'ap' | 'rce'): Interval {
  return spanOf(scorings, ({ groups }) => groups[t]![group]?.[score] ?? Number.NaN);
}

function reportTarget(
  t: number,
  model: PredictionScorer,
  modelScorings: Scorings,
  oracleScorings: Scorings | undefined,
): Omit<TargetReport, 'calibration'> {
  const groups = model.groups[t]!;
  return {
    target: TARGETS[t]!,
    ap: spanOf(modelScorings, ({ targets }) => targets[t]!.ap),
    rce: spanOf(modelScorings, ({ targets }) => targets[t]!.rce),
    ...(oracleScorings === undefined
      ? {}
      : {
          oracleAp: spanOf(oracleScorings, ({ targets }) => targets[t]!.ap),
          oracleRce: spanOf(oracleScorings, ({ targets }) => targets[t]!.rce),
        }),
    groups: groups.map(({ rowCount, positiveCount }, group) => {
      const scores = modelScorings[0].groups[t]![group];
      const oracle = oracleScorings?.[0].groups[t]![group];
      const ofOracle =
        oracleScorings === undefined ? {} : { oracleAp: oracle?.ap ?? null, oracleRce: oracle?.rce ?? null };
      return {
        group,
        rowCount,
        positiveCount,
        ap: scores?.ap ?? null,
        rce: scores?.rce ?? null,
        apInterval: scores === undefined ? null : groupSpan(modelScorings, t, group, 'ap'),
        rceInterval: scores === undefined ? null : groupSpan(modelScorings, t, group, 'rce'),
        ...ofOracle,
      };
    }),
    leftOutGroups: groups.flatMap(({ isScorable }, group) => (isScorable ? [] : [group])),
  };
}

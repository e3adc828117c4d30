import { mean, quantile } from 'simple-statistics';
import { PairstreamError } from '../errors/pairstream-error.js';
import { TARGET_COUNT, TARGETS } from '../pairs/targets.js';
import type { EvaluationReport, Interval, ScoreSummary } from './evaluation-report.js';
import { rowsByGroup } from './popularity-groups.js';
import { PoissonWeights } from './resampling.js';
import { type GroupScore, ScoredGroup } from './scored-group.js';

const DEFAULT_RESAMPLE_COUNT = 200;
const DEFAULT_SEED = 1;
const INTERVAL = [0.025, 0.975] as const;

/** Predictions and what came true; row-major [rowCount, 4]: reply, retweet, quote, like. */
export interface EvaluationInput {
  readonly rowCount: number;
  readonly probabilities: Float32Array;
  /** The true probabilities, when they are known. */
  readonly truths?: Float32Array;
  /** 0 or 1. */
  readonly labels: Uint8Array;
  readonly authorFollowerCounts: Float64Array;
  /** Default 200. */
  readonly resampleCount?: number;
  /** Of the resamples; default 1. */
  readonly seed?: number;
  readonly onProgress?: (resamplesDone: number) => void;
}

/**
 * Scores predictions by the challenge's definitions: AP and RCE within each of five popularity groups, averaged over the
 * groups, then over the targets. A group whose rows are all positive or all negative for a target is left out of that
 * target's mean. Intervals are the 2.5 % and 97.5 % quantiles over Poisson bootstrap resamples of the rows; the true
 * probabilities are scored on the same resamples.
 * @throws PairstreamError INVALID_DATA_FILE when a prediction is no probability, or a target has no group with both labels
 */
export function evaluatePredictions(input: EvaluationInput): EvaluationReport {
  const {
    rowCount,
    probabilities,
    truths,
    resampleCount = DEFAULT_RESAMPLE_COUNT,
    seed = DEFAULT_SEED,
  } = input;
  checkProbabilities(probabilities.subarray(0, rowCount * TARGET_COUNT));
  const groupRows = rowsByGroup(input.authorFollowerCounts.subarray(0, rowCount));
  const model = new PredictionScorer(groupRows, probabilities, input.labels);
  const oracle = truths === undefined ? undefined : new PredictionScorer(groupRows, truths, input.labels);
  const weights = groupRows.map((rows) => new Uint8Array(rows.length).fill(1));
  model.score(weights);
  oracle?.score(weights);
  const draws = new PoissonWeights(seed);
  for (let done = 1; done <= resampleCount; done += 1) {
    for (const group of weights) draws.draw(group);
    model.score(weights);
    oracle?.score(weights);
    input.onProgress?.(done);
  }
  return {
    rowCount,
    resampleCount,
    groupRowCounts: groupRows.map((rows) => rows.length),
    model: model.summarise(),
    ...(oracle === undefined ? {} : { oracle: oracle.summarise(), shareOfOracle: ratioOf(model, oracle) }),
  };
}

/** One scoring of all targets under one weighting. */
interface Scores {
  /** By target, then by group; undefined where a group cannot be scored. */
  readonly groups: readonly (readonly (GroupScore | undefined)[])[];
  readonly targets: readonly GroupScore[];
  readonly mean: GroupScore;
}

/** One set of probabilities, scored under one weighting after another; the first is the whole sample. */
class PredictionScorer {
  readonly scores: Scores[] = [];
  /** By target, then by group. */
  private readonly groups: readonly (readonly ScoredGroup[])[];

  constructor(groupRows: readonly Uint32Array[], probabilities: Float32Array, labels: Uint8Array) {
    this.groups = TARGETS.map((target, t) => {
      const groups = groupRows.map((rows) => {
        const groupProbabilities = Float64Array.from(rows, (row) => probabilities[row * TARGET_COUNT + t]!);
        return new ScoredGroup(
          groupProbabilities,
          Uint8Array.from(rows, (row) => labels[row * TARGET_COUNT + t]!),
        );
      });
      if (groups.some(({ isScorable }) => isScorable)) return groups;
      const problem = `${target}: no popularity group has rows with and without it, expected more rows`;
      throw new PairstreamError('INVALID_DATA_FILE', problem, { field: target });
    });
  }

  /** @param weights by group, how often each of its rows counts */
  score(weights: readonly Uint8Array[]): void {
    const groups = this.groups.map((ofTarget) =>
      ofTarget.map((group, g) => (group.isScorable ? group.score(weights[g]!) : undefined)),
    );
    const targets = groups.map(meanScore);
    this.scores.push({ groups, targets, mean: meanScore(targets) });
  }

  summarise(): ScoreSummary {
    const groupScores = this.scores[0]!.groups;
    return {
      targets: TARGETS.map((target, t) => ({
        target,
        ap: intervalOf(this.scores.map(({ targets }) => targets[t]!.ap)),
        rce: intervalOf(this.scores.map(({ targets }) => targets[t]!.rce)),
        groupAp: groupScores[t]!.map((score) => score?.ap ?? null),
        groupRce: groupScores[t]!.map((score) => score?.rce ?? null),
      })),
      meanAp: intervalOf(this.scores.map(({ mean }) => mean.ap)),
      meanRce: intervalOf(this.scores.map(({ mean }) => mean.rce)),
    };
  }
}

/** Mean over what is defined; a resample may have left a small group with one kind of label. */
function meanScore(scores: readonly (GroupScore | undefined)[]): GroupScore {
  const defined = scores.filter((score) => score !== undefined && Number.isFinite(score.ap + score.rce));
  return { ap: mean(defined.map((score) => score!.ap)), rce: mean(defined.map((score) => score!.rce)) };
}

function ratioOf(model: PredictionScorer, oracle: PredictionScorer): Interval {
  return intervalOf(model.scores.map(({ mean }, i) => mean.rce / oracle.scores[i]!.mean.rce));
}

/** The first value, with the interval that the others span. */
function intervalOf([value, ...resampled]: readonly number[]): Interval {
  if (resampled.length === 0) return { value: value!, low: value!, high: value! };
  const [low, high] = quantile([...resampled], [...INTERVAL]);
  return { value: value!, low: low!, high: high! };
}

function checkProbabilities(probabilities: Float32Array): void {
  const at = probabilities.findIndex((value) => !(value >= 0 && value <= 1));
  if (at < 0) return;
  const row = Math.floor(at / TARGET_COUNT);
  const target = TARGETS[at % TARGET_COUNT]!;
  throw new PairstreamError(
    'INVALID_DATA_FILE',
    `row ${row + 1}, ${target}: ${probabilities[at]}, expected a probability`,
    {
      field: target,
    },
  );
}

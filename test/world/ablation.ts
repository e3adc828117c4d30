import type { PartRow } from '../../src/pairs/part-row.js';
import { TARGET_COUNT } from '../../src/pairs/targets.js';
import { type Component, COMPONENTS, LabelModel, PART_AT } from '../../src/offline/world/label-model.js';
import { fitBins, fitLogits, sigmoid } from './logistic-fit.js';
import { popularityGroup } from '../../src/offline/world/popularity-group.js';
import type { World } from '../../src/offline/world/world.js';
import { DAY_S } from '../../src/pairs/unix-time.js';

const PART_COUNT = COMPONENTS.length * TARGET_COUNT;
const GROUP_COUNT = 5;
const LEAST_PROBABILITY = 1e-9;

/** Rows of a world with their causes, for measuring the effect of each cause. */
export interface AblationSample {
  readonly rowCount: number;
  /** Log-odds by cause, [row][component][target]. */
  readonly parts: Float32Array;
  /** True probabilities, by target. */
  readonly truth: readonly Float64Array[];
  readonly group: Uint8Array;
  /** Bins of the request's columns, [row][REQUEST_COLUMN_COUNT]. */
  readonly bins: Uint8Array;
}

/** Generates days of a world with the causes of every row (about 200 bytes per row). */
export function collectSample(world: World, days: readonly number[]): AblationSample {
  const rowCount = world.parameters.pairsPerDay * days.length;
  const sample = {
    rowCount,
    parts: new Float32Array(rowCount * PART_COUNT),
    truth: Array.from({ length: TARGET_COUNT }, () => new Float64Array(rowCount)),
    group: new Uint8Array(rowCount),
    bins: new Uint8Array(rowCount * REQUEST_COLUMN_COUNT),
  };
  let heard = 0;
  let row = 0;
  for (const day of days) {
    const batches = world.generateDay(day, (parts) => {
      sample.parts.set(parts, heard * PART_COUNT);
      heard += 1;
    });
    for (const batch of batches) {
      for (const pair of batch) {
        pair.truth.forEach((probability, target) => (sample.truth[target]![row] = probability));
        sample.group[row] = popularityGroup(pair.row.author.followerCount);
        sample.bins.set(requestBins(pair.row), row * REQUEST_COLUMN_COUNT);
        row += 1;
      }
    }
  }
  return sample;
}

/**
 * RCE of the probabilities of one target, in expectation over the labels, so without sampling noise. As in the challenge: 100
 * (1 - cross entropy / cross entropy of the mean rate), averaged over the five popularity groups.
 */
export function expectedRce(sample: AblationSample, target: number, predicted: Float64Array): number {
  const truth = sample.truth[target]!;
  const count = new Float64Array(GROUP_COUNT);
  const positives = new Float64Array(GROUP_COUNT);
  const entropy = new Float64Array(GROUP_COUNT);
  for (let row = 0; row < sample.rowCount; row += 1) {
    const group = sample.group[row]!;
    const p = truth[row]!;
    const q = Math.min(Math.max(predicted[row]!, LEAST_PROBABILITY), 1 - LEAST_PROBABILITY);
    count[group]! += 1;
    positives[group]! += p;
    entropy[group]! -= p * Math.log(q) + (1 - p) * Math.log1p(-q);
  }
  let sum = 0;
  for (let group = 0; group < GROUP_COUNT; group += 1) {
    const rate = positives[group]! / count[group]!;
    const constant = -count[group]! * (rate * Math.log(rate) + (1 - rate) * Math.log(1 - rate));
    sum += 100 * (1 - entropy[group]! / constant);
  }
  return sum / GROUP_COUNT;
}

/** Mean RCE of the true probabilities over the targets: the upper bound for every model. */
export function oracleRce(sample: AblationSample): number {
  return meanOverTargets((target) => expectedRce(sample, target, sample.truth[target]!));
}

/**
 * Mean RCE if some causes are unknown. First the world's model combines the known causes, with the unknown ones at zero. Then a
 * logistic regression, fitted to the true probabilities on the same rows, weighs this result and each known cause again, to
 * compensate for the unknown variance. The fit on the same rows overestimates the remaining RCE, and so underestimates the
 * effect of a cause.
 */
export function rceWithout(sample: AblationSample, unknown: readonly Component[]): number {
  const known = COMPONENTS.filter((component) => !unknown.includes(component));
  const logits = logitsOfKnown(sample, known);
  return meanOverTargets((target) => {
    const width = known.length + 1;
    const columns = new Float64Array(sample.rowCount * width);
    for (let row = 0; row < sample.rowCount; row += 1) {
      known.forEach((component, c) => {
        columns[row * width + c] = sample.parts[row * PART_COUNT + PART_AT[component] + target]!;
      });
      columns[row * width + known.length] = logits[target]![row]!;
    }
    return expectedRce(sample, target, fitLogits(columns, width, sample.truth[target]!).map(sigmoid));
  });
}

/**
 * Upper bound of the mean RCE from the request's columns alone, without history. Uses the columns' exact part of the log-odds,
 * and a step for every bin of every column, which captures correlations with hidden causes. Fitted to the true probabilities on
 * the same rows, so it overestimates. Does not cover models that recognise single users by their exact follow counts.
 */
export function requestOnlyRce(sample: AblationSample): number {
  const logits = logitsOfKnown(sample, ['visible']);
  return meanOverTargets((target) => {
    const fitted = fitLogits(logits[target]!, 1, sample.truth[target]!);
    fitBins(sample.bins, REQUEST_COLUMN_COUNT, sample.truth[target]!, fitted);
    return expectedRce(sample, target, fitted.map(sigmoid));
  });
}

/** Log-odds of each target by the world's model, with all other causes at zero. */
function logitsOfKnown(sample: AblationSample, known: readonly Component[]): Float64Array[] {
  const model = new LabelModel();
  const logits = sample.truth.map(() => new Float64Array(sample.rowCount));
  for (let row = 0; row < sample.rowCount; row += 1) {
    for (const component of known) {
      for (let target = 0; target < TARGET_COUNT; target += 1) {
        const at = PART_AT[component] + target;
        model.parts[at] = sample.parts[row * PART_COUNT + at]!;
      }
    }
    model.resolve();
    model.probability.forEach((p, target) => (logits[target]![row] = Math.log(p / (1 - p))));
  }
  return logits;
}

function meanOverTargets(rceOf: (target: number) => number): number {
  let sum = 0;
  for (let target = 0; target < TARGET_COUNT; target += 1) sum += rceOf(target);
  return sum / TARGET_COUNT;
}

const REQUEST_COLUMNS: readonly ((row: PartRow) => number)[] = [
  (row) => Number(row.authorFollowsReader),
  (row) => 2 * Math.log1p(row.author.followerCount),
  (row) => 2 * Math.log1p(row.author.followingCount),
  (row) => 3 * Math.log1p(row.reader.followerCount),
  (row) => 3 * Math.log1p(row.reader.followingCount),
  (row) => 4 + 2 * Math.log((1 + row.author.followerCount) / (1 + row.author.followingCount)) + 20,
  (row) => 4 + 2 * Math.log((1 + row.reader.followerCount) / (1 + row.reader.followingCount)) + 20,
  (row) => Number(row.author.isVerified) + 2 * Number(row.reader.isVerified),
  (row) => Math.floor(row.tweetCreatedAtS / 3600) % 24,
  (row) => Math.floor(row.tweetCreatedAtS / DAY_S) % 7,
  (row) => ['TopLevel', 'Retweet', 'Quote'].indexOf(row.tweetType),
  (row) => row.media.length + 5 * ['Photo', 'Video', 'GIF'].indexOf(row.media[0] ?? ''),
  (row) => 5 * Math.log1p(row.textTokens.length),
  (row) => row.hashtags.length,
  (row) => row.links.length,
  (row) => Number.parseInt(row.language.slice(-2), 16) % 64,
];
const REQUEST_COLUMN_COUNT = REQUEST_COLUMNS.length;

function requestBins(row: PartRow): number[] {
  return REQUEST_COLUMNS.map((column) => Math.min(Math.max(0, Math.floor(column(row))), 63));
}

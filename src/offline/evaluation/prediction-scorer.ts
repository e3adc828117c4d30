import { mean } from 'simple-statistics';
import { PairstreamError } from '../../errors/pairstream-error.js';
import { TARGET_COUNT, TARGETS } from '../../pairs/targets.js';
import { ScoredGroup, type Scores } from './scored-group.js';

/** All scores of one set of probabilities under one weighting. */
export interface Scoring {
  /** By target, then by group; undefined if a group has only one kind of label. */
  readonly groups: readonly (readonly (Scores | undefined)[])[];
  /** Mean over the groups with a score, by target. */
  readonly targets: readonly Scores[];
  /** Mean over the targets; NaN if one of them is NaN. */
  readonly mean: Scores;
}

/** One set of probabilities, sorted once and scored with any number of weightings. */
export class PredictionScorer {
  /** By target, then by group. */
  readonly groups: readonly (readonly ScoredGroup[])[];

  /**
   * @param groupRows row numbers of each group
   * @param probabilities row-major [rows, 4]
   * @param labels row-major [rows, 4], 0 or 1
   * @throws PairstreamError INVALID_DATA_FILE if a target has no group with both labels
   */
  constructor(groupRows: readonly Uint32Array[], probabilities: Float32Array, labels: Uint8Array) {
    this.groups = TARGETS.map((target, t) => {
      const groups = groupRows.map(
        (rows) =>
          new ScoredGroup(
            Float64Array.from(rows, (row) => probabilities[row * TARGET_COUNT + t]!),
            Uint8Array.from(rows, (row) => labels[row * TARGET_COUNT + t]!),
          ),
      );
      if (groups.some(({ isScorable }) => isScorable)) return groups;
      const problem = `${target}: no popularity group has rows with and without it, expected more rows`;
      throw new PairstreamError('INVALID_DATA_FILE', problem, { field: target });
    });
  }

  /** @param weights by group: number of times that each row counts */
  score(weights: readonly Uint8Array[]): Scoring {
    const groups = this.groups.map((ofTarget) =>
      ofTarget.map((group, g) => (group.isScorable ? group.score(weights[g]!) : undefined)),
    );
    const targets = groups.map((ofTarget) =>
      meanScores(
        ofTarget.filter((scores) => scores !== undefined && Number.isFinite(scores.ap + scores.rce)),
      ),
    );
    return { groups, targets, mean: meanScores(targets) };
  }
}

function meanScores(scores: readonly (Scores | undefined)[]): Scores {
  if (scores.length === 0) return { ap: Number.NaN, rce: Number.NaN };
  return { ap: mean(scores.map((score) => score!.ap)), rce: mean(scores.map((score) => score!.rce)) };
}

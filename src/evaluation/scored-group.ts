import { averagePrecision, type Ranking, rankByScore } from './average-precision.js';
import { relativeCrossEntropy, rowLosses } from './relative-cross-entropy.js';

/** AP and RCE of one target in one group of rows. */
export interface GroupScore {
  readonly ap: number;
  readonly rce: number;
}

/** One target's predictions and labels of the rows of one group, prepared for scoring under many weights. */
export class ScoredGroup {
  private readonly ranking: Ranking;
  private readonly losses: Float64Array;

  /** Whether both a positive and a negative row are there, without which neither score is defined. */
  readonly isScorable: boolean;

  /** @param probabilities one per row @param labels 0 or 1 per row */
  constructor(
    probabilities: Float64Array,
    private readonly labels: Uint8Array,
  ) {
    this.isScorable = labels.includes(0) && labels.includes(1);
    this.ranking = rankByScore(probabilities);
    this.losses = rowLosses(probabilities, labels);
  }

  /** @param weights how often each row counts */
  score(weights: Uint8Array): GroupScore {
    return {
      ap: averagePrecision(this.ranking, this.labels, weights),
      rce: relativeCrossEntropy(this.losses, this.labels, weights),
    };
  }
}

import { averagePrecision, type Ranking, rankByScore } from './average-precision.js';
import { relativeCrossEntropy, rowLosses } from './relative-cross-entropy.js';

/** Average precision (0 .. 1) and relative cross entropy (percent, at most 100); NaN where not defined. */
export interface Scores {
  readonly ap: number;
  readonly rce: number;
}

/** Predictions and labels of one target in one group, prepared for scoring with many weightings. */
export class ScoredGroup {
  private readonly ranking: Ranking;
  private readonly losses: Float64Array;

  readonly rowCount: number;
  readonly positiveCount: number;

  /** @param probabilities one per row @param labels 0 or 1 per row; kept, not copied */
  constructor(
    probabilities: Float64Array,
    private readonly labels: Uint8Array,
  ) {
    this.rowCount = labels.length;
    this.positiveCount = labels.reduce((count, label) => count + label, 0);
    this.ranking = rankByScore(probabilities);
    this.losses = rowLosses(probabilities, labels);
  }

  /** True if there are positive and negative rows; otherwise the scores are not defined. */
  get isScorable(): boolean {
    return this.positiveCount > 0 && this.positiveCount < this.rowCount;
  }

  /** @param weights number of times that each row counts */
  score(weights: Uint8Array): Scores {
    return {
      ap: averagePrecision(this.ranking, this.labels, weights),
      rce: relativeCrossEntropy(this.losses, this.labels, weights),
    };
  }
}

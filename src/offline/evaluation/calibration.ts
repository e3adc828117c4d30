import { TARGET_COUNT } from '../../pairs/targets.js';

/** Number of bins of equal width over the log-odds; enough that log-odds within a bin are practically equal. */
const BIN_COUNT = 8_192;
const LARGEST_LOGIT = 16;
const RELIABILITY_BINS = 20;
const MOST_STEPS = 100;
const STEP_TOLERANCE = 1e-10;
/** Steps below this value may vanish in the rounding of the loss. */
const ROUNDING_TOLERANCE = 1e-4;
const SMALLEST_SHARE = 1e-6;
/** A determinant below this fraction of the product of its diagonal counts as zero. */
const SINGULAR = 1e-12;

/** Slope and intercept that fit the log-odds to the labels; 1 and 0 are perfect. */
export interface CalibrationFit {
  /** Below 1, the predictions are too extreme; above 1, not extreme enough. NaN without a fit. */
  readonly slope: number;
  /** NaN without a fit. */
  readonly intercept: number;
  /** False if there is no best fit: all labels or all predictions are equal, or the predictions separate the labels. */
  readonly hasConverged: boolean;
}

const NO_FIT: CalibrationFit = { slope: Number.NaN, intercept: Number.NaN, hasConverged: false };

/** Rows with neighbouring predictions. */
export interface ReliabilityBin {
  readonly rowCount: number;
  readonly meanPrediction: number;
  /** Fraction of the rows with the engagement. */
  readonly observedRate: number;
}

/** Calibration of one target, for any number of weightings of the rows. */
export class CalibrationSample {
  private readonly binOf: readonly Uint16Array[];
  private readonly isPositive: readonly Uint8Array[];
  /** Mean log-odds of the rows in each bin. */
  private readonly logit = new Float64Array(BIN_COUNT);
  private readonly count = new Float64Array(BIN_COUNT);
  private readonly positives = new Float64Array(BIN_COUNT);

  /**
   * @param groupRows row numbers of each group
   * @param probabilities row-major [rows, 4]
   * @param labels row-major [rows, 4], 0 or 1
   */
  constructor(
    groupRows: readonly Uint32Array[],
    private readonly probabilities: Float32Array,
    labels: Uint8Array,
    private readonly target: number,
  ) {
    const rowCounts = new Float64Array(BIN_COUNT);
    this.isPositive = groupRows.map((rows) =>
      Uint8Array.from(rows, (row) => labels[row * TARGET_COUNT + target]!),
    );
    this.binOf = groupRows.map((rows) =>
      Uint16Array.from(rows, (row) => {
        const logit = logitOf(probabilities[row * TARGET_COUNT + target]!);
        const bin = binOf(logit);
        rowCounts[bin]! += 1;
        this.logit[bin]! += logit;
        return bin;
      }),
    );
    for (let bin = 0; bin < BIN_COUNT; bin += 1) this.logit[bin]! /= rowCounts[bin]! || 1;
  }

  /**
   * Fits label ~ logistic(intercept + slope * log-odds of the prediction) by Newton's method: D. R. Cox, "Two further
   * applications of a model for binary regression", Biometrika 45 (1958).
   * @param weights by group: number of times that each row counts
   */
  fit(weights: readonly Uint8Array[]): CalibrationFit {
    this.count.fill(0);
    this.positives.fill(0);
    this.binOf.forEach((bins, group) => {
      const ofGroup = weights[group]!;
      const isPositive = this.isPositive[group]!;
      for (let i = 0; i < bins.length; i += 1) {
        this.count[bins[i]!]! += ofGroup[i]!;
        this.positives[bins[i]!]! += ofGroup[i]! * isPositive[i]!;
      }
    });
    return this.fitBins();
  }

  /** Bins of equal row counts, by ascending prediction. */
  reliability(groupRows: readonly Uint32Array[], labels: Uint8Array): ReliabilityBin[] {
    const { probabilities, target } = this;
    const rows = Uint32Array.from(groupRows.flatMap((group) => [...group]));
    rows.sort(
      (a, b) => probabilities[a * TARGET_COUNT + target]! - probabilities[b * TARGET_COUNT + target]!,
    );
    return Array.from({ length: RELIABILITY_BINS }, (_, bin) => {
      const from = Math.floor((bin * rows.length) / RELIABILITY_BINS);
      const inBin = rows.subarray(from, Math.floor(((bin + 1) * rows.length) / RELIABILITY_BINS));
      let predicted = 0;
      let observed = 0;
      for (const row of inBin) {
        predicted += probabilities[row * TARGET_COUNT + target]!;
        observed += labels[row * TARGET_COUNT + target]!;
      }
      return {
        rowCount: inBin.length,
        meanPrediction: predicted / inBin.length,
        observedRate: observed / inBin.length,
      };
    }).filter(({ rowCount }) => rowCount > 0);
  }

  /**
   * Damped Newton's method: a step that does not lower the loss is halved. Without damping it overshoots for badly calibrated
   * predictions.
   */
  private fitBins(): CalibrationFit {
    let [slope, intercept] = [1, 0];
    let loss = this.lossOf(slope, intercept);
    for (let step = 0; step < MOST_STEPS; step += 1) {
      const full = this.newtonStep(slope, intercept);
      if (full === undefined) return NO_FIT;
      let share = 1;
      let next = this.lossOf(slope + full.slope, intercept + full.intercept);
      while (!(next <= loss) && share > SMALLEST_SHARE) {
        share /= 2;
        next = this.lossOf(slope + share * full.slope, intercept + share * full.intercept);
      }
      const isClose = Math.abs(full.slope) + Math.abs(full.intercept) < STEP_TOLERANCE;
      // Near the optimum no step lowers the loss by more than its rounding.
      if (isClose || !(next <= loss)) {
        const hasConverged = Math.abs(full.slope) + Math.abs(full.intercept) < ROUNDING_TOLERANCE;
        return hasConverged ? { slope, intercept, hasConverged } : NO_FIT;
      }
      slope += share * full.slope;
      intercept += share * full.intercept;
      loss = next;
    }
    return NO_FIT;
  }

  /** @returns undefined if all labels or all predictions of the sample are equal */
  private newtonStep(slope: number, intercept: number): { slope: number; intercept: number } | undefined {
    let [g0, g1, h00, h01, h11] = [0, 0, 0, 0, 0];
    for (let bin = 0; bin < BIN_COUNT; bin += 1) {
      const count = this.count[bin]!;
      if (count === 0) continue;
      const logit = this.logit[bin]!;
      const expected = 1 / (1 + Math.exp(-(intercept + slope * logit)));
      const residual = this.positives[bin]! - count * expected;
      const curvature = count * expected * (1 - expected);
      g0 += residual;
      g1 += residual * logit;
      h00 += curvature;
      h01 += curvature * logit;
      h11 += curvature * logit * logit;
    }
    const determinant = h00 * h11 - h01 * h01;
    if (!(determinant > SINGULAR * h00 * h11)) return undefined;
    return { slope: (h00 * g1 - h01 * g0) / determinant, intercept: (h11 * g0 - h01 * g1) / determinant };
  }

  /** Cross entropy of the sample, in nats. */
  private lossOf(slope: number, intercept: number): number {
    let loss = 0;
    for (let bin = 0; bin < BIN_COUNT; bin += 1) {
      const count = this.count[bin]!;
      if (count === 0) continue;
      const logOdds = intercept + slope * this.logit[bin]!;
      const softplus = Math.max(logOdds, 0) + Math.log1p(Math.exp(-Math.abs(logOdds)));
      loss += count * softplus - this.positives[bin]! * logOdds;
    }
    return loss;
  }
}

function logitOf(probability: number): number {
  const logit = Math.log(probability / (1 - probability));
  return Math.min(LARGEST_LOGIT, Math.max(-LARGEST_LOGIT, logit));
}

function binOf(logit: number): number {
  const share = (logit + LARGEST_LOGIT) / (2 * LARGEST_LOGIT);
  return Math.min(BIN_COUNT - 1, Math.floor(share * BIN_COUNT));
}

import { TARGET_COUNT } from '../pairs/targets.js';

/** Bins of equal width over the log-odds: so many that what falls into one is as good as equal. */
const BIN_COUNT = 8_192;
const LARGEST_LOGIT = 16;
const RELIABILITY_BINS = 20;
const MOST_STEPS = 50;
const STEP_TOLERANCE = 1e-10;

/** How log-odds must be stretched and moved to fit the labels; 1 and 0 are perfect. */
export interface CalibrationFit {
  /** Below 1: too extreme. Above 1: too timid. NaN when it cannot be fitted. */
  readonly slope: number;
  readonly intercept: number;
}

/** Rows whose predictions lie beside each other. */
export interface ReliabilityBin {
  readonly rowCount: number;
  readonly meanPrediction: number;
  /** Share of the rows with the engagement. */
  readonly observedRate: number;
}

/** Calibration of one target under one weighting of the rows after another. */
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
   * @param weights by group, how often each of its rows counts
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

  private fitBins(): CalibrationFit {
    let slope = 1;
    let intercept = 0;
    for (let step = 0; step < MOST_STEPS; step += 1) {
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
      const interceptStep = (h11 * g0 - h01 * g1) / determinant;
      const slopeStep = (h00 * g1 - h01 * g0) / determinant;
      intercept += interceptStep;
      slope += slopeStep;
      if (Math.abs(interceptStep) + Math.abs(slopeStep) < STEP_TOLERANCE) return { slope, intercept };
    }
    return { slope: Number.NaN, intercept: Number.NaN };
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

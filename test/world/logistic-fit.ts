const ITERATIONS = 12;
/** Ridge term that keeps the equations solvable if two columns are equal. */
const RIDGE = 1e-6;
const FARTHEST_STEP = 3;

/** Logistic function. */
export function sigmoid(logit: number): number {
  return 1 / (1 + Math.exp(-logit));
}

/**
 * Fits a logistic regression to soft labels by Newton's method and returns its log-odds on the same rows.
 * @param columns row-major [rowCount][columnCount]; an intercept is added
 * @param labels probabilities, one per row
 */
export function fitLogits(columns: Float64Array, columnCount: number, labels: Float64Array): Float64Array {
  const width = columnCount + 1;
  const weights = new Float64Array(width);
  const logits = new Float64Array(labels.length);
  const row = new Float64Array(width);
  row[columnCount] = 1;
  for (let iteration = 0; iteration <= ITERATIONS; iteration += 1) {
    const gradient = new Float64Array(width);
    const hessian = new Float64Array(width * width);
    for (let r = 0; r < labels.length; r += 1) {
      let logit = weights[columnCount]!;
      for (let c = 0; c < columnCount; c += 1) {
        row[c] = columns[r * columnCount + c]!;
        logit += weights[c]! * row[c]!;
      }
      logits[r] = logit;
      const probability = sigmoid(logit);
      const curvature = probability * (1 - probability);
      for (let i = 0; i < width; i += 1) {
        gradient[i]! += (labels[r]! - probability) * row[i]!;
        for (let j = 0; j <= i; j += 1) hessian[i * width + j]! += curvature * row[i]! * row[j]!;
      }
    }
    if (iteration === ITERATIONS) break;
    const step = solve(hessian, gradient);
    for (let i = 0; i < width; i += 1) {
      weights[i]! += Math.min(Math.max(step[i]!, -FARTHEST_STEP), FARTHEST_STEP);
    }
  }
  return logits;
}

/**
 * Adds a step for each bin of each column to `logits`, in place. The steps are fitted to soft labels column by column (an additive
 * model).
 * @param bins row-major [rowCount][columnCount], each below 64
 */
export function fitBins(
  bins: Uint8Array,
  columnCount: number,
  labels: Float64Array,
  logits: Float64Array,
): void {
  const passes = 6;
  for (let pass = 0; pass < passes; pass += 1) {
    for (let c = 0; c < columnCount; c += 1) {
      const gradient = new Float64Array(64);
      const curvature = new Float64Array(64).fill(1);
      for (let r = 0; r < labels.length; r += 1) {
        const probability = sigmoid(logits[r]!);
        const bin = bins[r * columnCount + c]!;
        gradient[bin]! += labels[r]! - probability;
        curvature[bin]! += probability * (1 - probability);
      }
      for (let r = 0; r < labels.length; r += 1) {
        const bin = bins[r * columnCount + c]!;
        logits[r]! += gradient[bin]! / curvature[bin]!;
      }
    }
  }
}

/** Solves the symmetric equations given by the lower triangle of `matrix`; overwrites both arguments. */
function solve(matrix: Float64Array, right: Float64Array): Float64Array {
  const n = right.length;
  for (let i = 0; i < n; i += 1) {
    for (let j = i + 1; j < n; j += 1) matrix[i * n + j] = matrix[j * n + i]!;
    matrix[i * n + i]! += RIDGE;
  }
  for (let i = 0; i < n; i += 1) {
    for (let r = i + 1; r < n; r += 1) {
      const factor = matrix[r * n + i]! / matrix[i * n + i]!;
      for (let c = i; c < n; c += 1) matrix[r * n + c]! -= factor * matrix[i * n + c]!;
      right[r]! -= factor * right[i]!;
    }
  }
  for (let i = n - 1; i >= 0; i -= 1) {
    for (let c = i + 1; c < n; c += 1) right[i]! -= matrix[i * n + c]! * right[c]!;
    right[i]! /= matrix[i * n + i]!;
  }
  return right;
}

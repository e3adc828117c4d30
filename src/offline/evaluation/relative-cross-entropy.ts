const SMALLEST_PROBABILITY = 1e-15;

/** Cross entropy of each row: natural logarithm, probabilities clipped to 1e-15 .. 1 - 1e-15. */
export function rowLosses(probabilities: Float64Array, labels: Uint8Array): Float64Array {
  return probabilities.map((probability, i) => {
    const clipped = Math.min(1 - SMALLEST_PROBABILITY, Math.max(SMALLEST_PROBABILITY, probability));
    return -Math.log(labels[i] === 1 ? clipped : 1 - clipped);
  });
}

/**
 * Relative cross entropy: 100 x (1 - CE / CE of the constant), where the constant is the share of positives of the very
 * rows that are scored. Above 0 is better than the constant. Each row counts `weights[i]` times.
 * @param losses see rowLosses
 * @returns NaN if the rows are all positive or all negative
 */
export function relativeCrossEntropy(losses: Float64Array, labels: Uint8Array, weights: Uint8Array): number {
  let loss = 0;
  let positives = 0;
  let counted = 0;
  for (let i = 0; i < losses.length; i += 1) {
    const weight = weights[i]!;
    loss += weight * losses[i]!;
    positives += weight * labels[i]!;
    counted += weight;
  }
  const rate = positives / counted;
  const constantLoss = -counted * (rate * Math.log(rate) + (1 - rate) * Math.log(1 - rate));
  return 100 * (1 - loss / constantLoss);
}

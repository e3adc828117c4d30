import type { BatchSlot } from './batch-slot.js';
import type { BatchOutcome } from './ladder.js';
import { ENSEMBLE_WIDTH } from './model-input.js';

/**
 * Writes the answer of the first `rowCount` rows: the weighted mean of the members, or base rates. If a member that the
 * answer depends on gave a value that is not a probability, the row gets this value, so that the row fails later.
 */
export function writeAnswer(slot: BatchSlot, rowCount: number, outcome: BatchOutcome): void {
  const { probabilities, means } = slot;
  const { baseRates } = outcome.rung;
  const valueCount = rowCount * ENSEMBLE_WIDTH;
  if (baseRates !== undefined) {
    for (let i = 0; i < valueCount; i += 1) probabilities[i] = baseRates[i % ENSEMBLE_WIDTH]!;
    return;
  }
  probabilities.fill(0, 0, valueCount);
  for (const [name, weights] of outcome.weights) {
    const mean = means.get(name)!;
    for (let i = 0; i < valueCount; i += 1) probabilities[i]! += weights[i % ENSEMBLE_WIDTH]! * mean[i]!;
  }
  for (const name of outcome.sources) spoil(probabilities, means.get(name)!, valueCount);
}

/** Copies invalid values into the answer: a weighted sum can hide a 7 or a -1, and a model may answer in spite of a NaN input. */
function spoil(probabilities: Float32Array, mean: Float32Array, valueCount: number): void {
  for (let i = 0; i < valueCount; i += 1) {
    const value = mean[i]!;
    if (!(value >= 0 && value <= 1)) probabilities[i] = value;
  }
}

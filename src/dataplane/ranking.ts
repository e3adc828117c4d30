/** Pairs, best first. */
export interface Ranking {
  readonly pairIndexes: Uint32Array;
  /** Their scores, in the same order. */
  readonly scores: Float64Array;
}

/**
 * Ranks pairs by the weighted sum of their probabilities; of equals the earlier one comes first, and pairs without
 * probabilities (NaN) are left out.
 * @param probabilities row-major [pairs, targets]
 * @param weights worth of each target
 * @param topK how many at most; 0 means all
 */
export function rankPairs(probabilities: Float32Array, weights: Float64Array, topK: number): Ranking {
  const targetCount = weights.length;
  const scores = new Float64Array(probabilities.length / targetCount);
  for (let pair = 0; pair < scores.length; pair += 1) {
    let score = 0;
    for (let t = 0; t < targetCount; t += 1) score += weights[t]! * probabilities[pair * targetCount + t]!;
    scores[pair] = score;
  }
  const ranked = Uint32Array.from(scores.keys())
    .filter((pair) => !Number.isNaN(scores[pair]!))
    .sort((a, b) => scores[b]! - scores[a]! || a - b);
  const pairIndexes = topK === 0 ? ranked : ranked.slice(0, topK);
  return { pairIndexes, scores: Float64Array.from(pairIndexes, (pair) => scores[pair]!) };
}

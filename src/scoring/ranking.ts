/** Pairs, best first. */
export interface Ranking {
  readonly pairIndexes: Uint32Array;
  /** Their scores, in the same order. */
  readonly scores: Float64Array;
  /** The lists that `pairIndexes` is made of, when readers are ranked apart. */
  readonly readers?: RankedReaders;
}

/** Readers whose lists follow one another in a ranking. */
export interface RankedReaders {
  /** Rows of the user table, in the order in which the pairs name them. */
  readonly readerIndexes: Uint32Array;
  /** Ranked pairs of each of them, 1 or more. */
  readonly counts: Uint32Array;
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

/**
 * Ranks the pairs of each reader as `rankPairs` does; readers without a ranked pair are left out.
 * @param topK how many at most of each reader; 0 means all
 * @param readerOf row of the reader, by pair
 */
export function rankPairsPerReader(
  probabilities: Float32Array,
  weights: Float64Array,
  topK: number,
  readerOf: Uint32Array,
): Ranking {
  const { pairIndexes, scores } = rankPairs(probabilities, weights, 0);
  const places = new Map<number, number[]>();
  // Ascending pairs, so that readers come in the order in which pairs name them.
  for (const pair of pairIndexes.toSorted()) places.set(readerOf[pair]!, []);
  pairIndexes.forEach((pair, place) => {
    const ofReader = places.get(readerOf[pair]!)!;
    if (topK === 0 || ofReader.length < topK) ofReader.push(place);
  });
  const ranked = [...places.values()].flat();
  return {
    pairIndexes: Uint32Array.from(ranked, (place) => pairIndexes[place]!),
    scores: Float64Array.from(ranked, (place) => scores[place]!),
    readers: {
      readerIndexes: Uint32Array.from(places.keys()),
      counts: Uint32Array.from(places.values(), ({ length }) => length),
    },
  };
}

/**
 * Rows in descending order of their scores, with ties marked. Average precision needs nothing else of the scores, so a ranking
 * is computed once and used with any weights.
 */
export interface Ranking {
  /** Positions in the ranked columns, best first. */
  readonly order: Uint32Array;
  /** 1 at the last row of a run of equal scores, else 0. */
  readonly endsTie: Uint8Array;
}

/** Ranks rows by score. @param scores one per row, no NaN */
export function rankByScore(scores: Float64Array): Ranking {
  const order = Uint32Array.from(scores, (_, i) => i).sort((a, b) => scores[b]! - scores[a]!);
  const endsTie = new Uint8Array(order.length);
  for (let i = 0; i < order.length; i += 1) {
    endsTie[i] = i + 1 === order.length || scores[order[i]!] !== scores[order[i + 1]!] ? 1 : 0;
  }
  return { order, endsTie };
}

/**
 * Average precision: the sum over distinct thresholds of (recall gained) x (precision there), without interpolation, as in
 * scikit-learn's average_precision_score. Each row counts `weights[i]` times.
 * @param labels 0 or 1 per row
 * @returns NaN if no row is positive
 */
export function averagePrecision(
  { order, endsTie }: Ranking,
  labels: Uint8Array,
  weights: Uint8Array,
): number {
  let positives = 0;
  let counted = 0;
  let positivesBefore = 0;
  let sum = 0;
  for (let i = 0; i < order.length; i += 1) {
    const row = order[i]!;
    const weight = weights[row]!;
    counted += weight;
    positives += weight * labels[row]!;
    if (endsTie[i] === 0 || positives === positivesBefore) continue;
    sum += ((positives - positivesBefore) * positives) / counted;
    positivesBefore = positives;
  }
  return sum / positives;
}

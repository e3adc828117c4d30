import type { PartRow } from '../pairs/part-row.js';
import type { CausalFeatures } from './causal-features.js';

/** Computes probabilities of features. @returns row-major [rowCount, 4], valid until the next call */
export type ScoreFeatures = (features: Float32Array<ArrayBuffer>, rowCount: number) => Promise<Float32Array>;

/** Rows with the probabilities they were given before anything was learned from them. */
export interface ScoredRows {
  readonly rows: readonly PartRow[];
  /** Row-major [rows.length, 4]; valid until the next step. */
  readonly probabilities: Float32Array;
}

/**
 * Scores labelled rows the way they would have been scored online: each from the state of its own moment, after which
 * the state learns from the row's impression and, in their time, from its engagements.
 * @throws as CausalFeatures.walk and as `score`
 */
export async function* scorePrequentially(
  batches: AsyncIterable<PartRow[]> | Iterable<PartRow[]>,
  features: CausalFeatures,
  score: ScoreFeatures,
): AsyncGenerator<ScoredRows> {
  let values = new Float32Array(0);
  for await (const rows of batches) {
    if (values.length < rows.length * features.width) values = new Float32Array(rows.length * features.width);
    features.walk(rows, values);
    yield { rows, probabilities: await score(values, rows.length) };
  }
}

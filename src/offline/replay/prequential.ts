import type { PartRow } from '../../pairs/part-row.js';
import type { CausalWalk, RowFeaturiser } from './causal-walk.js';

/** Featurises rows, and scores those of the last batch. */
export interface RowScorer extends RowFeaturiser {
  /** @returns probabilities, row-major [rowCount, 4], valid until the next batch */
  score(rowCount: number): Promise<Float32Array>;
}

/** Rows with the probabilities they were given before anything was learned from them. */
export interface ScoredRows {
  readonly rows: readonly PartRow[];
  /** Row-major [rows.length, 4]; valid until the next step. */
  readonly probabilities: Float32Array;
}

/**
 * Scores labelled rows the way they would have been scored online: each from the state of its own moment, after which
 * the state learns from the row's impression and, in their time, from its engagements.
 * @throws as CausalWalk.walk and as `scorer`
 */
export async function* scorePrequentially(
  batches: AsyncIterable<PartRow[]> | Iterable<PartRow[]>,
  walk: CausalWalk,
  scorer: RowScorer,
): AsyncGenerator<ScoredRows> {
  for await (const rows of batches) {
    walk.walk(rows, scorer);
    yield { rows, probabilities: await scorer.score(rows.length) };
  }
}

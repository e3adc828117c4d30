import { Ensemble } from '../../../ensemble/ensemble.js';
import type { Backend } from '../../../backends/backend.js';
import { PairBatchBuilder } from '../../../pairs/pair-batch-builder.js';
import type { PartRow } from '../../../pairs/part-row.js';
import { loadRelease } from '../../../releases/release.js';
import { freshRows } from './ensemble-workload.js';
import { timeUs } from '../measurement.js';

/** Pairs of a batch. */
export const BATCH_ROWS = 1_024;

/**
 * Runs batches of 1,024 pairs, every tweet new and no tower cached, through the ensemble of a pipeline, one after another;
 * closes the backend at the end.
 * @returns after each batch: microseconds that all took that models read (text, features, look-ups, indexes)
 */
export async function* runFreshBatches(
  pipelinePath: string,
  backend: Backend,
  rows: readonly PartRow[],
  batchCount: number,
): AsyncGenerator<number> {
  const release = await loadRelease(pipelinePath, backend);
  const observer = { towerLookedUp: () => undefined, memberMissing: () => undefined };
  const ensemble = new Ensemble(release.ensemble, { towerCacheBytes: 0, observer });
  const slot = ensemble.createSlot(BATCH_ROWS);
  const writer = release.createInputWriter();
  const tweetRows = writer.createTweetRows();
  const range = { batchRow: 0, requestRow: 0, rowCount: BATCH_ROWS };
  const pairIndexes = Uint32Array.from({ length: BATCH_ROWS }, (_, i) => i);
  const fresh = freshRows(rows, batchCount * BATCH_ROWS);
  try {
    for (let i = 0; i < batchCount; i += 1) {
      const builder = new PairBatchBuilder();
      for (const row of fresh.slice(i * BATCH_ROWS, (i + 1) * BATCH_ROWS)) builder.addPartRow(row);
      const batch = builder.toBatch();
      const featuresUs = timeUs(() => {
        tweetRows.begin(batch);
        writer.write(tweetRows, pairIndexes, range, slot);
      });
      await ensemble.run(slot, BATCH_ROWS, { deadlineMs: Infinity, signal: new AbortController().signal });
      yield featuresUs;
    }
  } finally {
    await backend.close();
  }
}

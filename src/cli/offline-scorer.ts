import { Ensemble } from '../ensemble/ensemble.js';
import { PairstreamError } from '../errors/pairstream-error.js';
import type { Release } from '../releases/release.js';
import type { RowScorer } from '../replay/prequential.js';

const BATCH_ROWS = 1_024;
const TOWER_CACHE_BYTES = 64 * 1_024 * 1_024;

/** Scores rows, and tells what each model of the blend said of the last batch. */
export interface OfflineScorer extends RowScorer {
  /** By model, row-major [1,024, 4], valid until the next batch. */
  readonly members: ReadonlyMap<string, Float32Array>;
}

/** Runs the models of a release on rows of files, without queue or deadline. At most 1,024 rows a batch. */
export function createOfflineScorer(release: Release): OfflineScorer {
  const ensemble = new Ensemble(release.ensemble, { towerCacheBytes: TOWER_CACHE_BYTES });
  const slot = ensemble.createSlot(BATCH_ROWS);
  const writer = release.createInputWriter();
  const message = writer.createMessage();
  const context = { deadlineMs: Infinity, signal: new AbortController().signal };
  const { weights } = release.ensemble;
  return {
    members: new Map([...slot.means].filter(([name]) => weights.has(name))),
    begin(batch) {
      if (batch.pairs.count > BATCH_ROWS)
        throw new PairstreamError('INTERNAL', `${batch.pairs.count} rows, expected at most ${BATCH_ROWS}`);
      message.begin(batch);
    },
    write(pairIndexes, from, to) {
      writer.write(message, pairIndexes, from, to, slot, from);
    },
    async score(rowCount) {
      await ensemble.run(slot, rowCount, context);
      return slot.probabilities;
    },
  };
}

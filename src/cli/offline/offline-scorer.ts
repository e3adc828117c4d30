import type { Ensemble } from '../../ensemble/ensemble.js';
import type { Rung } from '../../ensemble/ladder.js';
import { PairstreamError } from '../../errors/pairstream-error.js';
import type { Release } from '../../releases/release.js';
import type { RowScorer } from '../../offline/replay/prequential.js';
import { BATCH_ROWS, StrictEnsemble } from '../../offline/scoring/strict-ensemble.js';

/** Scores rows, and returns the probabilities of each member for the last batch. */
export interface OfflineScorer extends RowScorer {
  /** By model, row-major [1,024, 4], valid until the next call. */
  readonly members: ReadonlyMap<string, Float32Array>;
  /** Ensemble of the release, with its ladder. */
  readonly ensemble: Ensemble;
  /**
   * Scores the rows of the last batch as if members were missing; only what reads other models runs again.
   * @param rung the one that is wanted; default: the best that is left
   * @returns probabilities, row-major [rowCount, 4], valid until the next call
   * @throws PairstreamError BACKEND_UNAVAILABLE when the rung, or any, cannot be answered without them
   */
  scoreWithout(rowCount: number, members: ReadonlySet<string>, rung?: Rung): Promise<Float32Array>;
}

/** Runs the models of a release on rows of files, without queue or deadline. At most 1,024 rows a batch. */
export function createOfflineScorer(release: Release): OfflineScorer {
  const strict = new StrictEnsemble(release.ensemble);
  const slot = strict.createSlot();
  const writer = release.createInputWriter();
  return {
    ensemble: strict.ensemble,
    members: slot.means,
    begin({ pairs: { count } }) {
      if (count > BATCH_ROWS)
        throw new PairstreamError('INTERNAL', `${count} rows, expected at most ${BATCH_ROWS}`);
    },
    write(tweetRows, pairIndexes, from, to) {
      const range = { batchRow: from, requestRow: from, rowCount: to - from };
      writer.write(tweetRows, pairIndexes, range, slot);
    },
    async score(rowCount) {
      await strict.run(slot, rowCount);
      return slot.probabilities;
    },
    async scoreWithout(rowCount, members, rung) {
      await strict.runWithout(slot, rowCount, members, rung);
      return slot.probabilities;
    },
  };
}

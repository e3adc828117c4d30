import type { BatchSlot } from '../../ensemble/batch-slot.js';
import { Ensemble, type EnsembleDefinition } from '../../ensemble/ensemble.js';
import type { Rung } from '../../ensemble/ladder.js';
import type { PairstreamError } from '../../errors/pairstream-error.js';

/** Rows of a batch. */
export const BATCH_ROWS = 1_024;

const TOWER_CACHE_BYTES = 64 * 1_024 * 1_024;
const CONTEXT = { deadlineMs: Infinity, signal: new AbortController().signal };

/**
 * Runs an ensemble for training and evaluation, without queue or deadline. A model that gives no answer is an error: no
 * lower rung answers in its place.
 */
export class StrictEnsemble {
  readonly ensemble: Ensemble;
  private failure: PairstreamError | undefined;

  constructor(definition: EnsembleDefinition) {
    this.ensemble = new Ensemble(definition, {
      towerCacheBytes: TOWER_CACHE_BYTES,
      observer: {
        towerLookedUp: () => undefined,
        memberMissing: (_member, reason) => {
          this.failure ??= reason;
        },
      },
    });
  }

  /** Allocates the matrices of one batch of at most BATCH_ROWS rows. */
  createSlot(): BatchSlot {
    return this.ensemble.createSlot(BATCH_ROWS);
  }

  /** Runs every model on the first rows of a slot. @throws PairstreamError of the first model that gave no answer */
  async run(slot: BatchSlot, rowCount: number): Promise<void> {
    await this.ensemble.run(slot, rowCount, CONTEXT);
    if (this.failure !== undefined) throw this.failure;
  }

  /**
   * Answers the rows of the last run again as if members were missing; only models that read others run again.
   * @param rung default: the best that can be answered
   * @throws PairstreamError BACKEND_UNAVAILABLE when the rung, or any, cannot be answered without them
   */
  async runWithout(
    slot: BatchSlot,
    rowCount: number,
    members: ReadonlySet<string>,
    rung?: Rung,
  ): Promise<void> {
    await this.ensemble.runWithout(slot, rowCount, members, CONTEXT, rung);
  }
}

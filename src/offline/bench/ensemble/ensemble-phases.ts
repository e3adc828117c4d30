import { EmbeddedBackend } from '../../../backends/embedded/embedded-backend.js';
import type { PartRow } from '../../../pairs/part-row.js';
import { BATCH_ROWS, runFreshBatches } from './fresh-batches.js';
import { TimedBackend } from './timed-backend.js';

const WARM_UP_BATCHES = 2;
const BATCHES = 8;

/** Time of one core: of the features per pair, microseconds; of models in all. */
export interface PhaseTimes {
  /** All that models read: text, features, look-ups, indexes. */
  readonly featuresUs: number;
  /** By model. */
  readonly models: ReadonlyMap<string, number>;
  /** Engine that ran each model, as in `ModelMetadata`. */
  readonly engines: ReadonlyMap<string, string>;
  /** Number of pairs that the models computed. */
  readonly pairCount: number;
}

/** Times the phases of a pipeline, models inside this process on one thread: batches of 1,024 pairs, every tweet new. */
export async function measurePhases(pipelinePath: string, rows: readonly PartRow[]): Promise<PhaseTimes> {
  const backend = new TimedBackend(new EmbeddedBackend({ onnxThreadCount: 1, forestThreadCount: 1 }));
  let batchCount = 0;
  let featuresUs = 0;
  for await (const us of runFreshBatches(pipelinePath, backend, rows, WARM_UP_BATCHES + BATCHES)) {
    batchCount += 1;
    if (batchCount > WARM_UP_BATCHES) featuresUs += us;
    else backend.takeTimes();
  }
  const pairCount = BATCHES * BATCH_ROWS;
  return {
    pairCount,
    featuresUs: featuresUs / pairCount,
    models: backend.takeTimes(),
    engines: backend.engines,
  };
}

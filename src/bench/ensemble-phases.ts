import { OnnxBackend } from '../backends/onnx/onnx-backend.js';
import { Ensemble } from '../ensemble/ensemble.js';
import { PairBatchBuilder } from '../pairs/pair-batch-builder.js';
import type { PartRow } from '../pairs/part-row.js';
import { loadRelease } from '../releases/release.js';
import { freshRows } from './ensemble-workload.js';
import { timeUs } from './measurement.js';
import { type ModelTime, TimedBackend } from './timed-backend.js';

const BATCH_ROWS = 1_024;
const WARM_UP_BATCHES = 2;
const BATCHES = 8;

/** Time of one core: of the features per pair, microseconds; of models in all. */
export interface PhaseTimes {
  /** All that models read: text, features, look-ups, indexes. */
  readonly featuresUs: number;
  /** By model. */
  readonly models: ReadonlyMap<string, ModelTime>;
  /** How many pairs the models ran for. */
  readonly pairCount: number;
}

/** Times the phases of a pipeline, models inside this process on one thread: batches of 1,024 pairs, every tweet new. */
export async function measurePhases(pipelinePath: string, rows: readonly PartRow[]): Promise<PhaseTimes> {
  const backend = new TimedBackend(new OnnxBackend({ threadCount: 1 }));
  const release = await loadRelease(pipelinePath, backend);
  const observer = { towerLookedUp: () => undefined, memberMissing: () => undefined };
  const ensemble = new Ensemble(release.ensemble, { towerCacheBytes: 0, observer });
  const slot = ensemble.createSlot(BATCH_ROWS);
  const writer = release.createInputWriter();
  const message = writer.createMessage();
  const pairIndexes = Uint32Array.from({ length: BATCH_ROWS }, (_, i) => i);
  const fresh = freshRows(rows, (WARM_UP_BATCHES + BATCHES) * BATCH_ROWS);
  let featuresUs = 0;
  for (let i = 0; i < WARM_UP_BATCHES + BATCHES; i += 1) {
    if (i === WARM_UP_BATCHES) {
      backend.takeTimes();
      featuresUs = 0;
    }
    const builder = new PairBatchBuilder();
    for (const row of fresh.slice(i * BATCH_ROWS, (i + 1) * BATCH_ROWS)) builder.addPartRow(row);
    const batch = builder.toBatch();
    featuresUs += timeUs(() => {
      message.begin(batch);
      writer.write(message, pairIndexes, 0, BATCH_ROWS, slot, 0);
    });
    await ensemble.run(slot, BATCH_ROWS, { deadlineMs: Infinity, signal: new AbortController().signal });
  }
  await backend.close();
  const pairCount = BATCHES * BATCH_ROWS;
  return {
    pairCount,
    featuresUs: featuresUs / pairCount,
    models: backend.takeTimes(),
  };
}

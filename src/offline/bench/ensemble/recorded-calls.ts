import { EmbeddedBackend } from '../../../backends/embedded/embedded-backend.js';
import type { MatrixCall } from '../../../backends/triton/matrix-tensors.js';
import type { PartRow } from '../../../pairs/part-row.js';
import { runFreshBatches } from './fresh-batches.js';
import { emptyLike, RecordingBackend } from './recording-backend.js';
import { measureClientLoad } from '../triton/triton-client-load.js';

/** Batches that are recorded. */
export const RECORDED_BATCHES = 16;
const IN_FLIGHT = 2;
const MEASURED_MS = 3_000;

/** By model: what it is called with for each batch. */
export type RecordedCalls = ReadonlyMap<string, readonly MatrixCall[]>;

/**
 * Ready-made tensors of every model of a pipeline: those that the gateway makes of the rows, in batches of 1,024 with every
 * tweet new. Golden rows over and over would not do: their branches and their rows of tables are always the same, and soon
 * all in the processor's cache.
 */
export async function recordCalls(pipelinePath: string, rows: readonly PartRow[]): Promise<RecordedCalls> {
  const recording = new RecordingBackend(new EmbeddedBackend());
  await Array.fromAsync(runFreshBatches(pipelinePath, recording, rows, RECORDED_BATCHES));
  return recording.calls;
}

/** The same calls, with outputs of their own. */
export function withOwnOutputs(calls: readonly MatrixCall[]): MatrixCall[] {
  return calls.map((call) => ({ ...call, outputs: emptyLike(call.outputs, call.rowCount) }));
}

/** Microseconds per row of each model on a server, alone there with all cores, in batches of 1,024. @param target host:port */
export async function timeModels(target: string, recorded: RecordedCalls): Promise<Map<string, number>> {
  const times = new Map<string, number>();
  for (const [name, calls] of recorded) {
    const { rowsPerS } = await measureClientLoad(target, true, IN_FLIGHT, MEASURED_MS, () => {
      const own = withOwnOutputs(calls);
      let at = 0;
      return async (send) => {
        const call = own[at % own.length]!;
        at += 1;
        await send(name, call);
        return call.rowCount;
      };
    });
    times.set(name, 1e6 / rowsPerS);
  }
  return times;
}

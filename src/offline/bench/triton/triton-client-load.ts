import { setTimeout as sleep } from 'node:timers/promises';
import type { NullModel } from '../load/null-backend.js';
import { TritonClient } from '@pairstream/triton-client';
import { type RegionObserver, RegionPool } from '../../../backends/triton/memory/region-pool.js';
import type { MatrixCall } from '../../../backends/triton/matrix-tensors.js';
import { ReplicaTransport } from '../../../backends/triton/replicas/replica-transport.js';
import { createInputMatrix } from '../../../backends/backend.js';

const WARM_UP_MS = 2_000;
const CALL_TIMEOUT_MS = 60_000;
const POOL_BYTES = 256 * 1_048_576;
const VERSION = '1';

/** Measured throughput of the Triton client alone, without a gateway. */
export interface ClientLoad {
  readonly rowsPerS: number;
  /** CPU time of the client. */
  readonly cpuUsPerRow: number;
}

/** Runs a model of the server once. */
export type Send = (model: string, call: MatrixCall) => Promise<void>;

/** Does one unit of work. @returns its rows */
export type Work = (send: Send) => Promise<number>;

/** Builds a call whose inputs are zeros, which any model accepts. */
export function zeroCall({ inputs, outputs }: NullModel, rowCount: number): MatrixCall {
  return {
    rowCount,
    inputs: new Map(
      inputs.map(({ name, datatype, shape }) => [
        name,
        createInputMatrix(datatype === 'INT32' ? 'INT32' : 'FP32', rowCount, shape[1]!),
      ]),
    ),
    outputs: new Map(
      outputs.map(({ name, shape }) => [
        name,
        { data: new Float32Array(rowCount * shape[1]!), width: shape[1]! },
      ]),
    ),
  };
}

/**
 * Measures the Triton client alone: sends ready-made tensors to a server by the transport that the gateway uses.
 * @param inFlight number of lanes; each lane runs one unit of work after another
 * @param createWork creates the work of one lane, with its own buffers
 */
export async function measureClientLoad(
  target: string,
  isShared: boolean,
  inFlight: number,
  measuredMs: number,
  createWork: () => Work,
): Promise<ClientLoad> {
  using client = new TritonClient({ target });
  const pool = isShared ? new RegionPool({ maxBytes: POOL_BYTES }, OBSERVER) : undefined;
  const sender = new ReplicaTransport(client, pool, { smallestSharedBytes: 0 });
  const refusal = await sender.connect(CALL_TIMEOUT_MS);
  if (refusal !== undefined) throw new Error(`no shared memory with the server: ${refusal}`);
  const send: Send = (name, call) =>
    sender.infer({ name, version: VERSION }, call, { timeoutMs: CALL_TIMEOUT_MS });
  // Measures from answer to answer, so that no unit counts in part.
  const measured = { isOn: false, rowCount: 0, firstMs: Number.NaN, lastMs: Number.NaN };
  const over = new AbortController();
  const lanes = Array.from({ length: inFlight }, async () => {
    const work = createWork();
    while (!over.signal.aborted) {
      const answered = await work(send);
      if (!measured.isOn) continue;
      measured.lastMs = performance.now();
      if (Number.isNaN(measured.firstMs)) measured.firstMs = measured.lastMs;
      else measured.rowCount += answered;
    }
  });
  await sleep(WARM_UP_MS);
  const startedCpu = process.cpuUsage();
  measured.isOn = true;
  await sleep(measuredMs);
  const { user, system } = process.cpuUsage(startedCpu);
  measured.isOn = false;
  const { rowCount, firstMs, lastMs } = measured;
  over.abort();
  await Promise.all(lanes);
  await sender.close(CALL_TIMEOUT_MS);
  pool?.close();
  return { rowsPerS: (rowCount * 1_000) / (lastMs - firstMs), cpuUsPerRow: (user + system) / rowCount };
}

const OBSERVER: RegionObserver = {
  sharedMemoryChanged: () => undefined,
  sharedMemoryRefused: (reason) => console.error(reason),
};

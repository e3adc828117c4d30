import { OnnxBackend } from '../../src/backends/onnx/onnx-backend.js';
import { TritonBackend, type TritonObserver } from '../../src/backends/triton/triton-backend.js';
import { parseServerAddresses } from '../../src/config/server-address.js';
import type { Backend } from '../../src/inference/backend.js';
import { FakeTriton, goldenModel } from '../../src/testing/index.js';
import { prepareTriton } from '../support/triton.js';
import type { TritonContainerOptions } from '../support/triton-container.js';
import { readModelConfig } from './fake-models.js';
import { readGolden, REPOSITORY } from './golden-tensors.js';

/** Shipped models that the port is tried with. */
export const PORT_MODELS = ['xgb1', 'nn1_tweet', 'nn1'] as const;
const MAX_BATCH_ROWS = 1_024;
const SHARED_MEMORY_BYTES = 16 * 1024 * 1024;

/** A backend and what it needs. */
export interface OpenedBackend extends AsyncDisposable {
  readonly backend: Backend;
}

/** A kind of backend. */
export interface BackendKind {
  readonly name: string;
  /** @returns the backend, or why this machine has none and need not have one */
  readonly open: () => Promise<OpenedBackend | string>;
}

/** Every adapter of the port runs all cases: a new one gets a row. */
export const BACKEND_KINDS: readonly BackendKind[] = [
  { name: 'OnnxBackend', open: () => Promise.resolve(opened(new OnnxBackend({ threadCount: 1 }))) },
  { name: 'TritonBackend, FakeTriton, gRPC', open: () => openFake(0) },
  { name: 'TritonBackend, FakeTriton, shared memory', open: () => openFake(SHARED_MEMORY_BYTES) },
  { name: 'TritonBackend, Triton, gRPC', open: () => openReal(0) },
  { name: 'TritonBackend, Triton, shared memory', open: () => openReal(SHARED_MEMORY_BYTES) },
];

async function openFake(sharedMemoryBytes: number): Promise<OpenedBackend> {
  const models = PORT_MODELS.map((name) => goldenModel(readModelConfig(REPOSITORY, name), readGolden(name)));
  const fake = await FakeTriton.start({ models });
  return opened(tritonBackend(fake.target, sharedMemoryBytes), fake);
}

async function openReal(sharedMemoryBytes: number): Promise<OpenedBackend | string> {
  const triton = await prepareTriton();
  if (triton.isOptionalAndMissing) return triton.reason;
  const options: TritonContainerOptions = { repositories: [REPOSITORY], sharesHostIpc: true };
  const server = await triton.start(options);
  return opened(tritonBackend(server.grpcTarget, sharedMemoryBytes), server);
}

function tritonBackend(target: string, sharedMemoryBytes: number): TritonBackend {
  const addresses = parseServerAddresses(target)!;
  return new TritonBackend({ addresses, sharedMemoryBytes, maxBatchRows: MAX_BATCH_ROWS }, SILENT);
}

function opened(backend: Backend, server?: AsyncDisposable): OpenedBackend {
  return {
    backend,
    [Symbol.asyncDispose]: async () => {
      await backend.close();
      await server?.[Symbol.asyncDispose]();
    },
  };
}

const SILENT: TritonObserver = {
  replicaModelChanged: () => undefined,
  replicaModelDoubted: () => undefined,
  replicaConnected: () => undefined,
  replicaCalled: () => undefined,
  replicaPending: () => undefined,
  sharedMemoryChanged: () => undefined,
  sharedMemoryRefused: () => undefined,
};

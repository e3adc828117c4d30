import { EmbeddedBackend } from '../../src/backends/embedded/embedded-backend.js';
import { TritonBackend, type TritonObserver } from '../../src/backends/triton/triton-backend.js';
import { parseServerAddresses } from '../../src/config/server-address.js';
import type { Backend } from '../../src/backends/backend.js';
import { FakeTriton, goldenModel } from '@pairstream/triton-testing';
import { prepareTriton } from '../support/triton/triton.js';
import type { TritonContainerOptions } from '../support/triton/triton-container.js';
import { untilReady } from './conformance-server.js';
import { readModelConfig } from './fake-models.js';
import { readGolden, REPOSITORY } from './golden-tensors.js';

/** Shipped models that the port is tried with. */
export const PORT_MODELS = ['xgb1', 'nn1_tweet', 'nn1'] as const;
const MAX_BATCH_ROWS = 1_024;
const SHARED_MEMORY_BYTES = 16 * 1024 * 1024;

/** A server that backends talk to, until it is disposed. */
export interface PortServer extends AsyncDisposable {
  /** host:port; empty for engines in this process. */
  readonly target: string;
}

/** Where models run, and the backends that run them there. */
export interface BackendKind {
  readonly name: string;
  /** @returns the server, or why this machine has none and need not have one */
  readonly start: () => Promise<PortServer | string>;
  readonly backends: readonly { readonly name: string; readonly create: (target: string) => Backend }[];
}

const TRITON_BACKENDS: BackendKind['backends'] = [
  { name: 'TritonBackend over gRPC', create: (target) => tritonBackend(target, 0) },
  {
    name: 'TritonBackend over shared memory',
    create: (target) => tritonBackend(target, SHARED_MEMORY_BYTES),
  },
];

/** Every adapter of the port runs all cases: a new one gets a row. */
export const BACKEND_KINDS: readonly BackendKind[] = [
  {
    name: 'this process',
    start: () => Promise.resolve({ target: '', [Symbol.asyncDispose]: () => Promise.resolve() }),
    backends: [{ name: 'EmbeddedBackend', create: () => new EmbeddedBackend({ onnxThreadCount: 1 }) }],
  },
  { name: 'FakeTriton', start: startFake, backends: TRITON_BACKENDS },
  { name: 'Triton', start: startReal, backends: TRITON_BACKENDS },
];

function startFake(): Promise<PortServer> {
  const models = PORT_MODELS.map((name) => goldenModel(readModelConfig(REPOSITORY, name), readGolden(name)));
  return FakeTriton.start({ models });
}

async function startReal(): Promise<PortServer | string> {
  const triton = await prepareTriton();
  if (triton.isOptionalAndMissing) return triton.reason;
  const options: TritonContainerOptions = { repositories: [REPOSITORY], sharesHostIpc: true };
  const server = await triton.start(options);
  await untilReady(server.grpcTarget);
  return { target: server.grpcTarget, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

/** A backend that tells nobody of itself. @param target host:port, several separated by commas */
export function tritonBackend(target: string, sharedMemoryBytes: number): TritonBackend {
  const addresses = parseServerAddresses(target)!;
  return new TritonBackend({ addresses, sharedMemoryBytes, maxBatchRows: MAX_BATCH_ROWS }, SILENT);
}

const SILENT: TritonObserver = {
  replicaModelChanged: () => undefined,
  replicaModelDoubted: () => undefined,
  replicaModelReloaded: () => undefined,
  hedgeSent: () => undefined,
  hedgeWon: () => undefined,
  replicaConnected: () => undefined,
  replicaCalled: () => undefined,
  replicaPending: () => undefined,
  replicaGone: () => undefined,
  replicaMemoryKept: () => undefined,
  sharedMemoryChanged: () => undefined,
  sharedMemoryRefused: () => undefined,
};

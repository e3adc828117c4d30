import { TritonClient } from '@pairstream/triton-client';
import { FakeTriton, type ModelControl } from '@pairstream/triton-testing';
import { RawInference } from '../support/triton/raw-inference.js';
import { prepareTriton } from '../support/triton/triton.js';
import type { TritonContainerOptions } from '../support/triton/triton-container.js';
import { eventually } from './protocol-case.js';
import { BROKEN, conformanceModels, REPOSITORIES } from './fake-models.js';

const READY_MS = 60_000;

/** What a case talks to. */
export interface ConformanceServer {
  readonly target: string;
  readonly client: TritonClient;
  readonly raw: RawInference;
}

/** A server of the conformance models until it is disposed. */
export interface StartedServer extends ConformanceServer, AsyncDisposable {}

/** A kind of server. */
export interface ServerKind {
  readonly name: string;
  /**
   * @param models names of those that are served from the start; default: all that can be
   * @returns the server, or why this machine has none and need not have one
   */
  readonly start: (control: ModelControl, models?: readonly string[]) => Promise<StartedServer | string>;
}

const SERVED = conformanceModels()
  .map(({ config }) => config.name)
  .filter((name) => name !== BROKEN);

/** The kinds of servers that every case runs on. */
export const SERVER_KINDS: readonly ServerKind[] = [
  { name: 'FakeTriton', start: startFake },
  { name: 'Triton', start: startReal },
];

async function startFake(
  modelControl: ModelControl,
  loadedModels: readonly string[] = SERVED,
): Promise<StartedServer> {
  const models = conformanceModels().filter(
    ({ config }) => modelControl !== 'none' || config.name !== BROKEN,
  );
  const fake = await FakeTriton.start({ models, modelControl, loadedModels });
  return startedServer(fake.target, fake);
}

async function startReal(
  modelControl: ModelControl,
  loadedModels: readonly string[] = SERVED,
): Promise<StartedServer | string> {
  const triton = await prepareTriton();
  if (triton.isOptionalAndMissing) return triton.reason;
  const isExplicit = modelControl === 'explicit';
  const loads = isExplicit ? loadedModels.map((name) => `--load-model=${name}`) : [];
  const options: TritonContainerOptions = {
    // Without explicit control a model that cannot be loaded keeps the server from starting.
    repositories: isExplicit ? REPOSITORIES : REPOSITORIES.slice(0, 1),
    modelControl,
    flags: ['--model-load-thread-count=8', ...loads],
    sharesHostIpc: true,
  };
  const server = await triton.start(options);
  await untilReady(server.grpcTarget);
  return startedServer(server.grpcTarget, server);
}

/** Waits until all models of a server are loaded; it may be live before. */
export async function untilReady(target: string): Promise<void> {
  using client = new TritonClient({ target });
  const isReady = async (): Promise<true | undefined> =>
    (await client.isServerReady().catch(() => false)) || undefined;
  await eventually(isReady, READY_MS);
}

function startedServer(target: string, server: AsyncDisposable): StartedServer {
  const client = new TritonClient({ target });
  const raw = new RawInference(target);
  return {
    target,
    client,
    raw,
    [Symbol.asyncDispose]: async () => {
      client.close();
      raw[Symbol.dispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}

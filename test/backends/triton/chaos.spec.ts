import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { TritonClient, TritonError } from '@pairstream/triton-client';
import { type PredictOutput, ServerError } from '@pairstream/client';
import { TWO_MODEL_FOLDERS, TWO_MODELS } from '../../support/pipelines/cut-pipeline.js';
import { exampleRows, type PartRowRequest, requestOf } from '../../support/requests/example-rows.js';
import { ROOT, startTestGateway } from '../../support/gateway/test-gateway.js';
import {
  prepareTritonContainers,
  type TritonContainer,
  type TritonContainers,
} from '../../support/triton/triton-container.js';
import {
  MessageLoad,
  readiness,
  startTritonGateway,
  type TritonGateway,
  wrongAnswers,
} from '../../support/gateway/triton-gateway.js';
import { PREPARE_MS } from '../../support/triton/triton-server.js';

const SHIPPED = join(ROOT, 'triton-models');
const CONFORMANCE = join(import.meta.dirname, '../../triton/models');
const PAIRS = 500;
/** On a slow machine, a container takes minutes to start. */
const CHAOS_MS = 900_000;
const PATIENCE = { timeout: 300_000, interval: 50 };
const DIRECT_MS = 60_000;
/** Time that the first request holds the model `slow`; the second waits behind it for a fraction of it. */
const SLOW_MS = 5_000;
const LARGE_BYTES = 300 * 1_000_000;

/** A model that has the name of a forest and the shape of another. */
const OTHER_SHAPE = `
backend: "python"
max_batch_size: 16384
input [ { name: "input__0" data_type: TYPE_FP32 dims: [ 69 ] } ]
output [ { name: "output__0" data_type: TYPE_FP32 dims: [ 69 ] } ]
dynamic_batching { default_queue_policy {
  default_timeout_microseconds: 60000000 allow_timeout_override: true max_queue_size: 16
} }
`;
const IDENTITY = `
import triton_python_backend_utils as pb_utils

class TritonPythonModel:
    def execute(self, requests):
        inputs = [pb_utils.get_input_tensor_by_name(request, "input__0") for request in requests]
        return [pb_utils.InferenceResponse([pb_utils.Tensor("output__0", each.as_numpy())]) for each in inputs]
`;

let triton: TritonContainers;
let request: PartRowRequest;
let expected: PredictOutput;
let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'chaos-'));
  triton = await prepareTritonContainers();
  request = requestOf(await exampleRows(PAIRS));
  await using embedded = await startTestGateway({ pipeline: TWO_MODELS });
  expected = await embedded.client.predict(request);
}, PREPARE_MS);
afterAll(() => rmSync(folder, { recursive: true }));
beforeEach((context) => {
  if (triton.isOptionalAndMissing) context.skip(triton.reason);
});

/** A container, its own copy of the models of TWO_MODELS, and a client that may load and unload them. */
class Replica implements AsyncDisposable {
  readonly client: TritonClient;

  private constructor(
    readonly container: TritonContainer,
    readonly repository: string,
  ) {
    this.client = new TritonClient({ target: container.grpcTarget });
  }

  /** @param names models to load: of TWO_MODELS (default), or of the conformance models */
  static async start(names = TWO_MODEL_FOLDERS, shmMib?: number): Promise<Replica> {
    const repository = mkdtempSync(join(folder, 'models-'));
    for (const name of TWO_MODEL_FOLDERS)
      cpSync(join(SHIPPED, name), join(repository, name), { recursive: true });
    const container = await triton.start({
      repositories: [repository, CONFORMANCE],
      modelControl: 'explicit',
      flags: names.map((name) => `--load-model=${name}`),
      ...(shmMib === undefined ? { sharesHostIpc: true } : { shmMib }),
    });
    return new Replica(container, repository);
  }

  get target(): string {
    return this.container.grpcTarget;
  }

  /** Whether a gateway sends it calls for every model. */
  async isUsedBy(served: TritonGateway): Promise<boolean> {
    const { replicas } = JSON.parse((await served.admin('/backend')).text) as {
      replicas: { target: string; models: Record<string, string | null> }[];
    };
    const own = replicas.find(({ target }) => target === this.target);
    return Object.values(own!.models).every((outage) => outage === null);
  }

  /**
   * Ends a pause. The Python backend of this Triton watches its model processes and they watch it: on a machine that is busy one
   * may take the other for dead when both wake, and the server ends. Then it is started again.
   */
  async unpause(): Promise<void> {
    await this.container.unpause();
    for (let i = 0; i < 20; i += 1) {
      await sleep(100);
      if ((await this.container.processId()) !== 0) continue;
      await this.container.start();
      return;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.client.close();
    await this.container.stop();
  }
}

async function waitUntilServing(served: TritonGateway): Promise<void> {
  await served.gateway.served;
  await expect.poll(() => readiness(served), PATIENCE).toBeUndefined();
}

describe('one of two Triton containers', { timeout: CHAOS_MS }, () => {
  let sick: Replica;
  let well: Replica;
  let served: TritonGateway;
  beforeAll(async () => {
    if (triton.isOptionalAndMissing) return;
    [sick, well] = await Promise.all([Replica.start(), Replica.start()]);
    served = await startTritonGateway([sick.target, well.target]);
    await served.gateway.served;
    while (!(await sick.isUsedBy(served)) || !(await well.isUsedBy(served))) await sleep(50);
  }, PREPARE_MS);
  afterAll(async () => {
    await served?.[Symbol.asyncDispose]();
    await sick?.[Symbol.asyncDispose]();
    await well?.[Symbol.asyncDispose]();
  });

  /** The Python process that runs a model, as this machine sees it. */
  async function killModelProcess(model: string): Promise<void> {
    const server = await sick.container.processId();
    const children = execFileSync('pgrep', ['-P', String(server), '-f', `/${model}/`], { encoding: 'utf8' });
    for (const pid of children.trim().split('\n')) process.kill(Number(pid), 'SIGKILL');
  }

  it.each<[string, () => Promise<unknown>, () => Promise<unknown>]>([
    ['is paused', () => sick.container.pause(), () => sick.unpause()],
    ['is killed, its table of shared memory gone', () => sick.container.kill(), () => sick.container.start()],
    [
      'has a model unloaded',
      () => sick.client.repository.unload('nn1'),
      () => sick.client.repository.load('nn1'),
    ],
    [
      'gets a model of another shape',
      async () => {
        writeFileSync(join(sick.repository, 'xgb1/config.pbtxt'), OTHER_SHAPE);
        writeFileSync(join(sick.repository, 'xgb1/1/model.py'), IDENTITY);
        await sick.client.repository.load('xgb1');
      },
      async () => {
        cpSync(join(SHIPPED, 'xgb1/config.pbtxt'), join(sick.repository, 'xgb1/config.pbtxt'));
        await sick.client.repository.load('xgb1');
      },
    ],
    [
      'loses the process of a model, and says that it is ready all the same',
      async () => {
        await killModelProcess('nn1');
        expect(await sick.client.isModelReady('nn1')).toBe(true);
      },
      async () => {
        await sick.client.repository.unload('nn1');
        await sick.client.repository.load('nn1');
      },
    ],
  ])('%s under load: no row is lost, and it is used again afterwards', async (_name, hurt, heal) => {
    const load = new MessageLoad(served.client, request, 4);
    await load.more(10);
    await hurt();
    await expect.poll(() => sick.isUsedBy(served), PATIENCE).toBe(false);
    await load.more(10);
    expect(await readiness(served)).toBeUndefined();
    await heal();
    await expect.poll(() => sick.isUsedBy(served), PATIENCE).toBe(true);
    await load.more(10);
    expect(wrongAnswers((await load.stop()).answers, expected)).toEqual([]);
  });
});

describe('the only Triton container', { timeout: CHAOS_MS }, () => {
  it('starts slowly, is killed and comes back: the gateway waits, says so, and goes on', async () => {
    await using replica = await Replica.start();
    await replica.container.kill();
    await using served = await startTritonGateway([replica.target]);
    expect(await readiness(served)).toBeDefined();
    await expect(served.client.predict(request)).rejects.toMatchObject({ code: 14, reason: 'NOT_READY' });
    await replica.container.start();
    await waitUntilServing(served);

    const load = new MessageLoad(served.client, request, 4);
    await load.more(10);
    await replica.container.kill();
    await expect.poll(() => readiness(served), PATIENCE).toContain(replica.target);
    await load.more(10);
    await replica.container.start();
    await expect.poll(() => readiness(served), PATIENCE).toBeUndefined();
    await load.more(10);
    const { answers } = await load.stop();
    expect(wrongAnswers(answers, expected, ['BACKEND_UNAVAILABLE'])).toEqual([]);
    expect(answers.at(-1)![0]).not.toBeInstanceOf(ServerError);
    expect((await served.admin('/backend')).text).toContain('"transport":"shared_memory"');
  });

  it('is paused: callers hear of their deadlines, and all is well afterwards', async () => {
    await using replica = await Replica.start();
    await using served = await startTritonGateway([replica.target]);
    await waitUntilServing(served);
    const load = new MessageLoad(served.client, { ...request, timeoutMs: 1_500 }, 4);
    await load.more(10);
    await replica.container.pause();
    await load.more(10);
    await replica.unpause();
    await expect.poll(() => readiness(served), PATIENCE).toBeUndefined();
    await load.more(10);
    const { answers } = await load.stop();
    // After a pause, Triton may take a model's process for dead, and fails the request that the process has.
    const allowed = ['BACKEND_UNAVAILABLE', 'BACKEND_FAILED', 'DEADLINE_EXCEEDED', 'BUSY'];
    expect(wrongAnswers(answers, expected, allowed)).toEqual([]);
    // A busy machine may miss the deadlines of the load itself.
    const afterwards = await served.client.predict({ ...request, timeoutMs: PATIENCE.timeout });
    expect(wrongAnswers([[afterwards]], expected)).toEqual([]);
  });

  it('has a full queue: callers are told to come back, and nobody else is hurt', async () => {
    // Triton 2.51 itself has been seen to end in this storm, in about one of twenty, and once nobody served after it: what is tested
    // is one that lives.
    for (let attempt = 1; !(await fillsQueue()); attempt += 1) expect(attempt).toBeLessThan(3);
  });

  /** Whether the forest answers one who asks the server itself. */
  async function answersDirectly({ client }: Replica): Promise<boolean> {
    const options = { timeoutMs: DIRECT_MS };
    try {
      const forest = await client.model('xgb1', '', options);
      const [{ name, shape }] = forest.inputs as [(typeof forest.inputs)[number]];
      await forest.infer({ [name]: new Float32Array(shape.at(-1)!) }, options);
      return true;
    } catch {
      return false;
    }
  }

  async function everyRowIsAnswered({ client }: TritonGateway, small: PartRowRequest): Promise<void> {
    await expect.poll(async () => (await client.predict(small)).rowStatus, PATIENCE).toEqual([]);
  }

  /** @returns false when the server ended by itself, or answers nobody */
  async function fillsQueue(): Promise<boolean> {
    await using replica = await Replica.start();
    const path = join(replica.repository, 'xgb1/config.pbtxt');
    writeFileSync(path, readFileSync(path, 'utf8').replace('max_queue_size: 256', 'max_queue_size: 1'));
    await replica.client.repository.load('xgb1');
    await using served = await startTritonGateway([replica.target], { batchSlots: 16, maxBatchRows: 64 });
    await waitUntilServing(served);
    const load = new MessageLoad(served.client, request, 16);
    await load.more(100);
    const { answers } = await load.stop();
    if ((await replica.container.processId()) === 0) return false;
    expect(wrongAnswers(answers, expected, ['BUSY'])).toEqual([]);
    const busy = answers.flat().filter((output) => output instanceof ServerError);
    expect(busy.length).toBeGreaterThan(0);
    for (const { code, retryAfterMs } of busy) {
      expect(code).toBe(8);
      expect(retryAfterMs).toBeGreaterThan(0);
    }
    // One batch at a time fits, once the others have left.
    const small = requestOf(await exampleRows(60));
    const [answered] = await Promise.allSettled([everyRowIsAnswered(served, small)]);
    if (!(await answersDirectly(replica))) return false;
    if (answered.status === 'rejected') throw answered.reason;
    return true;
  }

  it('rejects what waits in its queue at the time the request gives', async () => {
    await using replica = await Replica.start(['slow']);
    const slow = await replica.client.model('slow');
    const first = slow.infer({ delay_ms: Int32Array.of(SLOW_MS) });
    await sleep(200);
    const late = await slow
      .infer({ delay_ms: Int32Array.of(0) }, { parameters: { timeout: 200_000 } })
      .catch((error: unknown) => error);
    expect(late).toBeInstanceOf(TritonError);
    // The server's own word, while the call had all the time in the world.
    expect(late).toMatchObject({ kind: 'busy', message: expect.stringContaining('Request timeout expired') });
    await expect(first).resolves.toBeDefined();
  });
});

describe('a batch of 300 MB', { timeout: CHAOS_MS }, () => {
  const large = new Float32Array(LARGE_BYTES / 4).fill(1.5);

  it('beside a /dev/shm of 64 MB fails alone, with a clear word', async () => {
    await using replica = await Replica.start([...TWO_MODEL_FOLDERS, 'identity'], 64);
    await using served = await startTritonGateway([replica.target]);
    await waitUntilServing(served);
    expect((await served.admin('/backend')).text).toContain('"transport":"grpc"');
    const load = new MessageLoad(served.client, request, 2);
    await load.more(5);
    const identity = await replica.client.model('identity');
    const failure = await identity
      .infer({ fp32_in: { data: large, shape: [1, large.length] } })
      .catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(TritonError);
    expect(failure).toMatchObject({ kind: 'internal', message: expect.stringMatching(/shared memory|shm/i) });
    await load.more(5);
    expect(wrongAnswers((await load.stop()).answers, expected)).toEqual([]);
    const small = await identity.infer({ fp32_in: { data: Float32Array.of(7), shape: [1, 1] } });
    expect([...(small['fp32_out']!.data as Float32Array)]).toEqual([7]);
  });

  it('is answered where there is room', async () => {
    await using replica = await Replica.start(['identity'], 1_024);
    const identity = await replica.client.model('identity');
    const { fp32_out: output } = await identity.infer({ fp32_in: { data: large, shape: [1, large.length] } });
    const { buffer, byteOffset, byteLength } = output!.data as Float32Array;
    const seen = Buffer.from(buffer, byteOffset, byteLength);
    expect(Buffer.compare(seen, Buffer.from(large.buffer))).toBe(0);
  });
});

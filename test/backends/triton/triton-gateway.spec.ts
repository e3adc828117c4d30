import { readdirSync } from 'node:fs';
import { Client, credentials, Metadata } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TritonClient } from '@pairstream/triton-client';
import { isRegionName } from '../../../src/backends/triton/memory/region-sweep.js';
import type { PredictOutput } from '@pairstream/client';
import { type FakeModel, FakeTriton, FakeTritonError } from '@pairstream/triton-testing';
import { TWO_MODELS } from '../../support/pipelines/cut-pipeline.js';
import { exampleRows, type PartRowRequest, requestOf } from '../../support/requests/example-rows.js';
import { type ShippedFakeModels, shippedFakeModels } from '../../support/fake-triton/shipped-fake-models.js';
import { startTestGateway } from '../../support/gateway/test-gateway.js';
import {
  farthest,
  MessageLoad,
  readiness,
  startTritonGateway,
  type TritonGateway,
  wrongAnswers,
} from '../../support/gateway/triton-gateway.js';

const PAIRS = 200;
const PATIENCE = { timeout: 150_000, interval: 20 };
const NOT_SERVING = 'NOT_SERVING';

let shipped: ShippedFakeModels;
let request: PartRowRequest;
let expected: PredictOutput;
beforeAll(async () => {
  shipped = await shippedFakeModels();
  request = requestOf(await exampleRows(PAIRS));
  await using embedded = await startTestGateway({ pipeline: TWO_MODELS });
  expected = await embedded.client.predict(request);
});
afterAll(() => shipped[Symbol.asyncDispose]());

function startFake(models: readonly FakeModel[] = shipped.models): Promise<FakeTriton> {
  return FakeTriton.start({ models });
}

/** The shipped models, one of them with another configuration. */
function withConfig(name: string, change: object): FakeModel[] {
  return shipped.models.map((model) =>
    model.config.name === name ? { ...model, config: { ...model.config, ...change } } : model,
  );
}

function modelOf(name: string): FakeModel {
  return shipped.models.find(({ config }) => config.name === name)!;
}

async function waitUntilServing(served: TritonGateway): Promise<void> {
  await served.gateway.served;
  await expect.poll(() => readiness(served), PATIENCE).toBeUndefined();
}

function health(target: string): Promise<string> {
  const client = new Client(target, credentials.createInsecure());
  return new Promise((resolve, reject) => {
    client.makeUnaryRequest(
      '/grpc.health.v1.Health/Check',
      (bytes: Buffer) => bytes,
      (bytes: Buffer) => bytes,
      Buffer.alloc(0),
      new Metadata(),
      (error, bytes) => {
        client.close();
        if (error === null) resolve(bytes?.[1] === 1 ? 'SERVING' : NOT_SERVING);
        else reject(error);
      },
    );
  });
}

/** Regions of shared memory that this process has. */
function ownRegions(): string[] {
  return readdirSync('/dev/shm').filter((name) => isRegionName(name) && name.includes(`-${process.pid}-`));
}

describe('a gateway on Triton', () => {
  it.each([
    ['gRPC', 0],
    ['shared memory', 64],
  ])('answers as the embedded engine does, over %s', async (transport, tritonSharedMemoryMb) => {
    await using fake = await startFake();
    await using served = await startTritonGateway([fake.target], { tritonSharedMemoryMb });
    await waitUntilServing(served);
    const output = await served.client.predict(request);
    expect(output.rowStatus).toEqual([]);
    expect(farthest(output, expected)).toBeLessThan(1e-5);
    expect(output.releaseId).toBe(expected.releaseId);
    const kind = transport === 'gRPC' ? 'grpc' : 'shared_memory';
    expect(JSON.parse((await served.admin('/backend')).text)).toEqual({
      backend: 'triton',
      replicas: [
        {
          target: fake.target,
          transport: kind,
          pendingRows: 0,
          isDrained: false,
          models: { xgb1: null, nn1_tweet: null, nn1: null },
        },
      ],
    });
    expect(ownRegions().length > 0).toBe(kind === 'shared_memory');
  });

  it('leaves no shared memory behind', async () => {
    const before = ownRegions();
    const fake = await startFake();
    const served = await startTritonGateway([fake.target]);
    await waitUntilServing(served);
    await served.client.predict(request);
    expect(ownRegions().length).toBeGreaterThan(before.length);
    await served[Symbol.asyncDispose]();
    expect(ownRegions()).toEqual(before);
    await fake[Symbol.asyncDispose]();
  });

  it('goes by gRPC where shared memory is refused, and says why', async () => {
    await using fake = await startFake();
    fake.allowsSharedMemory = false;
    await using served = await startTritonGateway([fake.target]);
    await waitUntilServing(served);
    expect(farthest(await served.client.predict(request), expected)).toBeLessThan(1e-5);
    expect((await served.admin('/backend')).text).toContain('"transport":"grpc"');
  });

  it('tells its metrics', async () => {
    await using fake = await startFake();
    await using served = await startTritonGateway([fake.target]);
    await waitUntilServing(served);
    await served.client.predict(request);
    const { text } = await served.admin('/metrics');
    const labels = `target="${fake.target}",model="xgb1"`;
    expect(text).toContain(`pairstream_triton_model_serving{${labels}} 1`);
    expect(text).toContain(`pairstream_triton_call_seconds_count{${labels},outcome="ok"} 1`);
    expect(text).toContain(`pairstream_triton_pending_rows{target="${fake.target}"} 0`);
    expect(text).toMatch(/pairstream_triton_shared_memory_bytes \d{5,}/);
  });
});

describe('a gateway that waits for Triton', () => {
  it('listens, says NOT_SERVING and why, and serves as soon as it can', async () => {
    const fake = await startFake();
    await fake.die();
    await using served = await startTritonGateway([fake.target]);
    await expect.poll(() => readiness(served), PATIENCE).toContain(`${fake.target}: model xgb1: `);
    await expect(health(served.target)).resolves.toBe(NOT_SERVING);
    await expect(served.client.predict(request)).rejects.toMatchObject({ code: 14, reason: 'NOT_READY' });
    await expect(served.client.getServerInfo()).rejects.toMatchObject({ reason: 'NOT_READY' });
    await fake.start();
    await waitUntilServing(served);
    await expect(health(served.target)).resolves.toBe('SERVING');
    expect(farthest(await served.client.predict(request), expected)).toBeLessThan(1e-5);
    await fake[Symbol.asyncDispose]();
  });

  it('ends although nobody answers', async () => {
    const fake = await startFake();
    await fake.die();
    const served = await startTritonGateway([fake.target]);
    await served[Symbol.asyncDispose]();
    await expect(served.gateway.served).rejects.toMatchObject({ code: 'CANCELLED' });
  });

  it('keeps the caller out of what is between it and Triton', async () => {
    const fake = await startFake();
    await using served = await startTritonGateway([fake.target]);
    await waitUntilServing(served);
    await fake.die();
    const refused = await served.client.predict(request).catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: 14, reason: 'BACKEND_UNAVAILABLE' });
    expect(String(refused)).not.toContain('127.0.0.1');
    await expect.poll(() => readiness(served), PATIENCE).toContain(fake.target);
    await expect(health(served.target)).resolves.toBe(NOT_SERVING);
    await fake[Symbol.asyncDispose]();
  });
});

const policy = {
  timeoutAction: 'REJECT',
  defaultTimeoutMicroseconds: 60_000_000,
  allowTimeoutOverride: true,
  maxQueueSize: 256,
};
const narrow = [{ name: 'input__0', dataType: 'TYPE_FP32', dims: [69] }];

describe('the contract with Triton', () => {
  it.each<[string, string, object, RegExp]>([
    [
      'too small batches',
      'xgb1',
      { maxBatchSize: 512 },
      /model xgb1: max_batch_size: 512, expected at least the 1024 rows of a batch: raise it, or set PAIRSTREAM_MAX_BATCH_ROWS to 512 or less/,
    ],
    [
      'another version',
      'nn1',
      { versionPolicy: { specific: { versions: [2] } } },
      /model nn1: not in the model repository/,
    ],
    [
      'a queue without a bound',
      'nn1',
      { dynamicBatching: { defaultQueuePolicy: { ...policy, maxQueueSize: 0 } } },
      /model nn1: dynamic_batching\.default_queue_policy\.max_queue_size: 0, expected a bound like 256/,
    ],
    [
      'a queue that hears no deadline',
      'xgb1',
      { dynamicBatching: { defaultQueuePolicy: { ...policy, defaultTimeoutMicroseconds: 0 } } },
      /model xgb1: dynamic_batching\.default_queue_policy\.default_timeout_microseconds: 0, expected a long one/,
    ],
    [
      'any number of answers',
      'nn1',
      { modelTransactionPolicy: { decoupled: true } },
      /model nn1: model_transaction_policy: decoupled, expected one response/,
    ],
    [
      'a FIL key that is no boolean',
      'xgb1',
      { parameters: { ...(modelParameters() as object), predict_proba: { stringValue: 'yes' } } },
      /model xgb1: parameters\.predict_proba: "yes", expected "true" or "false"/,
    ],
    [
      'other inputs',
      'xgb1',
      { input: narrow, modelWarmup: [] },
      /models\.xgb1\.inputs\.input__0: the model has input__0 FP32 \[-1, 69\], expected FP32 \[-1, 70\] as the pipeline says/,
    ],
  ])(
    'refuses %s in one sentence, and takes the model once it is mended',
    async (_name, model, change, sentence) => {
      await using fake = await startFake(withConfig(model, change));
      await using served = await startTritonGateway([fake.target], { tritonSharedMemoryMb: 0 });
      await expect.poll(() => readiness(served), PATIENCE).toMatch(sentence);
      await expect(health(served.target)).resolves.toBe(NOT_SERVING);
      await fake.replace(modelOf(model));
      await waitUntilServing(served);
      expect(farthest(await served.client.predict(request), expected)).toBeLessThan(1e-5);
    },
  );

  it('refuses a model that answers its golden rows otherwise: other classes first, say', async () => {
    const { config, run } = modelOf('xgb1');
    const turned: FakeModel = {
      config,
      run: async (inputs, context) => {
        const outputs = (await run(inputs, context)) as { output__0: Float32Array };
        return { output__0: Float32Array.from(outputs.output__0).reverse() };
      },
    };
    await using fake = await startFake([turned, modelOf('nn1_tweet'), modelOf('nn1')]);
    await using served = await startTritonGateway([fake.target]);
    await expect
      .poll(() => readiness(served), PATIENCE)
      .toMatch(/golden\.json: outputs: row 0, column 0: the model answers [\d.e-]+, expected [\d.e-]+/);
    await fake.replace(modelOf('xgb1'));
    await waitUntilServing(served);
  });

  it('tells why a model is not loaded', async () => {
    await using fake = await startFake();
    fake.unload('nn1');
    await using served = await startTritonGateway([fake.target]);
    await expect
      .poll(() => readiness(served), PATIENCE)
      .toMatch(/model nn1: version 1 is UNAVAILABLE: unloaded/);
    await fake.load('nn1');
    await waitUntilServing(served);
  });
});

function modelParameters(): unknown {
  return {
    model_type: { stringValue: 'treelite_checkpoint' },
    is_classifier: { stringValue: 'true' },
    threshold: { stringValue: '0.5' },
  };
}

describe('replicas', () => {
  /** Servers whose nn1 fails every request. */
  const failing = new Set<string>();

  async function startOne(): Promise<FakeTriton> {
    const { config, run } = modelOf('nn1');
    let target = '';
    const nn1: FakeModel = {
      config,
      run: (inputs, context) => {
        if (failing.has(target)) throw new FakeTritonError('INTERNAL', 'its process is gone');
        return run(inputs, context);
      },
    };
    const fake = await startFake([modelOf('xgb1'), modelOf('nn1_tweet'), nn1]);
    ({ target } = fake);
    return fake;
  }

  async function startTwo(): Promise<[FakeTriton, FakeTriton, TritonGateway, AsyncDisposableStack]> {
    const stack = new AsyncDisposableStack();
    const first = stack.use(await startOne());
    const second = stack.use(await startOne());
    const served = stack.use(await startTritonGateway([first.target, second.target]));
    await waitUntilServing(served);
    await expect
      .poll(async () => (await served.admin('/backend')).text.split('null').length, PATIENCE)
      .toBe(7);
    return [first, second, served, stack];
  }

  it('share the load', async () => {
    const [first, second, served, stack] = await startTwo();
    await using _ = stack;
    const load = new MessageLoad(served.client, request, 8);
    await load.more(60);
    expect(wrongAnswers((await load.stop()).answers, expected)).toEqual([]);
    for (const fake of [first, second]) expect(fake.script('xgb1').counts.requests).toBeGreaterThan(5);
  });

  it('get fewer calls when they are slower', async () => {
    const [slow, fast, served, stack] = await startTwo();
    await using _ = stack;
    slow.script('xgb1').delayMs = 1_000;
    slow.script('xgb1').resetCounts();
    fast.script('xgb1').resetCounts();
    const load = new MessageLoad(served.client, request, 8);
    await load.more(60);
    expect(wrongAnswers((await load.stop()).answers, expected)).toEqual([]);
    expect(slow.script('xgb1').counts.requests).toBeLessThan(fast.script('xgb1').counts.requests / 2);
  });

  it.each<[string, (fake: FakeTriton) => unknown, (fake: FakeTriton) => unknown]>([
    ['dies', (fake) => fake.die(), (fake) => fake.start()],
    ['hangs', (fake) => fake.hang(), (fake) => fake.resume()],
    ['shuts down', (fake) => fake.shutDown(), (fake) => fake.restart()],
    [
      'fails every request while it says that it is ready',
      (fake) => failing.add(fake.target),
      (fake) => failing.delete(fake.target),
    ],
    ['has a model unloaded', (fake) => fake.unload('xgb1'), (fake) => fake.load('xgb1')],
    [
      'gets a model of another shape',
      (fake) =>
        fake.replace(withConfig('xgb1', { input: narrow }).find(({ config }) => config.name === 'xgb1')!),
      (fake) => fake.replace(modelOf('xgb1')),
    ],
    [
      'answers in another shape',
      (fake) => (fake.script('xgb1').answerFault = 'wrong_shape'),
      (fake) => (fake.script('xgb1').answerFault = 'none'),
    ],
  ])('one that %s under load loses no row, and is used again when it is well', async (_name, hurt, heal) => {
    const [sick, , served, stack] = await startTwo();
    await using _ = stack;
    const load = new MessageLoad(served.client, request, 4);
    await load.more(10);
    await hurt(sick);
    const out = async (): Promise<boolean> =>
      (await served.admin('/backend')).text.includes(`${sick.target}: model`);
    await expect.poll(out, PATIENCE).toBe(true);
    await load.more(10);
    await expect(readiness(served)).resolves.toBeUndefined();
    await heal(sick);
    await expect.poll(out, PATIENCE).toBe(false);
    sick.script('nn1').resetCounts();
    await expect
      .poll(async () => {
        await load.more(5);
        return sick.script('nn1').counts.requests;
      }, PATIENCE)
      .toBeGreaterThan(3);
    expect(wrongAnswers((await load.stop()).answers, expected)).toEqual([]);
  });

  it('are found by name, each address one', async () => {
    await using fake = await startFake();
    const port = fake.target.split(':')[1]!;
    await using served = await startTritonGateway([`dns:///localhost:${port}`]);
    await waitUntilServing(served);
    expect(farthest(await served.client.predict(request), expected)).toBeLessThan(1e-5);
    expect((await served.admin('/backend')).text).toContain(`"target":"127.0.0.1:${port}"`);
  });

  it('are waited for while a name has no address', async () => {
    await using served = await startTritonGateway(['dns:///no.such.name.invalid:8001']);
    await expect
      .poll(() => readiness(served), PATIENCE)
      .toContain('no.such.name.invalid: the name has no address');
  });
});

describe('one server', () => {
  it('that is busy makes callers wait, is not asked again at once, and says when', async () => {
    await using fake = await startFake();
    await using served = await startTritonGateway([fake.target]);
    await waitUntilServing(served);
    fake.script('xgb1').isBusy = true;
    fake.script('xgb1').resetCounts();
    const refused = await served.client.predict(request).catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: 8, reason: 'BUSY', retryAfterMs: expect.any(Number) });
    expect(fake.script('xgb1').counts.rejections).toBe(1);
    await expect(readiness(served)).resolves.toBeUndefined();
    fake.script('xgb1').isBusy = false;
    await expect(served.client.predict(request)).resolves.toMatchObject({ rowStatus: [] });
  });

  it('rejects what has waited in its queue for the time that the caller gave', async () => {
    await using fake = await startFake();
    await using served = await startTritonGateway([fake.target], { batchSlots: 4, maxBatchDelayUs: 0 });
    await waitUntilServing(served);
    fake.script('xgb1').delayMs = 600;
    fake.script('xgb1').resetCounts();
    const late = { ...request, timeoutMs: 300 };
    const outputs = await Promise.allSettled([
      served.client.predict(request),
      ...[1, 2].map(() => served.client.predict(late)),
    ]);
    expect(outputs[0]).toMatchObject({ status: 'fulfilled' });
    for (const output of outputs.slice(1))
      expect(output).toMatchObject({ status: 'rejected', reason: { code: 4, reason: 'DEADLINE_EXCEEDED' } });
  });

  it('hears a cancel', async () => {
    await using fake = await startFake();
    await using served = await startTritonGateway([fake.target]);
    await waitUntilServing(served);
    fake.script('xgb1').delayMs = 1_500;
    fake.script('xgb1').resetCounts();
    const controller = new AbortController();
    const answer = served.client.predict(request, { signal: controller.signal });
    await expect.poll(() => fake.script('xgb1').counts.requests, PATIENCE).toBe(1);
    controller.abort();
    await expect(answer).rejects.toMatchObject({ code: 1 });
    await expect.poll(() => fake.script('xgb1').counts.cancels, PATIENCE).toBe(1);
    fake.script('xgb1').delayMs = 0;
    // What the server might still write into is not used for the next call.
    expect(farthest(await served.client.predict(request), expected)).toBeLessThan(1e-5);
  });

  it('that was started anew, its table of shared memory empty, loses no row of who is patient', async () => {
    await using fake = await startFake();
    await using served = await startTritonGateway([fake.target]);
    await waitUntilServing(served);
    await served.client.predict(request);
    await fake.restart();
    await waitUntilServing(served);
    const load = new MessageLoad(served.client, request, 4);
    await load.more(10);
    expect(wrongAnswers((await load.stop()).answers, expected)).toEqual([]);
    expect((await served.admin('/backend')).text).toContain('"transport":"shared_memory"');
  });

  it('that forgets a region gets that call over gRPC, and is told of the region with the next', async () => {
    await using fake = await startFake();
    await using served = await startTritonGateway([fake.target]);
    await waitUntilServing(served);
    await served.client.predict(request);
    using client = new TritonClient({ target: fake.target });
    await client.systemSharedMemory.unregister();
    const output = await served.client.predict(request);
    expect(farthest(output, expected)).toBeLessThan(1e-5);
    expect(output.missingMembers).toEqual([]);
    expect(farthest(await served.client.predict(request), expected)).toBeLessThan(1e-5);
    expect((await client.systemSharedMemory.status()).length).toBeGreaterThan(0);
  });

  it('that answers NaN fails those pairs alone, by row', async () => {
    await using fake = await startFake();
    await using served = await startTritonGateway([fake.target]);
    await waitUntilServing(served);
    fake.script('xgb1').answerFault = 'nan';
    const output = await served.client.predict(request);
    expect(output.rowStatus.length).toBe(PAIRS);
    expect(output.rowStatus[0]).toMatchObject({ reason: 'BACKEND_FAILED' });
  });

  it('whose model fails once fails that batch, and goes on', async () => {
    await using fake = await startFake();
    await using served = await startTritonGateway([fake.target]);
    await waitUntilServing(served);
    fake.script('nn1').failNext(1, new FakeTritonError('INTERNAL', 'out of luck'));
    await expect(served.client.predict(request)).rejects.toMatchObject({
      code: 13,
      reason: 'BACKEND_FAILED',
      message: expect.stringContaining('model nn1: out of luck'),
    });
    await expect(served.client.predict(request)).resolves.toMatchObject({ rowStatus: [] });
  });
});

import { closeSync, ftruncateSync, openSync, rmSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type InferRequest, TritonClient, TritonError } from '../backends/triton/client/index.js';
import {
  type AnswerFault,
  type FakeModel,
  FakeTriton,
  FakeTritonError,
  type FakeTritonOptions,
  goldenModel,
  identityModel,
} from './index.js';

const echo = identityModel('echo', { x: 'FP32', n: 'INT32', s: 'BYTES', h: 'FP16', b: 'BF16', d: 'FP64' });
/** Of its two requests that may wait, one may be late. */
const queued: FakeModel = {
  ...identityModel('queued', { x: 'FP32' }, { maxBatchSize: 1 }),
  config: {
    ...identityModel('queued', { x: 'FP32' }, { maxBatchSize: 1 }).config,
    dynamicBatching: {
      defaultQueuePolicy: {
        defaultTimeoutMicroseconds: 60_000_000,
        allowTimeoutOverride: true,
        maxQueueSize: 2,
      },
    },
  },
};

function request(modelName = 'echo', rows = 1): InferRequest {
  const data = Float32Array.from({ length: rows * 2 }, (_, i) => i + 1);
  return { modelName, inputs: [{ name: 'x', datatype: 'FP32', shape: [rows, 2], data }] };
}

let triton: FakeTriton;
let client: TritonClient;
const open: AsyncDisposable[] = [];

async function start(options: Partial<FakeTritonOptions> = {}): Promise<void> {
  triton = await FakeTriton.start({ models: [echo, queued], ...options });
  client = new TritonClient({ target: triton.target, maxReconnectDelayMs: 50 });
  open.push(triton, { [Symbol.asyncDispose]: () => Promise.resolve(client.close()) });
}

async function ask(
  modelName?: string,
  rows?: number,
  parameters: InferRequest['parameters'] = {},
): Promise<unknown> {
  const { outputs } = await client.infer({ ...request(modelName, rows), parameters });
  const output = outputs.get('x_out');
  return output && [output.datatype, output.shape, Array.from(output.data as ArrayLike<number>)];
}

async function failure(attempt: Promise<unknown>): Promise<unknown> {
  try {
    return await attempt;
  } catch (error) {
    if (error instanceof TritonError) return { kind: error.kind, text: error.message };
    throw error;
  }
}

/** How often something that comes soon is looked for. */
const SOON = { interval: 2 };
const GOOD = ['FP32', [1, 2], [1, 2]];

beforeEach(() => start());
afterEach(async () => {
  for (const one of open.splice(0).toReversed()) await one[Symbol.asyncDispose]();
});

describe('the script of a model', () => {
  it('makes it slow', async () => {
    triton.script('echo').delayMs = 80;
    const beforeMs = performance.now();
    expect(await ask()).toEqual(GOOD);
    expect(performance.now() - beforeMs).toBeGreaterThanOrEqual(79);
  });

  it('makes it busy', async () => {
    triton.script('echo').isBusy = true;
    const busy = { kind: 'busy', text: '[request id: <id_unknown>] Exceeds maximum queue size' };
    expect([await failure(ask()), await failure(ask())]).toEqual([busy, busy]);
    triton.script('echo').isBusy = false;
    expect(await ask()).toEqual(GOOD);
    expect(triton.script('echo').counts).toMatchObject({ requests: 3, rejections: 2, answers: 1 });
  });

  it('makes runs fail, as often as it says', async () => {
    triton.script('echo').failNext(2);
    triton.script('echo').failNext(1, new FakeTritonError('UNAVAILABLE', 'own words'));
    const outcomes = [await failure(ask()), await failure(ask()), await failure(ask()), await ask()];
    const failed = { kind: 'internal', text: 'failed on demand' };
    expect(outcomes).toEqual([failed, failed, { kind: 'down', text: 'own words' }, GOOD]);
    expect(triton.script('echo').counts).toMatchObject({ requests: 4, failures: 3, answers: 1 });
  });

  it.each<[AnswerFault, unknown]>([
    ['wrong_shape', ['FP32', [2, 2], [1, 2, 0, 0]]],
    ['wrong_datatype', ['INT32', [1, 2], [0x3f80_0000, 0x4000_0000]]],
    ['nan', ['FP32', [1, 2], [Number.NaN, Number.NaN]]],
    ['none', GOOD],
  ])('makes answers %s', async (fault, expected) => {
    triton.script('echo').answerFault = fault;
    expect(await ask()).toEqual(expected);
  });

  it('spoils answers of every datatype', async () => {
    const inputs: InferRequest['inputs'] = [
      { name: 'n', datatype: 'INT32', shape: [1, 1], data: Int32Array.of(7) },
      { name: 's', datatype: 'BYTES', shape: [1, 1], data: ['text'] },
      { name: 'h', datatype: 'FP16', shape: [1, 1], data: Uint16Array.of(0x3c00) },
      { name: 'b', datatype: 'BF16', shape: [1, 1], data: Uint16Array.of(0x3f80) },
      { name: 'd', datatype: 'FP64', shape: [1, 1], data: Float64Array.of(1) },
    ];
    const spoilt = async (fault: AnswerFault): Promise<unknown> => {
      triton.script('echo').answerFault = fault;
      const { outputs } = await client.infer({ modelName: 'echo', inputs });
      return [...outputs.values()].map(({ datatype, shape, data }) => [datatype, shape, data.length]);
    };
    expect(await spoilt('nan')).toEqual([
      ['INT32', [1, 1], 1],
      ['BYTES', [1, 1], 1],
      ['FP16', [1, 1], 1],
      ['BF16', [1, 1], 1],
      ['FP64', [1, 1], 1],
    ]);
    expect(await spoilt('wrong_shape')).toEqual([
      ['INT32', [2, 1], 2],
      ['BYTES', [2, 1], 2],
      ['FP16', [2, 1], 2],
      ['BF16', [2, 1], 2],
      ['FP64', [2, 1], 2],
    ]);
    expect(await spoilt('wrong_datatype')).toEqual([
      ['FP32', [1, 1], 1],
      ['BYTES', [1, 1], 1],
      ['INT16', [1, 1], 1],
      ['INT16', [1, 1], 1],
      ['INT64', [1, 1], 1],
    ]);
  });

  it('makes it not ready', async () => {
    triton.script('echo').isReady = false;
    expect([await client.isModelReady('echo'), await client.isServerReady()]).toEqual([false, false]);
    expect(await failure(ask())).toEqual({
      kind: 'unknown_model',
      text: "Request for unknown model: 'echo' has no available versions",
    });
    expect(await ask('queued')).toEqual(GOOD);
    triton.script('echo').isReady = true;
    expect([await ask(), await client.isServerReady()]).toEqual([GOOD, true]);
  });

  it('counts requests, rows, answers and what was refused', async () => {
    await ask('echo', 3);
    await ask('echo', 2);
    await failure(client.infer({ ...request(), inputs: [] }));
    expect(triton.script('echo').counts).toEqual({
      requests: 2,
      rows: 5,
      answers: 2,
      failures: 0,
      rejections: 0,
      expirations: 0,
      cancels: 0,
    });
    triton.script('echo').resetCounts();
    expect(triton.script('echo').counts.rows).toBe(0);
    expect(triton.callCount('ModelInfer')).toBe(3);
  });

  it('outlives an unload, a replacement and a restart', async () => {
    await ask();
    triton.script('echo').answerFault = 'nan';
    await triton.replace(identityModel('echo', { x: 'FP32' }));
    await triton.restart();
    await client.waitForConnection(5_000);
    expect(await ask()).toEqual(['FP32', [1, 2], [Number.NaN, Number.NaN]]);
    expect(triton.script('echo').counts.requests).toBe(2);
  });
});

describe('a queue', () => {
  it('lets as many wait as its policy says, each with its own time', async () => {
    triton.script('queued').delayMs = 300;
    const running = ask('queued');
    await expect.poll(() => triton.script('queued').counts.requests, SOON).toBe(1);
    const calls = [running, ask('queued'), ask('queued', 1, { timeout: 20_000 })];
    await expect.poll(() => triton.script('queued').counts.requests, SOON).toBe(3);
    calls.push(ask('queued'));
    expect(await Promise.all(calls.map(failure))).toEqual([
      GOOD,
      GOOD,
      { kind: 'busy', text: 'Request timeout expired' },
      { kind: 'busy', text: '[request id: <id_unknown>] Exceeds maximum queue size' },
    ]);
    expect(triton.script('queued').counts).toMatchObject({ rejections: 1, expirations: 1, answers: 2 });
  });

  it('has as many instances as the configuration says', async () => {
    const config = { ...queued.config, instanceGroup: [{ count: 2 }, {}] };
    await triton.replace({ ...queued, config });
    triton.script('queued').delayMs = 300;
    const calls = [ask('queued'), ask('queued'), ask('queued')];
    await expect.poll(() => triton.script('queued').counts.requests, SOON).toBe(3);
    // Two wait and three run, or the last one would have been refused.
    const more = [ask('queued'), ask('queued')];
    expect(await Promise.all([...calls, ...more])).toEqual(Array.from({ length: 5 }, () => GOOD));
  });

  it('does not run what was cancelled while it waited', async () => {
    triton.script('queued').delayMs = 300;
    const running = ask('queued');
    await expect.poll(() => triton.script('queued').counts.requests, SOON).toBe(1);
    const controller = new AbortController();
    const waiting = client.infer(request('queued'), { signal: controller.signal });
    await expect.poll(() => triton.script('queued').counts.requests, SOON).toBe(2);
    controller.abort();
    await expect(waiting).rejects.toMatchObject({ kind: 'cancelled' });
    await running;
    await ask('queued');
    expect(triton.script('queued').counts).toMatchObject({ requests: 3, answers: 2, cancels: 1 });
  });
});

describe('the server', () => {
  it('dies at once and comes back on the same port, with nothing but its models', async () => {
    const { target } = triton;
    const key = '/fake-triton-spec';
    const descriptor = openSync(`/dev/shm${key}`, 'w+');
    ftruncateSync(descriptor, 16);
    closeSync(descriptor);
    const region = { name: 'r', key, byteLength: 16 };
    await client.systemSharedMemory.register(region);
    await ask();
    await client.settings.log({ log_info: false });
    await triton.die();
    expect(await failure(ask())).toMatchObject({ kind: 'down' });
    await triton.start();
    await client.waitForConnection(5_000);
    expect(triton.target).toBe(target);
    expect(await client.systemSharedMemory.status()).toEqual([]);
    expect((await client.modelStatistics('echo'))[0]?.executionCount).toBe(0);
    expect((await client.settings.log())['log_info']).toBe(true);
    await client.systemSharedMemory.register(region);
    await client.systemSharedMemory.unregister();
    rmSync(`/dev/shm${key}`);
    expect(await ask()).toEqual(GOOD);
  });

  it('aborts what runs when it dies', async () => {
    let aborted = false;
    const never: FakeModel = {
      config: echo.config,
      run: (_inputs, { signal }) =>
        new Promise((_resolve, reject) =>
          signal.addEventListener('abort', () => {
            aborted = true;
            reject(new Error('aborted'));
          }),
        ),
    };
    await triton.replace(never);
    const call = failure(ask());
    await expect.poll(() => triton.script('echo').counts.requests, SOON).toBe(1);
    await triton.die();
    expect(await call).toMatchObject({ kind: 'down' });
    expect(aborted).toBe(true);
  });

  it('hangs: it takes connections and answers nothing', async () => {
    triton.hang();
    using other = new TritonClient({ target: triton.target });
    const outcomes = [client, other].map((one) => failure(one.isServerLive({ timeoutMs: 100 })));
    for (const outcome of outcomes) expect(await outcome).toMatchObject({ kind: 'late' });
    expect(triton.callCount('ServerLive')).toBe(0);
    triton.resume();
    expect(await client.isServerLive()).toBe(true);
  });

  it('shuts down: it finishes what runs and takes no more', async () => {
    triton.script('echo').delayMs = 300;
    const running = ask();
    await expect.poll(() => triton.script('echo').counts.requests, SOON).toBe(1);
    triton.shutDown();
    expect(await failure(client.isServerLive())).toEqual({ kind: 'down', text: 'Server exiting' });
    expect(await failure(client.isModelReady('echo'))).toEqual({ kind: 'down', text: 'Server not ready' });
    expect(await failure(client.repository.index())).toEqual({ kind: 'down', text: 'Server not ready' });
    expect(await failure(ask())).toEqual({
      kind: 'unknown_model',
      text: "Request for unknown model: 'echo' has no available versions",
    });
    expect(await running).toEqual(GOOD);
    await triton.restart();
    await client.waitForConnection(5_000);
    expect(await client.isServerLive()).toBe(true);
  });

  it('refuses shared memory, as newer ones do', async () => {
    triton.allowsSharedMemory = false;
    const refused = {
      kind: 'unsupported',
      text: "Client shared memory is disabled. Start the server with '--allow-client-shm=true' to enable.",
    };
    const { systemSharedMemory: memory, cudaSharedMemory: cuda } = client;
    expect(await failure(memory.register({ name: 'r', key: '/r', byteLength: 1 }))).toEqual(refused);
    expect(await failure(memory.status())).toEqual(refused);
    expect(await failure(cuda.unregister())).toEqual(refused);
  });

  it('replaces a model while the old one finishes what it runs', async () => {
    triton.script('echo').delayMs = 300;
    const old = ask();
    await expect.poll(() => triton.script('echo').counts.requests, SOON).toBe(1);
    triton.script('echo').delayMs = 0;
    await triton.replace({
      ...echo,
      run: (inputs) => ({ x_out: inputs.get('x', 'FP32').data.map((value) => -value) }),
    });
    expect(await ask()).toEqual(['FP32', [1, 2], [-1, -2]]);
    expect(await old).toEqual(GOOD);
  });

  it('unloads and loads a model', async () => {
    triton.unload('echo');
    expect(await failure(ask())).toMatchObject({ kind: 'unknown_model' });
    await triton.load('echo');
    expect(await ask()).toEqual(GOOD);
    await expect(triton.load('nothing')).rejects.toThrow("failed to load 'nothing'");
  });

  it('starts with the models it is told to, and not with one that cannot be loaded', async () => {
    await start({ modelControl: 'explicit', loadedModels: ['queued'] });
    expect(await client.isModelReady('echo')).toBe(false);
    await client.repository.load('echo');
    expect(await ask()).toEqual(GOOD);
    const broken: FakeModel = { ...echo, load: () => Promise.reject(new Error('no weights')) };
    await expect(FakeTriton.start({ models: [broken] })).rejects.toThrow(
      "load failed for model 'echo': version 1 is at UNAVAILABLE state: Internal: Error: no weights",
    );
    await expect(
      FakeTriton.start({ models: [echo], port: Number(triton.target.split(':')[1]) }),
    ).rejects.toThrow('EADDRINUSE');
  });

  it('tells the version it is told', async () => {
    await start({ serverVersion: '2.58.0' });
    expect((await client.serverMetadata()).version).toBe('2.58.0');
  });
});

describe('a model', () => {
  it.each<[string, FakeModel['run'], string]>([
    [
      'throws',
      () => Promise.reject(new RangeError('too far')),
      "Failed to process the request(s) for model 'echo_0', message: RangeError: too far\n",
    ],
    [
      'answers with the wrong array',
      () => ({ x_out: Int32Array.of(1, 2) }),
      'output x_out: a Int32Array does not hold FP32',
    ],
    [
      'answers with too few elements',
      () => ({ x_out: { data: Float32Array.of(1), shape: [1, 2] } }),
      'output x_out: 1 elements, expected 2 for shape [1, 2]',
    ],
    [
      'answers with elements for half a row more',
      () => ({ d_out: new Float64Array(3), x_out: Float32Array.of(1, 2, 3) }),
      'output d_out: 3 elements, expected a shape that fits [2, -1]',
    ],
    [
      'asks for an input of another type',
      (inputs) => ({ x_out: inputs.get('x', 'FP64').data }),
      'input x: FP32, expected FP64',
    ],
    [
      'asks for an input that is not there',
      (inputs) => ({ x_out: inputs.get('y', 'FP32').data }),
      'input y: none, expected FP32',
    ],
  ])('that %s fails the request', async (_what, run, text) => {
    await triton.replace({ ...echo, run });
    expect(await failure(ask('echo', 2))).toEqual({ kind: 'internal', text });
  });

  it('is told id, parameters, version and rows', async () => {
    let seen: unknown;
    await triton.replace({
      ...echo,
      run: (inputs, { signal: _signal, ...context }) => {
        seen = { ...context, names: inputs.names };
        return {};
      },
    });
    const parameters = { priority: 1, custom: 'x', flag: true, share: 0.5, large: 2n ** 60n };
    await client.infer({ ...request('echo', 3), id: 'i', parameters });
    expect(seen).toEqual({ modelName: 'echo', version: '1', id: 'i', rowCount: 3, parameters, names: ['x'] });
  });

  it('may answer before the caller cancels, and hears it when it does', async () => {
    const signals: AbortSignal[] = [];
    await triton.replace({
      ...echo,
      run: async (inputs, { signal }) => {
        signals.push(signal);
        await new Promise((resolve) => setTimeout(resolve, 200));
        return { x_out: inputs.get('x', 'FP32') };
      },
    });
    await ask();
    const controller = new AbortController();
    const call = client.infer(request(), { signal: controller.signal });
    await expect.poll(() => signals.length, SOON).toBe(2);
    controller.abort();
    await expect(call).rejects.toMatchObject({ kind: 'cancelled' });
    await expect.poll(() => signals.map(({ aborted }) => aborted), SOON).toEqual([false, true]);
    expect(triton.script('echo').counts.cancels).toBe(1);
  });

  it('with golden rows knows their answers, and no others', async () => {
    const config = {
      name: 'golden',
      input: [
        { name: 'features', dataType: 'TYPE_FP32', dims: [2] },
        { name: 'ids', dataType: 'TYPE_INT64', dims: [1] },
      ],
      output: [{ name: 'score', dataType: 'TYPE_FP32', dims: [1] }],
    };
    const rows = {
      inputs: {
        features: [
          [0.1, null],
          [1, 2],
        ],
        ids: [[7], [8]],
      },
      outputs: { score: [[0.25], [0.75]] },
    };
    await triton.replace(goldenModel(config, rows));
    const golden = await client.model('golden');
    const features = Float32Array.of(1, 2, 0.1, Number.NaN, 1, 2);
    const { score } = await golden.infer({ features, ids: BigInt64Array.of(8n, 7n, 8n) });
    expect(score).toMatchObject({ shape: [3, 1], data: Float32Array.of(0.75, 0.25, 0.75) });
    const other = golden.infer({ features: Float32Array.of(1, 2), ids: BigInt64Array.of(7n) });
    expect(await failure(other)).toEqual({
      kind: 'invalid_argument',
      text: 'row 0 is none of the golden rows',
    });
    expect(() => goldenModel(config, { ...rows, outputs: { score: [[1]] } })).toThrow(
      new RangeError('score: expected 2 golden rows of 1 values'),
    );
  });
});

import { closeSync, ftruncateSync, openSync, rmSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { TritonClient } from '@pairstream/triton-client';
import {
  ECHO,
  failureOf,
  GOOD,
  SOON,
  StartedFake,
  startFakePerTest,
} from '../support/fake-triton/started-fake.js';
import { type FakeModel, FakeTriton } from '@pairstream/triton-testing';

const fake = startFakePerTest();
const { ask } = fake;

describe('the server', () => {
  it('dies at once and comes back on the same port, with nothing but its models', async () => {
    const { target } = fake.triton;
    const key = '/fake-triton-spec';
    const descriptor = openSync(`/dev/shm${key}`, 'w+');
    ftruncateSync(descriptor, 16);
    closeSync(descriptor);
    const region = { name: 'r', key, byteLength: 16 };
    await fake.client.systemSharedMemory.register(region);
    await ask();
    await fake.client.settings.log({ log_info: false });
    await fake.triton.die();
    expect(await failureOf(ask())).toMatchObject({ kind: 'down' });
    await fake.triton.start();
    await fake.client.waitForConnection(5_000);
    expect(fake.triton.target).toBe(target);
    expect(await fake.client.systemSharedMemory.status()).toEqual([]);
    expect((await fake.client.modelStatistics('echo'))[0]?.executionCount).toBe(0);
    expect((await fake.client.settings.log())['log_info']).toBe(true);
    await fake.client.systemSharedMemory.register(region);
    await fake.client.systemSharedMemory.unregister();
    rmSync(`/dev/shm${key}`);
    expect(await ask()).toEqual(GOOD);
  });

  it('runs nothing more of what waits when it dies', async () => {
    fake.triton.script('echo').delayMs = 10_000;
    const calls = [1, 2, 3].map(() => failureOf(ask()));
    await expect.poll(() => fake.triton.script('echo').counts.requests, SOON).toBe(3);
    await fake.triton.die();
    for (const call of calls) expect(await call).toMatchObject({ kind: 'down' });
    await expect.poll(() => fake.triton.script('echo').counts.cancels, SOON).toBe(3);
    expect(fake.triton.script('echo').counts).toMatchObject({ answers: 0, failures: 0 });
  });

  it('can be reached over IPv6', async () => {
    await using other = await FakeTriton.start({ models: [ECHO], host: '::1' });
    using ipv6 = new TritonClient({ target: other.target });
    expect(other.target).toMatch(/^\[::1\]:\d+$/);
    expect(await ipv6.isServerLive()).toBe(true);
  });

  it.each([
    [{ max_batch_size: 8 }, 'max_batch_size: no field of inference.ModelConfig'],
    [{ maxBatchsize: 8 }, 'maxBatchsize: no field of inference.ModelConfig'],
    [
      { dynamicBatching: { maxQueue: 1 } },
      'dynamicBatching.maxQueue: no field of inference.ModelDynamicBatching',
    ],
    [
      { output: [{ name: 'y', dataType: 'FP32', dims: [1] }] },
      'output[0].dataType: FP32, expected one of TYPE_INVALID, TYPE_BOOL',
    ],
  ])('refuses a configuration with %j', async (wrong, problem) => {
    const models = [{ ...ECHO, config: { ...ECHO.config, ...wrong } }];
    await expect(FakeTriton.start({ models })).rejects.toThrow(problem);
  });

  it('aborts what runs when it dies', async () => {
    let aborted = false;
    const never: FakeModel = {
      config: ECHO.config,
      run: (_inputs, { signal }) =>
        new Promise((_resolve, reject) =>
          signal.addEventListener('abort', () => {
            aborted = true;
            reject(new Error('aborted'));
          }),
        ),
    };
    await fake.triton.replace(never);
    const call = failureOf(ask());
    await expect.poll(() => fake.triton.script('echo').counts.requests, SOON).toBe(1);
    await fake.triton.die();
    expect(await call).toMatchObject({ kind: 'down' });
    expect(aborted).toBe(true);
  });

  it('hangs: it takes connections and answers nothing', async () => {
    fake.triton.hang();
    using other = new TritonClient({ target: fake.triton.target });
    const outcomes = [fake.client, other].map((one) => failureOf(one.isServerLive({ timeoutMs: 100 })));
    for (const outcome of outcomes) expect(await outcome).toMatchObject({ kind: 'late' });
    expect(fake.triton.callCount('ServerLive')).toBe(0);
    fake.triton.hang();
    fake.triton.resume();
    fake.triton.resume();
    expect(await fake.client.isServerLive()).toBe(true);
    expect(await ask()).toEqual(GOOD);
  });

  it('shuts down: it finishes what runs and takes no more', async () => {
    fake.triton.script('echo').delayMs = 300;
    const running = ask();
    await expect.poll(() => fake.triton.script('echo').counts.requests, SOON).toBe(1);
    fake.triton.shutDown();
    expect(await failureOf(fake.client.isServerLive())).toEqual({ kind: 'down', text: 'Server exiting' });
    expect(await failureOf(fake.client.isModelReady('echo'))).toEqual({
      kind: 'down',
      text: 'Server not ready',
    });
    expect(await failureOf(fake.client.repository.index())).toEqual({
      kind: 'down',
      text: 'Server not ready',
    });
    expect(await failureOf(ask())).toEqual({
      kind: 'unknown_model',
      text: "Request for unknown model: 'echo' has no available versions",
    });
    expect(await running).toEqual(GOOD);
    await fake.triton.restart();
    await fake.client.waitForConnection(5_000);
    expect(await fake.client.isServerLive()).toBe(true);
  });

  it('refuses shared memory, as newer ones do', async () => {
    fake.triton.allowsSharedMemory = false;
    const refused = {
      kind: 'unsupported',
      text: "Client shared memory is disabled. Start the server with '--allow-client-shm=true' to enable.",
    };
    const { systemSharedMemory: memory, cudaSharedMemory: cuda } = fake.client;
    expect(await failureOf(memory.register({ name: 'r', key: '/r', byteLength: 1 }))).toEqual(refused);
    expect(await failureOf(memory.status())).toEqual(refused);
    expect(await failureOf(cuda.unregister())).toEqual(refused);
  });

  it('replaces a model while the old one finishes what it runs', async () => {
    fake.triton.script('echo').delayMs = 300;
    const old = ask();
    await expect.poll(() => fake.triton.script('echo').counts.requests, SOON).toBe(1);
    fake.triton.script('echo').delayMs = 0;
    await fake.triton.replace({
      ...ECHO,
      run: (inputs) => ({ x_out: inputs.get('x', 'FP32').data.map((value) => -value) }),
    });
    expect(await ask()).toEqual(['FP32', [1, 2], [-1, -2]]);
    expect(await old).toEqual(GOOD);
  });

  it('unloads and loads a model', async () => {
    fake.triton.unload('echo');
    expect(await failureOf(ask())).toMatchObject({ kind: 'unknown_model' });
    await fake.triton.load('echo');
    expect(await ask()).toEqual(GOOD);
    await expect(fake.triton.load('nothing')).rejects.toThrow("failed to load 'nothing'");
  });

  it('starts with the models it is told to, and not with one that cannot be loaded', async () => {
    await using other = await StartedFake.start({ modelControl: 'explicit', loadedModels: ['queued'] });
    expect(await other.client.isModelReady('echo')).toBe(false);
    await other.client.repository.load('echo');
    expect(await other.ask()).toEqual(GOOD);
    const broken: FakeModel = { ...ECHO, load: () => Promise.reject(new Error('no weights')) };
    await expect(FakeTriton.start({ models: [broken] })).rejects.toThrow(
      "load failed for model 'echo': version 1 is at UNAVAILABLE state: Internal: Error: no weights",
    );
    await expect(
      FakeTriton.start({ models: [ECHO], port: Number(fake.triton.target.split(':')[1]) }),
    ).rejects.toThrow('EADDRINUSE');
  });

  it('tells the version it is told', async () => {
    await using other = await StartedFake.start({ serverVersion: '2.58.0' });
    expect((await other.client.serverMetadata()).version).toBe('2.58.0');
  });
});

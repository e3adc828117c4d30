import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type TritonClient, type InferRequest } from '@pairstream/triton-client';
import { failureOf, GOOD, requestOf, StartedFake } from '../support/fake-triton/started-fake.js';
import {
  type AnswerFault,
  type FakeTriton,
  FakeTritonError,
  identityModel,
} from '@pairstream/triton-testing';

let fake: StartedFake;
let triton: FakeTriton;
let client: TritonClient;
const ask: StartedFake['ask'] = (...args) => fake.ask(...args);

beforeEach(async () => {
  fake = await StartedFake.start();
  ({ triton, client } = fake);
});
afterEach(() => fake[Symbol.asyncDispose]());

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
    expect([await failureOf(ask()), await failureOf(ask())]).toEqual([busy, busy]);
    triton.script('echo').isBusy = false;
    expect(await ask()).toEqual(GOOD);
    expect(triton.script('echo').counts).toMatchObject({ requests: 3, rejections: 2, answers: 1 });
  });

  it('makes runs fail, as often as it says', async () => {
    triton.script('echo').failNext(2);
    triton.script('echo').failNext(1, new FakeTritonError('UNAVAILABLE', 'own words'));
    const outcomes = [await failureOf(ask()), await failureOf(ask()), await failureOf(ask()), await ask()];
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
    expect(await failureOf(ask())).toEqual({
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
    await failureOf(client.infer({ ...requestOf(), inputs: [] }));
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

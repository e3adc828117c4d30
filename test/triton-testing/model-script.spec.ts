import { describe, expect, it } from 'vitest';
import { type InferRequest } from '@pairstream/triton-client';
import { failureOf, GOOD, requestOf, startFakePerTest } from '../support/fake-triton/started-fake.js';
import { type AnswerFault, FakeTritonError, identityModel } from '@pairstream/triton-testing';

const fake = startFakePerTest();
const { ask } = fake;

describe('the script of a model', () => {
  it('makes it slow', async () => {
    fake.triton.script('echo').delayMs = 80;
    const beforeMs = performance.now();
    expect(await ask()).toEqual(GOOD);
    expect(performance.now() - beforeMs).toBeGreaterThanOrEqual(79);
  });

  it('makes it busy', async () => {
    fake.triton.script('echo').isBusy = true;
    const busy = { kind: 'busy', text: '[request id: <id_unknown>] Exceeds maximum queue size' };
    expect([await failureOf(ask()), await failureOf(ask())]).toEqual([busy, busy]);
    fake.triton.script('echo').isBusy = false;
    expect(await ask()).toEqual(GOOD);
    expect(fake.triton.script('echo').counts).toMatchObject({ requests: 3, rejections: 2, answers: 1 });
  });

  it('makes runs fail, as often as it says', async () => {
    fake.triton.script('echo').failNext(2);
    fake.triton.script('echo').failNext(1, new FakeTritonError('UNAVAILABLE', 'own words'));
    const outcomes = [await failureOf(ask()), await failureOf(ask()), await failureOf(ask()), await ask()];
    const failed = { kind: 'internal', text: 'failed on demand' };
    expect(outcomes).toEqual([failed, failed, { kind: 'down', text: 'own words' }, GOOD]);
    expect(fake.triton.script('echo').counts).toMatchObject({ requests: 4, failures: 3, answers: 1 });
  });

  it.each<[AnswerFault, unknown]>([
    ['wrong_shape', ['FP32', [2, 2], [1, 2, 0, 0]]],
    ['wrong_datatype', ['INT32', [1, 2], [0x3f80_0000, 0x4000_0000]]],
    ['nan', ['FP32', [1, 2], [Number.NaN, Number.NaN]]],
    ['none', GOOD],
  ])('makes answers %s', async (fault, expected) => {
    fake.triton.script('echo').answerFault = fault;
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
      fake.triton.script('echo').answerFault = fault;
      const { outputs } = await fake.client.infer({ modelName: 'echo', inputs });
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
    fake.triton.script('echo').isReady = false;
    expect([await fake.client.isModelReady('echo'), await fake.client.isServerReady()]).toEqual([
      false,
      false,
    ]);
    expect(await failureOf(ask())).toEqual({
      kind: 'unknown_model',
      text: "Request for unknown model: 'echo' has no available versions",
    });
    expect(await ask('queued')).toEqual(GOOD);
    fake.triton.script('echo').isReady = true;
    expect([await ask(), await fake.client.isServerReady()]).toEqual([GOOD, true]);
  });

  it('counts requests, rows, answers and what was refused', async () => {
    await ask('echo', 3);
    await ask('echo', 2);
    await failureOf(fake.client.infer({ ...requestOf(), inputs: [] }));
    expect(fake.triton.script('echo').counts).toEqual({
      requests: 2,
      rows: 5,
      answers: 2,
      failures: 0,
      rejections: 0,
      expirations: 0,
      cancels: 0,
    });
    fake.triton.script('echo').resetCounts();
    expect(fake.triton.script('echo').counts.rows).toBe(0);
    expect(fake.triton.callCount('ModelInfer')).toBe(3);
  });

  it('outlives an unload, a replacement and a restart', async () => {
    await ask();
    fake.triton.script('echo').answerFault = 'nan';
    await fake.triton.replace(identityModel('echo', { x: 'FP32' }));
    await fake.triton.restart();
    await fake.client.waitForConnection(5_000);
    expect(await ask()).toEqual(['FP32', [1, 2], [Number.NaN, Number.NaN]]);
    expect(fake.triton.script('echo').counts.requests).toBe(2);
  });
});

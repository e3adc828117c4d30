import { describe, expect, it } from 'vitest';
import { ECHO, failureOf, requestOf, SOON, startFakePerTest } from '../support/fake-triton/started-fake.js';
import { type FakeModel, goldenModel } from '@pairstream/triton-testing';

const fake = startFakePerTest();
const { ask } = fake;

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
    await fake.triton.replace({ ...ECHO, run });
    expect(await failureOf(ask('echo', 2))).toEqual({ kind: 'internal', text });
  });

  it('is told id, parameters, version and rows', async () => {
    let seen: unknown;
    await fake.triton.replace({
      ...ECHO,
      run: (inputs, { signal: _signal, ...context }) => {
        seen = { ...context, names: inputs.names };
        return {};
      },
    });
    const parameters = { priority: 1, custom: 'x', flag: true, share: 0.5, large: 2n ** 60n };
    await fake.client.infer({ ...requestOf('echo', 3), id: 'i', parameters });
    expect(seen).toEqual({ modelName: 'echo', version: '1', id: 'i', rowCount: 3, parameters, names: ['x'] });
  });

  it('may answer before the caller cancels, and hears it when it does', async () => {
    const signals: AbortSignal[] = [];
    await fake.triton.replace({
      ...ECHO,
      run: async (inputs, { signal }) => {
        signals.push(signal);
        await new Promise((resolve) => setTimeout(resolve, 200));
        return { x_out: inputs.get('x', 'FP32') };
      },
    });
    await ask();
    const controller = new AbortController();
    const call = fake.client.infer(requestOf(), { signal: controller.signal });
    await expect.poll(() => signals.length, SOON).toBe(2);
    controller.abort();
    await expect(call).rejects.toMatchObject({ kind: 'cancelled' });
    await expect.poll(() => signals.map(({ aborted }) => aborted), SOON).toEqual([false, true]);
    expect(fake.triton.script('echo').counts.cancels).toBe(1);
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
    await fake.triton.replace(goldenModel(config, rows));
    const golden = await fake.client.model('golden');
    const features = Float32Array.of(1, 2, 0.1, Number.NaN, 1, 2);
    const { score } = await golden.infer({ features, ids: BigInt64Array.of(8n, 7n, 8n) });
    expect(score).toMatchObject({ shape: [3, 1], data: Float32Array.of(0.75, 0.25, 0.75) });
    const other = golden.infer({ features: Float32Array.of(1, 2), ids: BigInt64Array.of(7n) });
    expect(await failureOf(other)).toEqual({
      kind: 'invalid_argument',
      text: 'row 0 is none of the golden rows',
    });
    expect(() => goldenModel(config, { ...rows, outputs: { score: [[1]] } })).toThrow(
      new RangeError('score: expected 2 golden rows of 1 values'),
    );
  });
});

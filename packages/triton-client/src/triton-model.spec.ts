import { describe, expect, it } from 'vitest';
import type { InferRequest } from './infer-request.js';
import type { InferResponse, OutputTensor } from './infer-response.js';
import type { StreamAnswer } from './infer-stream.js';
import { INFERENCE_MESSAGES } from './inference-service.js';
import type { TritonCallOptions } from './inference-calls.js';
import { TritonError } from './triton-error.js';
import { type InferenceServer, type ModelInput, TritonModel } from './triton-model.js';

type Inputs = Readonly<Record<string, ModelInput>>;

/** Keeps what it is sent, and answers as it is told. */
class RecordingServer implements InferenceServer {
  readonly sent: InferRequest[] = [];
  readonly options: TritonCallOptions[] = [];
  outputs: OutputTensor[] = [];
  answers: StreamAnswer[] = [];

  infer(request: InferRequest, options: TritonCallOptions): Promise<InferResponse> {
    this.sent.push(request);
    this.options.push(options);
    return Promise.resolve(responseOf(this.outputs));
  }

  async *streamInfer(requests: readonly InferRequest[]): AsyncGenerator<StreamAnswer> {
    this.sent.push(...requests);
    yield* this.answers;
  }
}

function responseOf(outputs: readonly OutputTensor[]): InferResponse {
  return {
    modelName: 'm',
    modelVersion: '1',
    id: '',
    parameters: {},
    outputs: new Map(outputs.map((output) => [output.name, output])),
  };
}

function fp32(name: string, shape: readonly number[], count: number): OutputTensor {
  return { name, datatype: 'FP32', shape, data: new Float32Array(count), parameters: {} };
}

const SPECS = {
  features: { datatype: 'FP32', dims: [3] },
  tokens: { datatype: 'INT32', dims: [2, 2] },
  text: { datatype: 'BYTES', dims: [1], optional: true },
} as const;

/** A model of three inputs and two outputs. */
function model(
  server: InferenceServer,
  options: { maxBatchSize?: number; decoupled?: boolean; dims?: readonly number[] } = {},
): TritonModel {
  const { maxBatchSize = 4, decoupled = false } = options;
  const inputs = Object.entries(SPECS).map(([name, { datatype, dims }]) => ({
    name,
    datatype,
    shape: [...(maxBatchSize > 0 ? [-1] : []), ...(name === 'features' ? (options.dims ?? dims) : dims)],
  }));
  const outputs = [
    { name: 'score', datatype: 'FP32', shape: [-1, 1] },
    { name: 'vector', datatype: 'FP32', shape: [-1, 2] },
  ];
  const config = INFERENCE_MESSAGES.encode('inference.ModelConfig', {
    name: 'm',
    maxBatchSize,
    input: Object.entries(SPECS).map(([name, spec]) => ({ name, optional: 'optional' in spec })),
    modelTransactionPolicy: { decoupled },
  });
  const metadata = { name: 'm', versions: ['1'], platform: 'x', inputs, outputs };
  return new TritonModel(server, '', metadata, INFERENCE_MESSAGES.decode('inference.ModelConfig', config));
}

const ROWS = { features: new Float32Array(6), tokens: new Int32Array(8) };

describe('a request that does not fit', () => {
  /** What is wrong, and what is said of it: the tensor, what came and what was expected. */
  const CASES: readonly [name: string, inputs: Inputs, message: string][] = [
    ['no input', {}, 'input features: none, expected FP32 [-1, 3]'],
    ['a missing input', { features: ROWS.features }, 'input tokens: none, expected INT32 [-1, 2, 2]'],
    [
      'an input of another name',
      { ...ROWS, feature: ROWS.features },
      'has no input feature, only features, tokens, text',
    ],
    [
      'another datatype',
      { ...ROWS, features: Int32Array.of(1, 2, 3) },
      'input features: a Int32Array, expected a Float32Array for FP32',
    ],
    [
      'strings for numbers',
      { ...ROWS, features: ['1', '2', '3'] },
      'input features: a Array, expected a Float32Array for FP32',
    ],
    [
      'numbers for strings',
      { ...ROWS, text: Uint8Array.of(1, 2) },
      'input text: a Uint8Array, expected an array of strings or Uint8Arrays for BYTES',
    ],
    [
      'a part of a row',
      { ...ROWS, features: new Float32Array(5) },
      'input features: 5 elements of FP32, expected a multiple of 3 for FP32 [-1, 3]',
    ],
    [
      'another width',
      { ...ROWS, features: { data: new Float32Array(8), shape: [2, 4] } },
      'input features: shape [2, 4], expected FP32 [-1, 3]',
    ],
    [
      'another rank',
      { ...ROWS, tokens: { data: ROWS.tokens, shape: [2, 4] } },
      'input tokens: shape [2, 4], expected INT32 [-1, 2, 2]',
    ],
    [
      'a batch of less than nothing',
      { ...ROWS, features: { data: ROWS.features, shape: [-2, 3] } },
      'input features: shape [-2, 3], expected FP32 [-1, 3]',
    ],
    [
      'half a row',
      { ...ROWS, features: { data: ROWS.features, shape: [2.5, 3] } },
      'input features: shape [2.5, 3], expected FP32 [-1, 3]',
    ],
    [
      'fewer elements than the shape says',
      { ...ROWS, features: { data: new Float32Array(3), shape: [2, 3] } },
      'input features: 3 elements, expected 6 for shape [2, 3]',
    ],
    [
      'inputs of different batches',
      { ...ROWS, tokens: new Int32Array(4) },
      'input tokens: 1 rows, expected 2 as of features',
    ],
    [
      'a batch that is too large',
      { features: new Float32Array(15), tokens: new Int32Array(20) },
      'input features: 5 rows, expected at most 4',
    ],
    [
      'a batch of no rows',
      { features: new Float32Array(0), tokens: new Int32Array(0) },
      'input features: 0 rows, expected at least 1',
    ],
    [
      'shared memory without a shape',
      { ...ROWS, features: { data: { region: 'r', byteLength: 24 } } },
      'input features: no shape, expected one for shared memory',
    ],
    [
      'shared memory of another shape',
      { ...ROWS, features: { data: { region: 'r', byteLength: 24 }, shape: [2, 2] } },
      'input features: shape [2, 2], expected FP32 [-1, 3]',
    ],
  ];

  it.each([...CASES])('%s', async (_name, inputs, message) => {
    const server = new RecordingServer();
    const expected = { name: 'TritonError', kind: 'invalid_argument', message: `model m: ${message}` };
    await expect(model(server).infer(inputs)).rejects.toMatchObject(expected);
    await expect(model(server).inferStream(inputs).next()).rejects.toMatchObject(expected);
    expect(server.sent).toEqual([]);
  });

  it('an output that is not there', async () => {
    const server = new RecordingServer();
    await expect(model(server).infer(ROWS, { outputs: ['score', 'scores'] })).rejects.toThrow(
      'model m: has no output scores, only score, vector',
    );
    expect(server.sent).toEqual([]);
  });

  it('a shape that cannot be guessed', async () => {
    const server = new RecordingServer();
    const open = model(server, { dims: [-1] });
    await expect(open.infer(ROWS)).rejects.toThrow(
      'model m: input features: no shape, expected one that fits FP32 [-1, -1]',
    );
    await open.infer({ ...ROWS, features: { data: ROWS.features, shape: [2, 3] } });
    expect(server.sent).toHaveLength(1);
  });

  it('one request for a decoupled model', async () => {
    const server = new RecordingServer();
    await expect(model(server, { decoupled: true }).infer(ROWS)).rejects.toThrow(
      'model m: is decoupled, its responses are read with inferStream',
    );
    expect(server.sent).toEqual([]);
  });
});

describe('a request that fits', () => {
  it('is sent with the shapes that follow from the data', async () => {
    const server = new RecordingServer();
    await model(server).infer(
      { ...ROWS, text: ['a', 'b'] },
      { outputs: ['vector'], id: 'i', parameters: { priority: 1 }, timeoutMs: 5 },
    );
    expect(server.sent).toEqual([
      {
        modelName: 'm',
        modelVersion: '',
        id: 'i',
        parameters: { priority: 1 },
        inputs: [
          { name: 'features', datatype: 'FP32', shape: [2, 3], data: ROWS.features },
          { name: 'tokens', datatype: 'INT32', shape: [2, 2, 2], data: ROWS.tokens },
          { name: 'text', datatype: 'BYTES', shape: [2, 1], data: ['a', 'b'] },
        ],
        outputs: [{ name: 'vector' }],
      },
    ]);
    expect(server.options[0]).toMatchObject({ timeoutMs: 5 });
  });

  it('may leave out what is optional, and name a place in shared memory', async () => {
    const server = new RecordingServer();
    const data = { region: 'r', byteLength: 24, byteOffset: 8 };
    await model(server).infer({ ...ROWS, features: { data, shape: [2, 3] } });
    expect(server.sent[0]?.inputs.map(({ name, data: sent }) => [name, sent])).toEqual([
      ['features', data],
      ['tokens', ROWS.tokens],
    ]);
    expect(server.sent[0]).not.toHaveProperty('outputs');
  });

  it('of a model without a batch axis has as many rows as it likes', async () => {
    const server = new RecordingServer();
    const whole = model(server, { maxBatchSize: 0 });
    await whole.infer({ features: new Float32Array(3), tokens: new Int32Array(4) });
    expect(server.sent[0]?.inputs.map(({ shape }) => shape)).toEqual([[3], [2, 2]]);
  });
});

describe('outputs', () => {
  it('get back the last dimension of 1 that FIL leaves out, and no other', async () => {
    const server = new RecordingServer();
    server.outputs = [fp32('score', [2], 2), fp32('vector', [2, 2], 4)];
    const { score, vector } = await model(server).infer(ROWS);
    expect([score?.shape, vector?.shape]).toEqual([
      [2, 1],
      [2, 2],
    ]);
    server.outputs = [fp32('score', [2, 1], 2), fp32('vector', [2], 2), fp32('other', [2], 2)];
    const outputs = await model(server).infer(ROWS);
    expect(Object.values(outputs).map(({ shape }) => shape)).toEqual([[2, 1], [2], [2]]);
  });

  it('of a stream are read to the last one', async () => {
    const server = new RecordingServer();
    const answer = (isFinal: boolean | undefined, outputs: OutputTensor[]): StreamAnswer => ({
      id: '',
      output: responseOf(outputs),
      isFinal,
    });
    server.answers = [
      answer(false, [fp32('score', [2], 2)]),
      answer(false, [fp32('score', [1], 1)]),
      answer(true, []),
      answer(false, [fp32('score', [9], 9)]),
    ];
    const shapes: unknown[] = [];
    for await (const { score } of model(server, { decoupled: true }).inferStream(ROWS, {
      parameters: { x: 1 },
    }))
      shapes.push(score?.shape);
    expect(shapes).toEqual([
      [2, 1],
      [1, 1],
    ]);
    expect(server.sent[0]?.parameters).toEqual({ triton_enable_empty_final_response: true, x: 1 });
    server.answers = [answer(undefined, [fp32('score', [2], 2)]), answer(undefined, [fp32('score', [2], 2)])];
    let count = 0;
    for await (const _ of model(server).inferStream(ROWS)) count += 1;
    expect(count).toBe(1);
  });

  it('of a stream end with its error', async () => {
    const server = new RecordingServer();
    const error = new TritonError('busy', 'Request timeout expired');
    server.answers = [{ id: '', output: error, isFinal: true }];
    await expect(model(server, { decoupled: true }).inferStream(ROWS).next()).rejects.toBe(error);
  });
});

import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { prepareTriton } from '../support/triton/triton.js';
import {
  PREPARE_MS,
  type TritonRunner,
  type TritonServer,
  WITH_REFUSED_MODELS,
} from '../support/triton/triton-server.js';
import {
  type FixtureModel,
  type FixtureRepository,
  makeFixtureRepository,
  parameterText,
} from './fixture-repository.js';
import { floats, matrix, strings, TritonHttp, type WireTensor } from './triton-http.js';

const BYTES_PER_ELEMENT: Readonly<Record<string, number>> = {
  bool: 1,
  uint8: 1,
  uint16: 2,
  uint32: 4,
  uint64: 8,
  int8: 1,
  int16: 2,
  int32: 4,
  int64: 8,
  fp16: 2,
  fp32: 4,
  fp64: 8,
};
const TYPES = Object.keys(BYTES_PER_ELEMENT);
const WIDTH = 2;
/** The dynamic batcher waits until this many requests are there. */
const CALLS = 8;
const WAIT_US = 5_000_000;
const TABLE = [0, 10, 20, 30];
const WRONG_INDEX = 4;

function lookupConfig({ input = 'index', type = 'TYPE_INT64', output = 'value', more = '' }): string {
  return `
    backend: "onnxruntime"
    max_batch_size: ${CALLS}
    input { name: "${input}" data_type: ${type} dims: 1 }
    output { name: "${output}" data_type: TYPE_FP32 dims: 1 }
    instance_group { kind: KIND_AUTO count: 1 }
    ${more}`;
}

const MODELS: Readonly<Record<string, FixtureModel>> = {
  types: { fixture: 'types' },
  sums: { fixture: 'sums' },
  lookup: {
    fixture: 'lookup',
    config: lookupConfig({
      more: `dynamic_batching { preferred_batch_size: ${CALLS} max_queue_delay_microseconds: ${WAIT_US} }`,
    }),
  },
  one_thread: {
    fixture: 'lookup',
    config: lookupConfig({ more: parameterText({ intra_op_thread_count: '1' }) }),
  },
  four_threads: {
    fixture: 'lookup',
    config: lookupConfig({ more: parameterText({ intra_op_thread_count: '4' }) }),
  },
  for_a_gpu: {
    fixture: 'lookup',
    config: lookupConfig({
      more: 'optimization { execution_accelerators { gpu_execution_accelerator { name: "tensorrt" } } }',
    }),
  },
};

/** Configurations of the fixture `lookup` that cannot be, and the sentence about each. */
const REFUSED: Readonly<Record<string, readonly [config: string, sentence: string]>> = {
  unknown_execution_mode: [
    lookupConfig({ more: parameterText({ execution_mode: '2' }) }),
    'parameters.execution_mode is "2", expected a whole number 0 to 1',
  ],
  other_type: [
    lookupConfig({ type: 'TYPE_INT32' }),
    'input index has data_type TYPE_INT32, expected TYPE_INT64, which the graph has',
  ],
  other_output: [
    lookupConfig({ output: 'price' }),
    'output price is not in the graph, expected one of value',
  ],
};

function indexTensor(value: number): WireTensor {
  return { datatype: 'INT64', shape: [1, 1], bytes: new Uint8Array(BigInt64Array.of(BigInt(value)).buffer) };
}

/** A tensor of [1, 2] with bytes that are valid in every type, booleans too. */
function tensorOf(type: string): WireTensor {
  const bytes = new Uint8Array(WIDTH * BYTES_PER_ELEMENT[type]!);
  bytes[0] = 1;
  return { datatype: type.toUpperCase(), shape: [1, WIDTH], bytes };
}

/** Threads of the process that runs an instance of a model, for instance `xgb1_0_0`. @param serverId process of its server */
function threadCount(serverId: number, instance: string): number {
  const children = readdirSync(`/proc/${serverId}/task`)
    .flatMap((task) => readFileSync(`/proc/${serverId}/task/${task}/children`, 'utf8').trim().split(' '))
    .filter((id) => id !== '');
  const stub = children.find((id) =>
    readFileSync(`/proc/${id}/cmdline`, 'utf8').split('\0').includes(instance),
  );
  return Number(/^Threads:\s+(\d+)$/m.exec(readFileSync(`/proc/${stub}/status`, 'utf8'))![1]);
}

describe('backend onnxruntime on a CPU', () => {
  let triton: TritonRunner;
  let server: TritonServer;
  let http: TritonHttp;
  let repository: FixtureRepository;

  beforeAll(async () => {
    triton = await prepareTriton();
    if (triton.isOptionalAndMissing) return;
    const refused = Object.entries(REFUSED).map(([name, [config]]) => [name, { fixture: 'lookup', config }]);
    repository = makeFixtureRepository({ ...MODELS, ...Object.fromEntries(refused) });
    server = await triton.start({ repositories: [repository.folder], flags: WITH_REFUSED_MODELS });
    http = new TritonHttp(server.httpPort, server.metricsPort);
  }, PREPARE_MS);
  afterAll(async () => {
    await server?.stop();
    repository?.[Symbol.dispose]();
  });
  beforeEach((context) => {
    if (triton.isOptionalAndMissing) context.skip(triton.reason);
  });

  it('fills in a configuration that is not there', async () => {
    const config = (await http.config('types')) as {
      max_batch_size: number;
      input: { name: string; data_type: string; dims: number[] }[];
      output: object[];
    };
    expect(config.max_batch_size).toBe(4);
    expect(config).toHaveProperty('dynamic_batching');
    const inputs = config.input.map(({ name, data_type, dims }) => [name, data_type, dims]);
    const names = [...TYPES, 'bytes'];
    expect(inputs).toEqual(
      names.map((name) => [
        `${name}_in`,
        `TYPE_${name === 'bytes' ? 'STRING' : name.toUpperCase()}`,
        [WIDTH],
      ]),
    );
    expect(config.output).toHaveLength(names.length);
  });

  it('gives back a tensor of every type', async () => {
    const tensors: Record<string, WireTensor> = Object.fromEntries(
      TYPES.map((type) => [type, tensorOf(type)]),
    );
    tensors['bytes'] = strings([['', 'z\u00fcrich \u{1f600}']]);
    const inputs = Object.fromEntries(
      Object.entries(tensors).map(([type, tensor]) => [`${type}_in`, tensor]),
    );
    const outputs = await http.infer('types', inputs);
    for (const [type, { datatype, shape, bytes }] of Object.entries(tensors)) {
      const output = outputs[`${type}_out`]!;
      expect({ ...output, bytes: Buffer.from(output.bytes) }).toEqual({
        datatype,
        shape,
        bytes: Buffer.from(bytes),
      });
    }
  });

  it('computes the outputs that are asked for', async () => {
    const inputs = { a: matrix('FP32', [[5, 7]]), b: matrix('FP32', [[3, 4]]) };
    const some = await http.infer('sums', inputs, ['difference']);
    expect(Object.keys(some)).toEqual(['difference']);
    expect(floats(some['difference'])).toEqual([2, 3]);
    const all = await http.infer('sums', inputs);
    expect(Object.keys(all).toSorted()).toEqual(['difference', 'sum']);
  });

  it('answers requests of different widths at the same time', async () => {
    const widths = Array.from({ length: 24 }, (_, i) => 1 + (i % 3));
    const answers = await Promise.all(
      widths.map((width, i) => {
        const row = Array.from({ length: width }, () => i);
        return http.infer('sums', { a: matrix('FP32', [row]), b: matrix('FP32', [row]) }, ['sum']);
      }),
    );
    answers.forEach(({ sum }, i) =>
      expect(floats(sum)).toEqual(Array.from({ length: widths[i]! }, () => 2 * i)),
    );
  });

  it('runs a batch at once, and its wrong request fails alone', async () => {
    const right = Array.from({ length: CALLS }, (_, i) => i % TABLE.length);
    const runsBefore = await http.metric('nv_inference_exec_count', 'lookup');
    const answers = await Promise.all(
      right.map((index) => http.infer('lookup', { index: indexTensor(index) })),
    );
    expect(answers.map(({ value }) => floats(value)[0])).toEqual(right.map((index) => TABLE[index]));
    // The server counts a run after it has answered.
    await expect.poll(() => http.metric('nv_inference_exec_count', 'lookup')).toBe(runsBefore + 1);

    const oneWrong = right.with(2, WRONG_INDEX);
    const outcomes = await Promise.all(
      oneWrong.map((index) =>
        http.infer('lookup', { index: indexTensor(index) }).then(({ value }) => floats(value)[0], String),
      ),
    );
    await expect.poll(() => http.metric('nv_inference_exec_count', 'lookup')).toBe(runsBefore + 2);
    expect(outcomes[2]).toMatch(/400 .*model lookup: .*idx=4 must be within/);
    expect(outcomes.toSpliced(2, 1)).toEqual(right.toSpliced(2, 1).map((index) => TABLE[index]));
  });

  it('starts as many threads as it is told', async () => {
    const serverId = await server.processId();
    const more = threadCount(serverId, 'four_threads_0_0') - threadCount(serverId, 'one_thread_0_0');
    expect(more).toBe(3);
  });

  it('passes over an accelerator for a GPU, and says so in one line', async () => {
    const lines = (await server.logs())
      .split('\n')
      .filter((line) => line.includes('tensorrt,') || line.includes('tensorrt '));
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(
      /^I\d{4} .*model for_a_gpu: runs on the CPU without tensorrt, which wants a GPU/,
    );
  });

  it.for(Object.keys(REFUSED))('refuses in one sentence: %s', async (name) => {
    const reason = (await http.loadErrors())[name];
    expect(reason?.split('\n\nAt:')[0]).toBe(`Internal: ModelError: model ${name}: ${REFUSED[name]![1]}`);
  });

  it('refuses no other model', async () => {
    expect(Object.keys(await http.loadErrors()).toSorted()).toEqual(Object.keys(REFUSED).toSorted());
  });
});

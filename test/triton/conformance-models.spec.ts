import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { prepareTriton } from '../support/triton/triton.js';
import { PREPARE_MS, type TritonRunner, type TritonServer } from '../support/triton/triton-server.js';
import { matrix, strings, TritonHttp, type WireTensor } from './triton-http.js';

const MODELS = join(import.meta.dirname, 'models');
const DELAY_MS = 1_000;
/** After this time the first request runs, so that it is in the queue no more. */
const STARTED_MS = 300;
/** As the max_queue_size of the model says. */
const QUEUE_SIZE = 2;

/** A tensor of [2, 2] of every type, with bytes that are valid in it. */
const TENSORS: readonly WireTensor[] = [
  ...Object.entries({
    BOOL: 1,
    UINT8: 1,
    UINT16: 2,
    UINT32: 4,
    UINT64: 8,
    INT8: 1,
    INT16: 2,
    INT32: 4,
    INT64: 8,
  }),
  ...Object.entries({ FP16: 2, BF16: 2, FP32: 4, FP64: 8 }),
].map(([datatype, elementBytes]) => ({
  datatype,
  shape: [2, 2],
  bytes: Uint8Array.from({ length: 4 * elementBytes }, (_, i) =>
    i % elementBytes === 0 ? (i / elementBytes) % 2 : 0,
  ),
}));
const BYTES_TENSOR = strings([
  ['', 'z\u00fcrich'],
  [Uint8Array.of(0, 255), 'x'.repeat(300)],
]);

describe('the models for conformance tests', () => {
  let triton: TritonRunner;
  let server: TritonServer;
  let http: TritonHttp;

  beforeAll(async () => {
    triton = await prepareTriton();
    if (triton.isOptionalAndMissing) return;
    server = await triton.start({ repositories: [MODELS] });
    http = new TritonHttp(server.httpPort, server.metricsPort);
  }, PREPARE_MS);
  afterAll(() => server?.stop());
  beforeEach((context) => {
    if (triton.isOptionalAndMissing) context.skip(triton.reason);
  });

  it.for([...TENSORS, BYTES_TENSOR])('identity gives back $datatype', async ({ datatype, shape, bytes }) => {
    const name = datatype.toLowerCase();
    const outputs = await http.infer('identity', { [`${name}_in`]: { datatype, shape, bytes } });
    expect(Object.keys(outputs)).toEqual([`${name}_out`]);
    const output = outputs[`${name}_out`]!;
    expect({ ...output, bytes: Buffer.from(output.bytes) }).toEqual({
      datatype,
      shape,
      bytes: Buffer.from(bytes),
    });
  });

  it('repeat answers a request as often as it says', async () => {
    const response = await fetch(`http://127.0.0.1:${server.httpPort}/v2/models/repeat/generate_stream`, {
      method: 'POST',
      body: JSON.stringify({ times: 3, value: [1.5, 2] }),
    });
    const events = (await response.text()).split('\n').filter((line) => line.startsWith('data: '));
    const answers = events.map(
      (line) => JSON.parse(line.slice('data: '.length)) as { number: number; value: number[] },
    );
    expect(answers.map(({ number, value }) => ({ number, value }))).toEqual(
      [0, 1, 2].map((number) => ({ number, value: [1.5, 2] })),
    );
  });

  it('slow admits what its queue holds, and refuses the rest', async () => {
    const call = (): Promise<string> =>
      http.infer('slow', { delay_ms: matrix('INT32', [[DELAY_MS]]) }).then(() => 'answered', String);
    const first = call();
    await new Promise((resolve) => setTimeout(resolve, STARTED_MS));
    const outcomes = await Promise.all(Array.from({ length: QUEUE_SIZE + 2 }, call));
    expect(await first).toBe('answered');
    const refused = outcomes.filter((outcome) => outcome !== 'answered');
    expect(refused).toHaveLength(2);
    for (const reason of refused) expect(reason).toContain('Exceeds maximum queue size');
  });

  it.for([
    ['INVALID_ARG', 400],
    ['NOT_FOUND', 404],
    ['UNAVAILABLE', 503],
    ['INTERNAL', 500],
  ] as const)('failing fails with %s when it is told to', async ([code, httpStatus]) => {
    const failing = http.infer('failing', { code: strings([[code]]), message: strings([['as told']]) });
    await expect(failing).rejects.toThrow(`${httpStatus} {"error":"as told"}`);
  });

  it('failing gives its message back when it is told nothing', async () => {
    const message = strings([['hello']]);
    const answer = await http.infer('failing', { code: strings([['']]), message });
    expect(Buffer.from(answer['message']!.bytes)).toEqual(Buffer.from(message.bytes));
  });

  it('failing can lose its process: it then answers no more, though the server says that it is ready', async () => {
    const call = (code: string): Promise<unknown> =>
      http.infer('failing', { code: strings([[code]]), message: strings([['']]) });
    await expect(call('EXIT')).rejects.toThrow('500');
    await expect(call('')).rejects.toThrow('500');
    const ready = await fetch(`http://127.0.0.1:${server.httpPort}/v2/models/failing/ready`);
    expect(ready.status).toBe(200);
  });
});

import { setTimeout as sleep } from 'node:timers/promises';
import { type InferRequest, type StreamAnswer, TritonError } from '@pairstream/triton-client';
import type { ConformanceServer } from '../conformance-server.js';
import {
  CODE,
  failure,
  failureOf,
  fp32,
  int32,
  outcomeOf,
  type ProtocolCase,
  strings,
} from '../protocol-case.js';

function repeat(id: string, times: number, parameters: InferRequest['parameters'] = {}): InferRequest {
  const inputs = [int32('times', [1], [times]), fp32('value', [2], [1.5, times])];
  return { modelName: 'repeat', id, parameters, inputs };
}

function squeeze(id: string): InferRequest {
  return { modelName: 'squeezed', id, inputs: [fp32('x', [1, 1], [5])] };
}

function fail(id: string, code: string): InferRequest {
  const inputs = [strings('code', [1, 1], [code]), strings('message', [1, 1], ['as told'])];
  return { modelName: 'failing', id, inputs };
}

/** The answers of a stream in short: id, what came, and whether it is the last. */
async function answersOf(
  { client }: ConformanceServer,
  requests: AsyncIterable<InferRequest> | Iterable<InferRequest>,
): Promise<unknown[]> {
  const answers: unknown[] = [];
  for await (const answer of client.streamInfer(requests)) answers.push(short(answer));
  return answers;
}

function short({ id, output, isFinal }: StreamAnswer): unknown {
  if (output instanceof TritonError) return { id, isFinal, error: failureOf(output) };
  const outputs = Object.fromEntries(
    [...output.outputs].map(([name, { data }]) => [name, Array.from(data as ArrayLike<number>)]),
  );
  return { id, isFinal, outputs };
}

/** Requests for `slow`, one after another; the first one has begun to run when the second one comes. */
async function* slowly(delaysMs: readonly number[]): AsyncGenerator<InferRequest> {
  for (const [i, delayMs] of delaysMs.entries()) {
    yield { modelName: 'slow', id: String(i), inputs: [int32('delay_ms', [1, 1], [delayMs])] };
    await sleep(30);
  }
}

const WITH_END = { triton_enable_empty_final_response: true };
const SQUEEZED = { isFinal: true, outputs: { y: [5] } };
const unknownModel = failure('unknown_model', undefined, "Request for unknown model: 'nothing' is not found");

function repeated(id: string, times: number): unknown[] {
  return Array.from({ length: times }, (_, number) => ({
    id,
    isFinal: false,
    outputs: { number: [number], value: [1.5, times] },
  }));
}

/** An element of BYTES: its length in four bytes, then the text. */
function element(text: string): Buffer {
  const bytes = Buffer.alloc(4 + text.length);
  bytes.writeUInt32LE(text.length);
  bytes.write(text, 4);
  return bytes;
}

/** ModelStreamInfer. */
export const STREAM_CASES: readonly ProtocolCase[] = [
  ...[0, 1, 100].map((times) => ({
    name: `a decoupled model answers ${times} times`,
    act: (server: ConformanceServer) => answersOf(server, [repeat('r', times)]),
    expected: repeated('r', times),
  })),
  ...[0, 1, 100].map((times) => ({
    name: `a decoupled model answers ${times} times and tells the end`,
    act: (server: ConformanceServer) => answersOf(server, [repeat('r', times, WITH_END)]),
    expected: [...repeated('r', times), { id: 'r', isFinal: true, outputs: {} }],
  })),
  {
    name: 'TritonModel reads as many answers as there are',
    act: async ({ client }) => {
      const model = await client.model('repeat');
      const numbers: unknown[] = [];
      for await (const { number } of model.inferStream({
        times: Int32Array.of(3),
        value: Float32Array.of(2),
      }))
        numbers.push(Array.from(number!.data as Int32Array));
      return numbers;
    },
    expected: [[0], [1], [2]],
  },
  {
    name: 'two requests to one decoupled model',
    act: (server) => answersOf(server, [repeat('r', 2), repeat('s', 1)]),
    expected: [...repeated('r', 2), ...repeated('s', 1)],
  },
  { name: 'no request', act: (server) => answersOf(server, []), expected: [] },
  {
    name: 'models that are not decoupled answer in order, however long they take',
    act: (server) =>
      answersOf(server, [
        { modelName: 'slow', id: 'slow', inputs: [int32('delay_ms', [1, 1], [200])] },
        squeeze('quick'),
        squeeze('also quick'),
      ]),
    expected: [
      { id: 'slow', isFinal: true, outputs: { delay_ms: [200] } },
      { id: 'quick', ...SQUEEZED },
      { id: 'also quick', ...SQUEEZED },
    ],
  },
  {
    name: 'a refusal waits for its turn, too',
    act: (server) =>
      answersOf(server, [
        { modelName: 'slow', id: 'slow', inputs: [int32('delay_ms', [1, 1], [200])] },
        { modelName: 'nothing', id: 'refused', inputs: [] },
        squeeze('quick'),
      ]),
    expected: [
      { id: 'slow', isFinal: true, outputs: { delay_ms: [200] } },
      { id: 'refused', isFinal: undefined, error: unknownModel },
      { id: 'quick', ...SQUEEZED },
    ],
  },
  {
    name: 'a decoupled model overtakes a slow one',
    act: async (server) => {
      const answers = await answersOf(server, [
        { modelName: 'slow', id: 'slow', inputs: [int32('delay_ms', [1, 1], [300])] },
        repeat('r', 1),
      ]);
      return answers.map((answer) => (answer as { id: string }).id);
    },
    expected: ['r', 'slow'],
  },
  {
    name: 'a run that fails is told as a text, and the stream goes on',
    act: (server) => answersOf(server, [fail('f', 'NOT_FOUND'), squeeze('s')]),
    expected: [
      { id: 'f', isFinal: true, error: failure('internal', undefined, 'as told') },
      { id: 's', ...SQUEEZED },
    ],
  },
  {
    name: 'a request that does not fit is told as a text',
    act: (server) =>
      answersOf(server, [
        { ...repeat('r', 1), inputs: [int32('times', [2], [1, 1]), fp32('value', [1], [1])] },
      ]),
    expected: [
      {
        id: 'r',
        isFinal: undefined,
        error: failure(
          'internal',
          undefined,
          "[request id: r] unexpected shape for input 'times' for model 'repeat'. Expected [1], got [2]. ",
        ),
      },
    ],
  },
  {
    name: 'a full queue',
    act: (server) => answersOf(server, slowly([150, 1, 1, 1])),
    expected: [
      { id: '0', isFinal: true, outputs: { delay_ms: [150] } },
      { id: '1', isFinal: true, outputs: { delay_ms: [1] } },
      { id: '2', isFinal: true, outputs: { delay_ms: [1] } },
      {
        id: '3',
        isFinal: undefined,
        error: failure('busy', undefined, '[request id: 3] Exceeds maximum queue size'),
      },
    ],
  },
  {
    name: 'a request that waited too long',
    act: (server) =>
      answersOf(server, [
        { modelName: 'slow', id: 'a', inputs: [int32('delay_ms', [1, 1], [200])] },
        {
          modelName: 'slow',
          id: 'b',
          inputs: [int32('delay_ms', [1, 1], [1])],
          parameters: { timeout: 1_000 },
        },
      ]),
    expected: [
      { id: 'a', isFinal: true, outputs: { delay_ms: [200] } },
      { id: 'b', isFinal: true, error: failure('busy', undefined, 'Request timeout expired') },
    ],
  },
  {
    name: 'on demand a run that fails ends the call with its status',
    act: async ({ raw }) => {
      const { error, messages } = await raw.stream(
        [
          {
            modelName: 'failing',
            inputs: ['code', 'message'].map((name) => ({ name, datatype: 'BYTES', shape: [1, 1] })),
            rawInputContents: ['\u0009\0\0\0NOT_FOUND', '\u0001\0\0\0m'].map((text) => Buffer.from(text)),
          },
        ],
        { headers: { triton_grpc_error: 'true' } },
      );
      return { messages, error: failureOf(error!) };
    },
    expected: { messages: [], error: failure('unknown_model', CODE.NOT_FOUND, 'm') },
  },
  {
    name: 'on demand a run that fails ends the call with its status, also between others',
    act: async ({ raw }) => {
      const { error } = await raw.stream(
        ['', 'NOT_FOUND', ''].map((code) => ({
          modelName: 'failing',
          inputs: ['code', 'message'].map((name) => ({ name, datatype: 'BYTES', shape: [1, 1] })),
          rawInputContents: [code, 'm'].map(element),
        })),
        { headers: { triton_grpc_error: 'true' } },
      );
      return failureOf(error!);
    },
    expected: failure('unknown_model', CODE.NOT_FOUND, 'm'),
  },
  {
    name: 'even then a refusal is told as a text',
    act: async ({ raw }) => {
      const { messages, error } = await raw.stream([{ modelName: 'nothing', id: 'n' }], {
        headers: { triton_grpc_error: 'true' },
      });
      return { error, texts: messages.map(({ errorMessage }) => errorMessage) };
    },
    expected: { error: undefined, texts: ["Request for unknown model: 'nothing' is not found"] },
  },
  {
    name: 'a deadline ends the call',
    act: async ({ client }) => {
      const requests = [{ modelName: 'slow', inputs: [int32('delay_ms', [1, 1], [400])] }];
      const answers = client.streamInfer(requests, { timeoutMs: 100 });
      return outcomeOf(answers.next());
    },
    expected: failure('late', CODE.DEADLINE_EXCEEDED, /deadline/i),
  },
  {
    name: 'a cancel ends the call, and the server goes on',
    act: async (server) => {
      const controller = new AbortController();
      const requests = [{ modelName: 'slow', inputs: [int32('delay_ms', [1, 1], [300])] }];
      const answers = server.client.streamInfer(requests, { signal: controller.signal });
      const next = outcomeOf(answers.next());
      await sleep(100);
      controller.abort();
      return [await next, await answersOf(server, [squeeze('s')])];
    },
    expected: [failure('cancelled', CODE.CANCELLED, /cancel/i), [{ id: 's', ...SQUEEZED }]],
  },
  {
    name: 'who leaves the loop ends the call, and the server goes on',
    act: async (server) => {
      let first: unknown;
      for await (const answer of server.client.streamInfer([repeat('r', 100)])) {
        first = short(answer);
        break;
      }
      return [first, await answersOf(server, [squeeze('s')])];
    },
    expected: [repeated('r', 100)[0], [{ id: 's', ...SQUEEZED }]],
  },
];

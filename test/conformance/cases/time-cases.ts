import { setTimeout as sleep } from 'node:timers/promises';
import { encodeInferRequest } from '@pairstream/triton-client/messages';
import { TritonClient } from '@pairstream/triton-client';
import { CODE, failure, fp32, inferOutputs, int32, outcomeOf, type ProtocolCase } from '../protocol-case.js';
import type { ConformanceServer } from '../conformance-server.js';

/** So long does a run take that others wait for. */
const RUN_MS = 400;
/** After this time a request has reached the server. */
const ARRIVED_MS = 60;
const US_PER_MS = 1_000;

function delay(
  { client }: ConformanceServer,
  ms: number,
  options: {
    model?: string;
    timeoutMs?: number;
    signal?: AbortSignal;
    timeoutUs?: number;
    priority?: number;
  } = {},
): Promise<unknown> {
  const { model = 'slow', timeoutMs, signal, timeoutUs, priority } = options;
  const parameters = {
    ...(timeoutUs === undefined ? {} : { timeout: timeoutUs }),
    ...(priority === undefined ? {} : { priority }),
  };
  const call = {
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
    ...(signal === undefined ? {} : { signal }),
  };
  const request = { modelName: model, parameters, inputs: [int32('delay_ms', [1, 1], [ms])] };
  return outcomeOf(client.infer(request, call).then(() => 'answered'));
}

const QUEUE_FULL = failure('busy', CODE.UNAVAILABLE, '[request id: <id_unknown>] Exceeds maximum queue size');
const EXPIRED = failure('busy', CODE.UNAVAILABLE, 'Request timeout expired');

/** Deadlines, cancels and queues. */
export const TIME_CASES: readonly ProtocolCase[] = [
  {
    name: 'a deadline that is over',
    act: (server) => delay(server, RUN_MS, { timeoutMs: ARRIVED_MS }),
    expected: failure('late', CODE.DEADLINE_EXCEEDED, /deadline/i),
  },
  {
    name: 'a deadline that is over before anything is sent',
    act: (server) => delay(server, 1, { timeoutMs: 0 }),
    expected: failure('late', CODE.DEADLINE_EXCEEDED, /deadline/i),
  },
  {
    name: 'a cancel',
    act: async (server) => {
      await settled(server);
      const controller = new AbortController();
      const call = delay(server, RUN_MS, { signal: controller.signal });
      await sleep(ARRIVED_MS);
      controller.abort();
      return call;
    },
    expected: failure('cancelled', CODE.CANCELLED, /cancel/i),
  },
  {
    name: 'a cancel before anything is sent',
    act: (server) => delay(server, 1, { signal: AbortSignal.abort() }),
    expected: failure('cancelled', CODE.CANCELLED, /cancel/i),
  },
  {
    name: 'a queue that is full: one runs, two wait',
    act: async (server) => {
      await settled(server);
      const calls: Promise<unknown>[] = [];
      for (const ms of [RUN_MS, 1, 1, 1]) {
        calls.push(delay(server, ms));
        await sleep(ARRIVED_MS);
      }
      return Promise.all(calls);
    },
    expected: ['answered', 'answered', 'answered', QUEUE_FULL],
  },
  {
    name: 'a request that waited too long',
    act: async (server) => {
      await settled(server);
      const first = delay(server, RUN_MS);
      await sleep(ARRIVED_MS);
      return Promise.all([first, delay(server, 1, { timeoutUs: 50 * US_PER_MS })]);
    },
    expected: ['answered', EXPIRED],
  },
  {
    name: 'a timeout longer than that of the model, none, and a negative one do not count',
    act: async (server) => {
      await settled(server);
      const first = delay(server, RUN_MS);
      await sleep(ARRIVED_MS);
      const longer = delay(server, 1, { timeoutUs: 100_000 * US_PER_MS });
      return Promise.all([first, longer, delay(server, 1, { timeoutUs: -1 })]);
    },
    expected: ['answered', 'answered', 'answered'],
  },
  {
    name: 'one that waited too long, or was cancelled, keeps its place until an instance is free',
    act: async (server) => {
      await settled(server);
      const first = delay(server, RUN_MS);
      await sleep(ARRIVED_MS);
      const late = delay(server, 1, { timeoutUs: 1 });
      const controller = new AbortController();
      const cancelled = delay(server, 1, { signal: controller.signal });
      await sleep(ARRIVED_MS);
      controller.abort();
      await sleep(ARRIVED_MS);
      return [await delay(server, 1), await first, await late, await cancelled, await delay(server, 1)];
    },
    expected: [QUEUE_FULL, 'answered', EXPIRED, failure('cancelled', CODE.CANCELLED, /cancel/i), 'answered'],
  },
  {
    name: 'each priority has a queue of its own, and the highest goes first',
    act: async (server) => {
      await settled(server, 'priority');
      const order: string[] = [];
      const call = async (label: string, ms: number, priority?: number): Promise<unknown> => {
        const outcome = await delay(server, ms, {
          model: 'priority',
          ...(priority === undefined ? {} : { priority }),
        });
        if (outcome === 'answered') order.push(label);
        await sleep(ARRIVED_MS);
        return outcome;
      };
      const calls: Promise<unknown>[] = [];
      for (const [label, ms, priority] of [
        ['first', RUN_MS, undefined],
        ['low', 20, 2],
        ['high', 20, 1],
        ['low, too many', 20, undefined],
        ['high, too many', 20, 1],
      ] as const) {
        calls.push(call(label, ms, priority));
        await sleep(ARRIVED_MS);
      }
      return [await Promise.all(calls), order];
    },
    expected: [
      ['answered', 'answered', 'answered', QUEUE_FULL, QUEUE_FULL],
      ['first', 'high', 'low'],
    ],
  },
  {
    name: 'a priority that the model does not have is its default',
    act: (server) => delay(server, 1, { model: 'priority', priority: 9 }),
    expected: 'answered',
  },
  {
    name: 'a late request that may be delayed is answered behind the others',
    act: async (server) => {
      await settled(server, 'priority');
      const first = delay(server, RUN_MS, { model: 'priority' });
      await sleep(ARRIVED_MS);
      return Promise.all([first, delay(server, 1, { model: 'priority', timeoutUs: US_PER_MS })]);
    },
    expected: ['answered', 'answered'],
  },
  {
    name: 'a model without a queue policy lets all wait, for any time',
    act: async (server) =>
      Promise.all(
        Array.from({ length: 20 }, () =>
          outcomeOf(
            inferOutputs(server, 'squeezed', [fp32('x', [1, 1], [1])], { parameters: { timeout: 1 } }).then(
              ({ y }) => y,
            ),
          ),
        ),
      ),
    expected: Array.from({ length: 20 }, () => 'FP32 [1] 0000803f'),
  },
  {
    name: 'an answer larger than the client takes',
    act: async ({ target }) => {
      const data = new Float32Array(2_400);
      const request = {
        modelName: 'identity',
        inputs: [{ name: 'fp32_in', datatype: 'FP32' as const, shape: [1, data.length], data }],
      };
      // An answer tells the version as well.
      using client = new TritonClient({ target, maxMessageBytes: encodeInferRequest(request).byteLength });
      return await client.infer(request);
    },
    expected: failure('too_large', CODE.RESOURCE_EXHAUSTED, /larger than/),
  },
  {
    name: 'a request larger than the client sends',
    act: async ({ target }) => {
      using client = new TritonClient({ target, maxMessageBytes: 1_000 });
      const data = new Float32Array(1_000);
      return await client.infer({
        modelName: 'identity',
        inputs: [{ name: 'fp32_in', datatype: 'FP32', shape: [1, data.length], data }],
      });
    },
    expected: failure('too_large', CODE.RESOURCE_EXHAUSTED, /larger than/),
  },
];

/** Waits until nothing runs on a model any more, and its scheduler rests. */
async function settled(server: ConformanceServer, model = 'slow'): Promise<void> {
  for (let calls = 0; calls < 3; calls += 1) {
    await delay(server, 1, { model });
    await sleep(ARRIVED_MS);
  }
}

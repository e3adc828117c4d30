import { setTimeout as sleep } from 'node:timers/promises';
import { type PredictInput, type PredictOutput, ServerError } from '@pairstream/client';
import type { PartRow } from '../../../pairs/part-row.js';
import { oneReaderRequests, run } from '../load/bench-load.js';
import { quantileOf } from '../measurement.js';
import type { Figure } from '../result.js';
import { ServerProcess } from '../load/server-process.js';
import { TritonServer } from './triton-server.js';

const IN_FLIGHT = 8;
const SKIPPED = 'it needs Linux and Python 3.11';
/** Requests that measure the rate which both servers together can serve. */
const RATE_REQUEST_COUNT = 400;
const BEFORE_MS = 4_000;
const DOWN_MS = 4_000;
const AFTER_MS = 14_000;
const SETTLED_MS = 2_000;
/** Offered load, as a fraction of the rate that both servers together can serve. */
const LOAD = 0.4;
const TIMEOUT_MS = 2_000;

/**
 * Measures throughput and latency while one of two Triton servers is killed (SIGKILL) and started again.
 * @param root folder of the repository
 * @returns undefined if the machine cannot run the servers; stderr says so
 */
export async function benchTritonReplicas(
  root: string,
  rows: readonly PartRow[],
): Promise<Figure[] | undefined> {
  await using first = await TritonServer.start(root);
  await using second = first === undefined ? undefined : await TritonServer.start(root);
  if (first === undefined || second === undefined) {
    console.error(`SKIPPED triton-replicas: ${SKIPPED}`);
    return undefined;
  }
  await using gateway = await ServerProcess.start({
    backend: 'triton',
    tritonUrls: [first.target, second.target],
  });
  const requests = oneReaderRequests(rows).map((request) => ({ ...request, timeoutMs: TIMEOUT_MS }));
  const { elapsedMs } = await run(gateway.client, requests, RATE_REQUEST_COUNT, IN_FLIGHT);
  const gapMs = elapsedMs / RATE_REQUEST_COUNT / LOAD;
  const totalMs = BEFORE_MS + DOWN_MS + AFTER_MS;
  const sending = sendAtFixedRate(gateway.client, requests, gapMs, totalMs);
  await sleep(BEFORE_MS);
  await first.crash();
  await sleep(DOWN_MS);
  await first.start();
  const answers = await sending;
  const within = (fromMs: number, toMs: number): Answered[] =>
    answers.filter(({ sentMs }) => sentMs >= fromMs && sentMs < toMs);
  const windows: [string, Answered[]][] = [
    ['both serve', within(0, BEFORE_MS)],
    ['two seconds from the kill', within(BEFORE_MS, BEFORE_MS + SETTLED_MS)],
    ['one serves', within(BEFORE_MS + SETTLED_MS, BEFORE_MS + DOWN_MS)],
    ['it comes back', within(BEFORE_MS + DOWN_MS, totalMs)],
  ];
  return [
    {
      name: 'messages sent',
      unit: '',
      value: answers.length,
      note: `100 pairs each, one every ${gapMs.toFixed(1)} ms`,
    },
    {
      name: 'messages not answered in full',
      unit: '',
      value: answers.filter(({ isComplete }) => !isComplete).length,
    },
    ...windows.flatMap(([name, some]): Figure[] => [
      {
        name: `${name}: answered in full`,
        unit: '%',
        value: (100 * some.filter(({ isComplete }) => isComplete).length) / some.length,
      },
      {
        name: `${name}: p50`,
        unit: 'ms',
        value: quantileOf(
          some.map(({ latencyMs }) => latencyMs),
          0.5,
        ),
      },
      {
        name: `${name}: p99`,
        unit: 'ms',
        value: quantileOf(
          some.map(({ latencyMs }) => latencyMs),
          0.99,
        ),
      },
    ]),
  ];
}

/** An answered request. */
interface Answered {
  /** Since the first request. */
  readonly sentMs: number;
  readonly latencyMs: number;
  /** True if every pair was scored by all models. */
  readonly isComplete: boolean;
}

/** Sends a request every `gapMs` for `totalMs`, without waiting for answers. */
async function sendAtFixedRate(
  client: ServerProcess['client'],
  requests: readonly PredictInput[],
  gapMs: number,
  totalMs: number,
): Promise<Answered[]> {
  const startedMs = performance.now();
  const answers: Promise<Answered>[] = [];
  for (let i = 0; i * gapMs < totalMs; i += 1) {
    const waitMs = startedMs + i * gapMs - performance.now();
    if (waitMs > 0) await sleep(waitMs);
    const sentMs = performance.now();
    const settle = (output: PredictOutput | ServerError): Answered => ({
      sentMs: sentMs - startedMs,
      latencyMs: performance.now() - sentMs,
      isComplete:
        !(output instanceof ServerError) &&
        output.rowStatus.length === 0 &&
        output.missingMembers.length === 0,
    });
    answers.push(client.predict(requests[i % requests.length]!).then(settle, settle));
  }
  return Promise.all(answers);
}

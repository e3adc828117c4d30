import { setTimeout as sleep } from 'node:timers/promises';
import { type PredictInput, type PredictOutput, ServerError } from '@pairstream/client';
import type { PartRow } from '../../../pairs/part-row.js';
import { readPipelineFile } from '../../../releases/pipeline-file.js';
import { chunk, oneReaderRequests, run, withOwnTweets } from '../load/bench-load.js';
import { BATCH_ROWS } from '../ensemble/fresh-batches.js';
import { quantileOf, spreadOf } from '../measurement.js';
import type { Figure } from '../result.js';
import { ServerProcess } from '../load/server-process.js';
import {
  RECORDED_BATCHES,
  recordCalls,
  type RecordedCalls,
  withOwnOutputs,
} from '../ensemble/recorded-calls.js';
import { type BareLoad, runBare, type Work } from './triton-bare-load.js';
import { TritonServer } from './triton-server.js';

const IN_FLIGHT = 8;
const MESSAGES = 48;
/** Many short ones: a machine is faster in one minute than in the next, and its neighbours' load is not to be measured. */
const ROUNDS = 11;
/** As many batches as the gateway has on their way. */
const BARE_IN_FLIGHT = 4;
const BARE_MS = 6_000;
const SKIPPED = 'it needs Linux and Python 3.11';

/**
 * Every model of a pipeline on ready-made tensors, with the towers before their heads and one stage after the other.
 * @returns makes what a lane does
 */
function ensembleWork(pipelinePath: string, recorded: RecordedCalls): () => Work {
  const { models, stages } = readPipelineFile(pipelinePath).definition;
  const towersOf = (name: string): string[] =>
    Object.values(models[name]!.inputs).flatMap(({ tower }) => tower ?? []);
  let laneCount = 0;
  return () => {
    const callsOf = new Map([...recorded].map(([name, calls]) => [name, withOwnOutputs(calls)]));
    // Each lane begins elsewhere, as the gateway has different batches on their way.
    let batch = Math.floor((laneCount * RECORDED_BATCHES) / BARE_IN_FLIGHT);
    laneCount += 1;
    return async (send) => {
      const at = batch % RECORDED_BATCHES;
      batch += 1;
      for (const stage of stages)
        await Promise.all(
          stage.map(async (name) => {
            for (const tower of towersOf(name)) await send(tower, callsOf.get(tower)![at]!);
            await send(name, callsOf.get(name)![at]!);
          }),
        );
      return BATCH_ROWS;
    };
  };
}

/**
 * `compareWithClient` on a server of its own.
 * @param root of the repository
 * @returns undefined, with a word on stderr, on a machine that cannot run the server
 */
export async function benchTritonGateway(
  root: string,
  pipelinePath: string,
  rows: readonly PartRow[],
): Promise<Figure[] | undefined> {
  await using triton = await TritonServer.start(root, readPipelineFile(pipelinePath).modelRepositoryPath);
  if (triton === undefined) {
    console.error(`SKIPPED triton-gateway: ${SKIPPED}`);
    return undefined;
  }
  return await compareWithClient(triton.target, pipelinePath, rows, await recordCalls(pipelinePath, rows));
}

/**
 * The whole gateway on Triton against our client alone with ready-made tensors of the same models, on the same server, by
 * turns: messages of 1,024 pairs, every tweet new, no tower cached.
 * @param target host:port of a server that has the models of the pipeline
 * @param recorded of the same rows
 */
export async function compareWithClient(
  target: string,
  pipelinePath: string,
  rows: readonly PartRow[],
  recorded: RecordedCalls,
): Promise<Figure[]> {
  const createWork = ensembleWork(pipelinePath, recorded);
  await using gateway = await ServerProcess.start({
    backend: 'triton',
    pipeline: pipelinePath,
    tritonUrls: [target],
    towerCacheMb: 0,
  });
  const requests = chunk(withOwnTweets(rows), BATCH_ROWS);
  await run(gateway.client, requests, MESSAGES, IN_FLIGHT);
  const bare: BareLoad[] = [];
  const [pairsPerS, cpuUs]: [number[], number[]] = [[], []];
  for (let round = 0; round < ROUNDS; round += 1) {
    bare.push(await runBare(target, true, BARE_IN_FLIGHT, BARE_MS, createWork));
    const before = await gateway.cpuUs();
    const { answeredMs } = await run(gateway.client, requests, MESSAGES, IN_FLIGHT);
    // At either end not all are in flight.
    const steadyMs = answeredMs.slice(IN_FLIGHT, -IN_FLIGHT);
    pairsPerS.push(((steadyMs.length - 1) * BATCH_ROWS * 1_000) / (steadyMs.at(-1)! - steadyMs[0]!));
    cpuUs.push(((await gateway.cpuUs()) - before) / (MESSAGES * BATCH_ROWS));
  }
  const whole = spreadOf(pairsPerS);
  const cpu = spreadOf(cpuUs);
  const alone = spreadOf(bare.map(({ rowsPerS }) => rowsPerS));
  const ratio = spreadOf(pairsPerS.map((value, round) => value / bare[round]!.rowsPerS));
  const aloneCpu = spreadOf(bare.map(({ cpuUsPerRow }) => cpuUsPerRow));
  const spread = ({ p10, p90 }: { p10: number; p90: number }): { p10: number; p90: number } => ({ p10, p90 });
  const note = 'client, gateway and Triton share two cores';
  return [
    { name: 'our client alone, ready-made tensors', unit: 'pairs/s', value: alone.median, ...spread(alone) },
    { name: 'whole gateway', unit: 'pairs/s', value: whole.median, ...spread(whole), note },
    {
      name: 'whole gateway / client alone',
      unit: '',
      value: ratio.median,
      ...spread(ratio),
      note: `median of ${ROUNDS} rounds by turns`,
    },
    { name: 'CPU of our client alone', unit: 'us/pair', value: aloneCpu.median, ...spread(aloneCpu) },
    { name: 'CPU of the gateway', unit: 'us/pair', value: cpu.median, ...spread(cpu) },
  ];
}

const BEFORE_MS = 4_000;
const DOWN_MS = 4_000;
const AFTER_MS = 14_000;
const SETTLED_MS = 2_000;
/** Fraction of the rate that one server can serve. */
const LOAD = 0.4;
const TIMEOUT_MS = 2_000;

/** Throughput and latency while one of two Triton servers is killed (SIGKILL) and comes back. */
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
  const { elapsedMs } = await run(gateway.client, requests, 400, IN_FLIGHT);
  const gapMs = elapsedMs / 400 / LOAD;
  const totalMs = BEFORE_MS + DOWN_MS + AFTER_MS;
  const sending = sendForAWhile(gateway.client, requests, gapMs, totalMs);
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
      value: answers.filter(({ isGood }) => !isGood).length,
    },
    ...windows.flatMap(([name, some]): Figure[] => [
      {
        name: `${name}: answered in full`,
        unit: '%',
        value: (100 * some.filter(({ isGood }) => isGood).length) / some.length,
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

interface Answered {
  /** Since the start. */
  readonly sentMs: number;
  readonly latencyMs: number;
  /** True if every pair was scored. */
  readonly isGood: boolean;
}

/** Sends a message every so often, whatever becomes of the others. */
async function sendForAWhile(
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
      isGood:
        !(output instanceof ServerError) &&
        output.rowStatus.length === 0 &&
        output.missingMembers.length === 0,
    });
    answers.push(client.predict(requests[i % requests.length]!).then(settle, settle));
  }
  return Promise.all(answers);
}

import type { PartRow } from '../../../pairs/part-row.js';
import { readPipelineFile } from '../../../releases/pipeline-file.js';
import { chunk, run, withOwnTweets } from '../load/bench-load.js';
import { BATCH_ROWS } from '../ensemble/fresh-batches.js';
import { spreadOf } from '../measurement.js';
import type { Figure } from '../result.js';
import { ServerProcess } from '../load/server-process.js';
import {
  RECORDED_BATCHES,
  recordCalls,
  type RecordedCalls,
  withOwnOutputs,
} from '../ensemble/recorded-calls.js';
import { type ClientLoad, measureClientLoad, type Work } from './triton-client-load.js';
import { TritonServer } from './triton-server.js';

const IN_FLIGHT = 8;
const REQUEST_COUNT = 48;
/** Many short rounds by turns, because the speed of a shared machine changes from minute to minute. */
const ROUNDS = 11;
/** Batches in flight of the client alone: as many as the gateway keeps in flight. */
const CLIENT_IN_FLIGHT = 4;
const CLIENT_MS = 6_000;
const SKIPPED = 'it needs Linux and Python 3.11';

/**
 * Work of the client alone: each unit runs every model of a pipeline on recorded tensors, one stage after the other, towers
 * before their heads.
 * @returns creates the work of one lane (one batch in flight)
 */
function ensembleWork(pipelinePath: string, recorded: RecordedCalls): () => Work {
  const { models, stages } = readPipelineFile(pipelinePath).definition;
  const towersOf = (name: string): string[] =>
    Object.values(models[name]!.inputs).flatMap(({ tower }) => tower ?? []);
  let laneCount = 0;
  return () => {
    const callsOf = new Map([...recorded].map(([name, calls]) => [name, withOwnOutputs(calls)]));
    // Each lane starts at another batch, because the gateway also has different batches in flight.
    let batch = Math.floor((laneCount * RECORDED_BATCHES) / CLIENT_IN_FLIGHT);
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
 * Starts a Triton server and runs `compareWithClient` on it.
 * @param root folder of the repository
 * @returns undefined if the machine cannot run the server; stderr says so
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
 * Compares the throughput of the gateway on Triton with that of the Triton client alone. The client sends recorded tensors of
 * the same models to the same server, and both are measured by turns. Requests have 1,024 pairs, every tweet is new, and the
 * tower cache is off.
 * @param target host:port of a server that has the models of the pipeline
 * @param recorded model calls recorded from the same rows
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
  await run(gateway.client, requests, REQUEST_COUNT, IN_FLIGHT);
  const bare: ClientLoad[] = [];
  const [pairsPerS, cpuUs]: [number[], number[]] = [[], []];
  for (let round = 0; round < ROUNDS; round += 1) {
    bare.push(await measureClientLoad(target, true, CLIENT_IN_FLIGHT, CLIENT_MS, createWork));
    const before = await gateway.cpuUs();
    const { answeredMs } = await run(gateway.client, requests, REQUEST_COUNT, IN_FLIGHT);
    // Fewer requests are in flight at the beginning and at the end.
    const steadyMs = answeredMs.slice(IN_FLIGHT, -IN_FLIGHT);
    pairsPerS.push(((steadyMs.length - 1) * BATCH_ROWS * 1_000) / (steadyMs.at(-1)! - steadyMs[0]!));
    cpuUs.push(((await gateway.cpuUs()) - before) / (REQUEST_COUNT * BATCH_ROWS));
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

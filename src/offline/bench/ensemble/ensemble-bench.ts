import { availableParallelism } from 'node:os';
import type { PredictInput } from '@pairstream/client';
import type { PartRow } from '../../../pairs/part-row.js';
import { readPipelineFile } from '../../../releases/pipeline-file.js';
import { CANDIDATES, run } from '../load/bench-load.js';
import { measurePhases, type PhaseTimes } from './ensemble-phases.js';
import { newTweetRequests, READERS_PER_TWEET, sharedTweetRequests } from './ensemble-workload.js';
import { spreadOf } from '../measurement.js';
import { publishedTable } from './published-run.js';
import { recordCalls, timeModels } from './recorded-calls.js';
import type { Figure } from '../result.js';
import { ServerProcess } from '../load/server-process.js';
import { TritonServer } from '../triton/triton-server.js';
import { compareWithClient } from '../triton/triton-gateway-bench.js';

const WARM_UP_MESSAGES = 80;
const MESSAGES = 60;
const ROUNDS = 5;
const IN_FLIGHT = 16;

/** An ensemble that can be measured. */
export type EnsembleSize = 'small' | 'published';
/** All of them. */
export const ENSEMBLE_SIZES: readonly EnsembleSize[] = ['small', 'published'];

/** Throughput targets of an ensemble on a backend, pairs per second. */
interface Goals {
  readonly shared?: string;
  readonly fresh?: string;
}
const GOALS: Readonly<Record<EnsembleSize, Readonly<Record<'onnx' | 'triton', Goals>>>> = {
  small: { onnx: {}, triton: {} },
  published: { onnx: { fresh: '>= 1,800' }, triton: { shared: '>= 4,000', fresh: '>= 2,800' } },
};

/**
 * The whole ensemble of a size: time of every phase and model on one core, throughput through the gateway with the models
 * inside it and on a Triton of this machine; of the published size the published table of times beside ours, too.
 * @param root of the repository
 * @param rows of the world that the pipeline was trained in
 * @throws PairstreamError as loadRelease
 */
export async function benchEnsemble(
  root: string,
  size: EnsembleSize,
  pipelinePath: string,
  rows: readonly PartRow[],
): Promise<Figure[]> {
  const phases = await measurePhases(pipelinePath, rows);
  const embedded = await throughput('onnx', size, rows, await startGateway(pipelinePath));
  const onTriton = await measureTriton(root, size, pipelinePath, rows);
  const figures = [...phaseFigures(phases), ...embedded.figures, ...(onTriton?.figures ?? [])];
  // A small ensemble beside the published one would say nothing.
  if (size === 'small') return figures;
  const featuresUs = phases.featuresUs / availableParallelism();
  const table =
    onTriton === undefined
      ? publishedTable(featuresUs, perCore(phases), embedded.freshPairsPerS)
      : publishedTable(featuresUs, onTriton.modelsUs, onTriton.freshPairsPerS);
  return [...figures, ...table];
}

function startGateway(pipeline: string, tritonUrl?: string): Promise<ServerProcess> {
  return ServerProcess.start({
    backend: tritonUrl === undefined ? 'onnx' : 'triton',
    pipeline,
    ...(tritonUrl === undefined ? {} : { tritonUrls: [tritonUrl] }),
  });
}

/** Microseconds per pair of each model, as if all cores did what one did. */
function perCore({ models, pairCount }: PhaseTimes): Map<string, number> {
  return new Map([...models].map(([name, us]) => [name, us / pairCount / availableParallelism()]));
}

function phaseFigures({ featuresUs, models, pairCount }: PhaseTimes): Figure[] {
  const note = 'one core, batches of 1,024, every tweet new';
  const figure = (name: string, value: number): Figure => ({ name, unit: 'us/pair', value, note });
  return [
    figure('preprocess, features and look-ups', featuresUs),
    ...[...models].map(([name, us]) => figure(`${name}, ONNX Runtime`, us / pairCount)),
  ];
}

/** Throughput with tweets that many readers see, and with tweets that one does; ends the gateway. */
async function throughput(
  backend: 'onnx' | 'triton',
  size: EnsembleSize,
  rows: readonly PartRow[],
  started: ServerProcess,
): Promise<{ figures: Figure[]; freshPairsPerS: number }> {
  await using gateway = started;
  const where = backend === 'onnx' ? 'embedded' : 'Triton on the CPU';
  const count = WARM_UP_MESSAGES + ROUNDS * MESSAGES;
  const { shared, fresh } = GOALS[size][backend];
  const measured = async (
    name: string,
    requests: readonly PredictInput[],
    target?: string,
  ): Promise<Figure> => {
    const before = await gateway.towers();
    const samples = await pairsPerS(gateway, requests);
    const after = await gateway.towers();
    const hitCount = after.hitCount - before.hitCount;
    const hitShare = hitCount / (hitCount + after.missCount - before.missCount);
    const { median, p10, p90 } = spreadOf(samples);
    return {
      name: `${where}: one reader x ${CANDIDATES}, ${name}`,
      unit: 'pairs/s',
      value: median,
      p10,
      p90,
      ...(target === undefined ? {} : { target }),
      note: `${(100 * hitShare).toFixed(0)} % of the tweets' towers in the cache; client on the same machine`,
    };
  };
  const sharedName = `a tweet seen by ${READERS_PER_TWEET} readers`;
  const sharedFigure = await measured(sharedName, sharedTweetRequests(rows, count), shared);
  const freshFigure = await measured('every tweet new', newTweetRequests(rows, count), fresh);
  return { figures: [sharedFigure, freshFigure], freshPairsPerS: freshFigure.value };
}

/** No request is sent twice. */
async function pairsPerS({ client }: ServerProcess, requests: readonly PredictInput[]): Promise<number[]> {
  await run(client, requests.slice(0, WARM_UP_MESSAGES), WARM_UP_MESSAGES, IN_FLIGHT);
  const samples: number[] = [];
  for (let at = WARM_UP_MESSAGES; at + MESSAGES <= requests.length; at += MESSAGES) {
    const { elapsedMs } = await run(client, requests.slice(at, at + MESSAGES), MESSAGES, IN_FLIGHT);
    samples.push((MESSAGES * CANDIDATES * 1_000) / elapsedMs);
  }
  return samples;
}

async function measureTriton(
  root: string,
  size: EnsembleSize,
  pipelinePath: string,
  rows: readonly PartRow[],
): Promise<{ figures: Figure[]; freshPairsPerS: number; modelsUs: Map<string, number> } | undefined> {
  await using server = await TritonServer.start(root, readPipelineFile(pipelinePath).modelRepositoryPath);
  if (server === undefined) {
    console.error('SKIPPED the ensemble on Triton: it needs Linux and Python 3.11');
    return undefined;
  }
  const { target } = server;
  const measured = await throughput('triton', size, rows, await startGateway(pipelinePath, target));
  const recorded = await recordCalls(pipelinePath, rows);
  const modelsUs = await timeModels(target, recorded);
  const note = 'alone on the server with all cores, ready-made batches of 1,024';
  const modelFigures = [...modelsUs].map(([name, value]): Figure => ({
    name: `${name}, Triton`,
    unit: 'us/pair',
    value,
    note,
  }));
  const whole = await compareWithClient(target, pipelinePath, rows, recorded);
  return { ...measured, modelsUs, figures: [...measured.figures, ...modelFigures, ...whole] };
}

import { availableParallelism } from 'node:os';
import type { PartRow } from '../../../pairs/part-row.js';
import { readPipelineFile } from '../../../releases/pipeline-file.js';
import { CANDIDATES } from '../load/bench-load.js';
import { spreadOf } from '../measurement.js';
import { measurePhases, type PhaseTimes } from './ensemble-phases.js';
import { newTweetRequests, READERS_PER_TWEET, sharedTweetRequests } from './ensemble-workload.js';
import {
  coreSecondsFigure,
  LOAD_MESSAGES,
  type LoadSamples,
  measureLoad,
  ratioFigure,
  throughputFigure,
} from './load-turns.js';
import { publishedTable } from './published-run.js';
import { recordCalls, timeModels } from './recorded-calls.js';
import type { Figure } from '../result.js';
import { ServerProcess } from '../load/server-process.js';
import { measureStartAndLatency } from './start-and-latency.js';
import { TritonServer } from '../triton/triton-server.js';
import { compareWithClient } from '../triton/triton-gateway-bench.js';

const SHARED_LOAD = `one reader x ${CANDIDATES}, a tweet seen by ${READERS_PER_TWEET} readers`;
const FRESH_LOAD = `one reader x ${CANDIDATES}, every tweet new`;
const EMBEDDED = 'embedded';
const TRITON = 'Triton on the CPU';
/** Names of the engines of `ModelMetadata` in figures. */
const ENGINE_NAMES: Readonly<Record<string, string>> = {
  forest: 'forest walker',
  onnxruntime: 'ONNX Runtime',
};

/** An ensemble that can be measured. */
export type EnsembleSize = 'small' | 'published';

/** Targets of the two loads. */
interface Goals {
  readonly shared?: string;
  readonly fresh?: string;
}
/** Targets of an ensemble: pairs per second on each backend, the ratio of the two, and CPU time of 15 million pairs. */
interface EnsembleGoals {
  readonly embedded: Goals;
  readonly triton: Goals;
  readonly ratio: Goals;
  readonly coreSeconds?: string;
}
const GOALS: Readonly<Record<EnsembleSize, EnsembleGoals>> = {
  small: { embedded: {}, triton: {}, ratio: {} },
  published: {
    embedded: { fresh: '>= 1,800' },
    triton: { shared: '>= 4,000', fresh: '>= 2,800' },
    ratio: { shared: '>= 2.5', fresh: '>= 2.2' },
    coreSeconds: '<= 2,640',
  },
};

/** Samples of a gateway under both loads. */
interface GatewaySamples {
  readonly shared: LoadSamples;
  readonly fresh: LoadSamples;
}

/**
 * The whole ensemble of a size: time of every phase and model on one core, start and latency with the models inside the
 * gateway, throughput through the gateway with the models inside it and on a Triton of this machine by turns; of the
 * published size the published table of times beside ours, too.
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
  const startAndLatency = await measureStartAndLatency(pipelinePath, rows);
  await using server = await TritonServer.start(root, readPipelineFile(pipelinePath).modelRepositoryPath);
  if (server === undefined) console.error('SKIPPED the ensemble on Triton: it needs Linux and Python 3.11');
  const [embedded, triton] = await measureLoads(pipelinePath, rows, server?.target);
  const figures = [...phaseFigures(phases), ...startAndLatency, ...loadFigures(size, embedded!, triton)];
  // A small ensemble beside the published one would say nothing.
  const table = (where: string, modelsUs: Map<string, number>, { fresh }: GatewaySamples): Figure[] =>
    size === 'small'
      ? []
      : publishedTable(
          where,
          phases.featuresUs / availableParallelism(),
          modelsUs,
          spreadOf(fresh.pairsPerS).median,
        );
  figures.push(...table(EMBEDDED, perCore(phases), embedded!));
  if (server === undefined || triton === undefined) return figures;
  const recorded = await recordCalls(pipelinePath, rows);
  const modelsUs = await timeModels(server.target, recorded);
  const whole = await compareWithClient(server.target, pipelinePath, rows, recorded);
  return [...figures, ...modelFigures(modelsUs), ...whole, ...table('Triton', modelsUs, triton)];
}

/** Samples of the embedded models, then of Triton if there is a server. @param target host:port of the server */
async function measureLoads(
  pipeline: string,
  rows: readonly PartRow[],
  target: string | undefined,
): Promise<GatewaySamples[]> {
  await using gateways = new AsyncDisposableStack();
  const started = [gateways.use(await ServerProcess.start({ backend: 'onnx', pipeline }))];
  if (target !== undefined)
    started.push(
      gateways.use(await ServerProcess.start({ backend: 'triton', pipeline, tritonUrls: [target] })),
    );
  const shared = await measureLoad(started, sharedTweetRequests(rows, LOAD_MESSAGES));
  const fresh = await measureLoad(started, newTweetRequests(rows, LOAD_MESSAGES));
  return started.map((_, i) => ({ shared: shared[i]!, fresh: fresh[i]! }));
}

function loadFigures(
  size: EnsembleSize,
  embedded: GatewaySamples,
  triton: GatewaySamples | undefined,
): Figure[] {
  const goals = GOALS[size];
  const throughput = (where: string, { shared, fresh }: GatewaySamples, targets: Goals): Figure[] => [
    throughputFigure(where, SHARED_LOAD, shared, targets.shared),
    throughputFigure(where, FRESH_LOAD, fresh, targets.fresh),
  ];
  const figures = throughput(EMBEDDED, embedded, goals.embedded);
  if (triton !== undefined)
    figures.push(
      ...throughput(TRITON, triton, goals.triton),
      ratioFigure(SHARED_LOAD, embedded.shared, triton.shared, goals.ratio.shared),
      ratioFigure(FRESH_LOAD, embedded.fresh, triton.fresh, goals.ratio.fresh),
    );
  return [...figures, coreSecondsFigure(FRESH_LOAD, embedded.fresh, goals.coreSeconds)];
}

/** Microseconds per pair of each model, as if all cores did what one did. */
function perCore({ models, pairCount }: PhaseTimes): Map<string, number> {
  return new Map([...models].map(([name, us]) => [name, us / pairCount / availableParallelism()]));
}

function phaseFigures({ featuresUs, models, engines, pairCount }: PhaseTimes): Figure[] {
  const note = 'one core, batches of 1,024, every tweet new';
  const figure = (name: string, value: number): Figure => ({ name, unit: 'us/pair', value, note });
  const engineOf = (name: string): string => ENGINE_NAMES[engines.get(name)!] ?? engines.get(name)!;
  return [
    figure('preprocess, features and look-ups', featuresUs),
    ...[...models].map(([name, us]) => figure(`${name}, ${engineOf(name)}`, us / pairCount)),
  ];
}

function modelFigures(modelsUs: ReadonlyMap<string, number>): Figure[] {
  const note = 'alone on the server with all cores, ready-made batches of 1,024';
  return [...modelsUs].map(([name, value]) => ({ name: `${name}, Triton`, unit: 'us/pair', value, note }));
}

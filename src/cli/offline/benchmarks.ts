import { existsSync } from 'node:fs';
import { packagePath } from '../../config/package-files.js';
import { PairstreamError } from '../../errors/pairstream-error.js';
import type { EnsembleSize } from '../../offline/bench/ensemble/ensemble-bench.js';
import type { Figure } from '../../offline/bench/result.js';
import { readPartFile } from '../../pairs/part-file-reader.js';
import type { PartRow } from '../../pairs/part-row.js';

const VOCABULARY = packagePath('pipelines/recsys2021/vocab.txt');
const PIPELINE = packagePath('pipelines/recsys2021.yaml');
const EXAMPLE = packagePath('examples/part-00020.tsv');
const EXAMPLE_ROWS = 12_000;
/** Ensemble and rows of each size: the shipped one, and the files of `make train SIZE=published`. */
const ENSEMBLES: Readonly<Record<EnsembleSize, { readonly pipeline: string; readonly part: string }>> = {
  small: { pipeline: PIPELINE, part: EXAMPLE },
  published: {
    pipeline: packagePath('.work/published/home/pipelines/recsys2021.yaml'),
    part: packagePath('.work/published/world/part-00019.tsv'),
  },
};

/** Names of the sizes. */
export const ENSEMBLE_SIZES = Object.keys(ENSEMBLES);

/** Runs a benchmark. @returns its figures; undefined if this machine lacks what it needs */
type Measure = (size: EnsembleSize) => Promise<Figure[] | undefined>;

/** Benchmarks by name, in the order in which they run. Each is loaded when it runs: most commands need none of them. */
export const BENCHMARKS: Readonly<Record<string, Measure>> = {
  features: async () =>
    (await import('../../offline/bench/features/feature-bench.js')).benchFeatures(VOCABULARY),
  'feature-profile': async () =>
    (await import('../../offline/bench/features/feature-profile.js')).profileFeatures(VOCABULARY),
  polars: async () =>
    (await import('../../offline/bench/features/polars-bench.js')).benchPolars(
      VOCABULARY,
      packagePath('.'),
      packagePath('.work/peers'),
    ),
  tables: async () => (await import('../../offline/bench/table-bench.js')).benchTables(),
  'event-log': async () =>
    (await import('../../offline/bench/event-log/event-log-bench.js')).benchEventLog(packagePath('.work')),
  statistics: async () =>
    (await import('../../offline/bench/statistics/statistics-bench.js')).benchStatistics(),
  text: async () =>
    (await import('../../offline/bench/features/text-bench.js')).benchText(VOCABULARY, await exampleRows()),
  wire: async () =>
    (await import('../../offline/bench/wire-bench.js')).benchWire(VOCABULARY, await exampleRows()),
  gateway: async () =>
    (await import('../../offline/bench/gateway/gateway-bench.js')).benchGateway(await exampleRows()),
  tokens: async () =>
    (await import('../../offline/bench/gateway/token-bench.js')).benchTokens(VOCABULARY, await exampleRows()),
  feedback: async () =>
    (await import('../../offline/bench/feedback/feedback-bench.js')).benchFeedback(
      packagePath('.'),
      packagePath('.work'),
      await exampleRows(),
    ),
  'feature-log': async () =>
    (await import('../../offline/bench/feedback/feature-log-bench.js')).benchFeatureLog(
      packagePath('.work'),
      await exampleRows(),
    ),
  restart: async () =>
    (await import('../../offline/bench/feedback/restart-bench.js')).benchRestart(
      PIPELINE,
      packagePath('.work'),
    ),
  'tower-cache': async () =>
    (await import('../../offline/bench/gateway/gateway-bench.js')).benchTowerCache(await exampleRows()),
  'idle-streams': async () =>
    (await import('../../offline/bench/gateway/idle-stream-bench.js')).benchIdleStreams(await exampleRows()),
  'end-to-end': async () =>
    (await import('../../offline/bench/gateway/gateway-bench.js')).benchEndToEnd(await exampleRows()),
  overload: async () =>
    (await import('../../offline/bench/gateway/overload-bench.js')).benchOverload(EXAMPLE, EXAMPLE_ROWS),
  fairness: async () =>
    (await import('../../offline/bench/gateway/fairness-bench.js')).benchFairness(EXAMPLE, EXAMPLE_ROWS),
  workers: async () =>
    (await import('../../offline/bench/gateway/workers-bench.js')).benchWorkers(EXAMPLE, EXAMPLE_ROWS),
  blocks: async () =>
    (await import('../../offline/bench/blocks/blocks-bench.js')).benchBlocks(
      packagePath('.work'),
      await exampleRows(),
    ),
  'python-gateway': async () =>
    (await import('../../offline/bench/python-gateway/python-gateway-bench.js')).benchPythonGateway(
      packagePath('.'),
      PIPELINE,
      await exampleRows(),
      packagePath('.work/python-gateway'),
    ),
  ensemble: async (size) =>
    (await import('../../offline/bench/ensemble/ensemble-bench.js')).benchEnsemble(
      packagePath('.'),
      size,
      ...(await ensembleOf(size)),
    ),
  forests: async (size) =>
    (await import('../../offline/bench/forests/forest-bench.js')).benchForests(
      packagePath('.'),
      size,
      ...(await ensembleOf(size)),
      packagePath('.work/peers'),
    ),
  'kafka-log': async () =>
    (await import('../../offline/bench/kafka/kafka-log-bench.js')).benchKafkaLog(
      packagePath('.'),
      packagePath('.work'),
      await exampleRows(),
    ),
  'triton-client': async () =>
    (await import('../../offline/bench/triton/triton-client-bench.js')).benchTritonClient(
      packagePath('.'),
      PIPELINE,
      packagePath('bench/peers'),
      packagePath('.work/peers'),
    ),
  'triton-gateway': async () =>
    (await import('../../offline/bench/triton/triton-gateway-bench.js')).benchTritonGateway(
      packagePath('.'),
      PIPELINE,
      await exampleRows(),
    ),
  'triton-replicas': async () =>
    (await import('../../offline/bench/triton/triton-replicas-bench.js')).benchTritonReplicas(
      packagePath('.'),
      await exampleRows(),
    ),
};

/** Pipeline file and rows of a size. @throws PairstreamError INVALID_DATA_FILE if it is not trained */
async function ensembleOf(size: EnsembleSize): Promise<[pipelinePath: string, rows: PartRow[]]> {
  const { pipeline, part } = ENSEMBLES[size];
  if (!existsSync(pipeline))
    throw new PairstreamError(
      'INVALID_DATA_FILE',
      `${pipeline}: is not there; \`make train SIZE=${size}\` makes it`,
      { field: pipeline },
    );
  return [pipeline, await partRows(part)];
}

function exampleRows(): Promise<PartRow[]> {
  return partRows(EXAMPLE);
}

/** The first rows of a part file. @throws PairstreamError as readPartFile */
async function partRows(path: string): Promise<PartRow[]> {
  const rows: PartRow[] = [];
  for await (const block of readPartFile(path)) {
    rows.push(...block);
    if (rows.length >= EXAMPLE_ROWS) break;
  }
  return rows.slice(0, EXAMPLE_ROWS);
}

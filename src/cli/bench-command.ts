import { type Command, InvalidArgumentError } from 'commander';
import { benchFeatures } from '../bench/feature-bench.js';
import { profileFeatures } from '../bench/feature-profile.js';
import { benchEndToEnd, benchGateway, benchTowerCache } from '../bench/gateway-bench.js';
import { benchIdleStreams } from '../bench/idle-stream-bench.js';
import { benchPolars } from '../bench/polars-bench.js';
import { type BenchResult, describeRun, type Figure, tableOf, writeResult } from '../bench/result.js';
import { benchTables } from '../bench/table-bench.js';
import { benchTritonClient } from '../bench/triton-client-bench.js';
import { benchTritonGateway, benchTritonReplicas } from '../bench/triton-gateway-bench.js';
import { benchWire } from '../bench/wire-bench.js';
import { benchText } from '../bench/text-bench.js';
import { packagePath } from '../gateway/gateway.js';
import { readPartFile } from '../pairs/part-file-reader.js';
import type { PartRow } from '../pairs/part-row.js';

const VOCABULARY = packagePath('pipelines/recsys2021/vocab.txt');
const PIPELINE = packagePath('pipelines/recsys2021.yaml');
const EXAMPLE = packagePath('examples/part-00020.tsv');

/** What there is to measure, in the order it is run. */
const BENCHMARKS: Readonly<Record<string, () => Figure[] | undefined | Promise<Figure[] | undefined>>> = {
  features: () => benchFeatures(VOCABULARY),
  'feature-profile': () => profileFeatures(VOCABULARY),
  polars: () => benchPolars(VOCABULARY, PIPELINE, packagePath('.'), packagePath('.work/peers')),
  tables: () => benchTables(),
  text: async () => benchText(VOCABULARY, await exampleRows()),
  wire: async () => benchWire(VOCABULARY, await exampleRows()),
  gateway: async () => benchGateway(await exampleRows()),
  'tower-cache': async () => benchTowerCache(await exampleRows()),
  'idle-streams': async () => benchIdleStreams(await exampleRows()),
  'end-to-end': async () => benchEndToEnd(await exampleRows()),
  'triton-client': () =>
    benchTritonClient(packagePath('.'), PIPELINE, packagePath('bench/peers'), packagePath('.work/peers')),
  'triton-gateway': async () => benchTritonGateway(packagePath('.'), PIPELINE, await exampleRows()),
  'triton-replicas': async () => benchTritonReplicas(packagePath('.'), await exampleRows()),
};
const NAMES = Object.keys(BENCHMARKS);

/** Adds `bench`: measures, and keeps what was measured. */
export function registerBenchCommand(program: Command): void {
  program
    .command('bench')
    .summary('measure features, tables, text, the gateway, Triton and the whole')
    .description(
      `Measures and writes the figures with machine and commit to a folder. Benchmarks: ${NAMES.join(', ')}. Nothing else should run meanwhile.`,
    )
    .argument('[names...]', 'which ones; default: all', parseName)
    .option('--out <folder>', 'where the results go (default: bench/results of the package)')
    .option('--json', 'print the results as JSON')
    .addHelpText('after', '\nExample:\n  pairstream bench features tables')
    .action(runBench);
}

function parseName(name: string, before: readonly string[] = []): readonly string[] {
  if (!NAMES.includes(name)) throw new InvalidArgumentError(`expected one of ${NAMES.join(', ')}.`);
  return [...before, name];
}

async function runBench(
  names: readonly string[],
  { out: folder, json }: { out?: string; json?: boolean },
): Promise<void> {
  const out = folder ?? packagePath('bench/results');
  const results: BenchResult[] = [];
  for (const name of names.length === 0 ? NAMES : names) {
    console.error(`measuring ${name} ...`);
    const figures = await BENCHMARKS[name]?.();
    if (figures === undefined) continue;
    const result = describeRun(name, figures);
    writeResult(out, result);
    results.push(result);
    if (json !== true) console.log(`\n${name}\n\n${tableOf(result)}`);
  }
  if (json === true) console.log(JSON.stringify(results));
  else console.log(`\nwritten to ${out}`);
}

async function exampleRows(): Promise<PartRow[]> {
  return (await Array.fromAsync(readPartFile(EXAMPLE))).flat();
}

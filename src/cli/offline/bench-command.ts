import { type Command, InvalidArgumentError, Option } from 'commander';
import type { EnsembleSize } from '../../offline/bench/ensemble/ensemble-bench.js';
import { type BenchResult, describeRun, tableOf, writeResult } from '../../offline/bench/result.js';
import { packagePath } from '../../config/package-files.js';
import { PairstreamError } from '../../errors/pairstream-error.js';
import { makeFolder } from '../../files/output-folder.js';
import { SCORE } from '../../offline/bench/against/tree-benchmark.js';
import { COMPARED_BY_DEFAULT } from '../../offline/bench/against/turns.js';
import { BENCHMARKS, ENSEMBLE_SIZES } from './benchmarks.js';
import { compareCommits, type CompareOptions } from './compare-commits.js';
import { parseAmount, parseCount } from '../option-values.js';

const NAMES = Object.keys(BENCHMARKS);
/** Benchmarks that measure the ensemble of --size. */
const SIZED_NAMES = ['ensemble', 'forests'];
const COMPARED_NAMES = [...NAMES, SCORE];

interface BenchOptions extends Omit<CompareOptions, 'against'> {
  readonly size: EnsembleSize;
  readonly out?: string;
  readonly against?: string;
}

/** Adds `bench`: measures, and writes the results. */
export function registerBenchCommand(program: Command): void {
  program
    .command('bench')
    .summary('measure speed, latency and memory')
    .description(
      `Runs benchmarks and writes the figures, with machine and commit, to a folder. Benchmarks: ${NAMES.join(', ')}. Stop other programs first: they change the figures.`,
    )
    .argument('[names...]', 'names of benchmarks (default: all)', parseName)
    .addOption(
      new Option(
        '--size <size>',
        `ensemble that the benchmarks ${SIZED_NAMES.join(', ')} measure; \`make train SIZE=published\` trains the published one`,
      )
        .choices(ENSEMBLE_SIZES)
        .default('small'),
    )
    .option('--out <folder>', 'folder for the results (default: bench/results of the package)')
    .option('--json', 'print the results as JSON')
    .option(
      '--against <ref>',
      `compare the working tree with another commit of its git repository, by turns; also accepts the name ${SCORE}, a run of the command ${SCORE} (default names: ${COMPARED_BY_DEFAULT.join(', ')})`,
    )
    .option('--rounds <n>', 'with --against: runs of each benchmark by each of the two', parseCount, 5)
    .option('--tolerance <percent>', 'with --against: how much more a figure may cost', parseAmount, 3)
    .option('--fail-over', 'with --against: exit with 1 if a figure is slower than allowed')
    .addHelpText(
      'after',
      '\nExamples:\n  pairstream bench features tables\n  pairstream bench ensemble forests --size published\n  pairstream bench features wire --against main --fail-over',
    )
    .action(runBench);
}

function parseName(name: string, before: readonly string[] = []): readonly string[] {
  if (!COMPARED_NAMES.includes(name)) throw new InvalidArgumentError(`expected one of ${NAMES.join(', ')}.`);
  return [...before, name];
}

async function runBench(names: readonly string[], options: BenchOptions): Promise<void> {
  const { size, out: folder, against } = options;
  if (size !== 'small' && names.length > 0 && !names.some((name) => SIZED_NAMES.includes(name)))
    throw wrongOption(
      '--size',
      `--size ${size} without one of the benchmarks ${SIZED_NAMES.join(', ')}, expected both or none`,
    );
  if (size !== 'small' && against !== undefined)
    throw wrongOption('--size', `--size ${size} with --against, expected one of them`);
  const out = folder ?? packagePath('bench/results');
  if (against !== undefined) return compareCommits(names, out, { ...options, against });
  if (options.failOver === true)
    throw wrongOption('--fail-over', '--fail-over without --against, expected both');
  if (names.includes(SCORE)) throw wrongOption('names', `${SCORE} without --against, expected both`);
  await measure(names.length === 0 ? NAMES : names, size, out, options.json === true);
}

function wrongOption(field: string, problem: string): PairstreamError {
  return new PairstreamError('INVALID_CONFIG', problem, { field });
}

async function measure(
  names: readonly string[],
  size: EnsembleSize,
  out: string,
  isJson: boolean,
): Promise<void> {
  makeFolder(out);
  const results: BenchResult[] = [];
  for (const name of names) {
    console.error(`measuring ${name} ...`);
    const figures = await BENCHMARKS[name]?.(size);
    if (figures === undefined) continue;
    const isOther = SIZED_NAMES.includes(name) && size !== 'small';
    const result = isOther
      ? describeRun(`${name}-${size}`, figures, `${name} --size ${size}`)
      : describeRun(name, figures);
    writeResult(out, result);
    results.push(result);
    if (!isJson) console.log(`\n${name}\n\n${tableOf(result)}`);
  }
  if (isJson) console.log(JSON.stringify(results));
  else console.log(`\nwritten to ${out}`);
}

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Figure } from '../result.js';
import { compareFigure, type Comparison } from './comparison.js';
import { build, ComparedCommit } from './compared-commit.js';
import { runBenchmark, SCORE } from './tree-benchmark.js';

/** Benchmarks of a comparison that names none: all that need neither Triton nor another program. */
export const COMPARED_BY_DEFAULT: readonly string[] = [
  'features',
  'text',
  'tables',
  'wire',
  'gateway',
  'end-to-end',
  SCORE,
];

/** Settings of a comparison by turns. */
export interface TurnOptions {
  /** Root of the repository, whose working tree is measured. */
  readonly root: string;
  /** The other commit: a branch, tag or hash. */
  readonly ref: string;
  /** Names of benchmarks, or `score`. */
  readonly benchmarks: readonly string[];
  /** Times that each tree runs each benchmark, 1 or more. */
  readonly rounds: number;
  /** The share by which the working tree may cost more, for instance 0.03. */
  readonly tolerance: number;
  /** Rows for `score`. */
  readonly partFile: string;
  readonly signal: AbortSignal;
  readonly onTurn: (benchmark: string, round: number, tree: string) => void;
}

/** Comparisons of all figures that both commits report. */
export interface ComparedTurns {
  /** Abbreviated hash of the other commit. */
  readonly hash: string;
  readonly comparisons: readonly Comparison[];
  /** `<benchmark>: <figure>` of figures that only one of the two reports. */
  readonly unmatched: readonly string[];
}

/**
 * Compares the working tree with another commit. Both run every benchmark by turns, each turn in a process of its own: the
 * other commit, the working tree, the other commit, and so on, so that a change of the machine's pace meets both.
 * The other commit's worktree is removed at the end, also after an abort.
 * @throws PairstreamError INVALID_CONFIG for a commit that does not exist, BENCHMARK_FAILED, CANCELLED
 */
export async function compareByTurns(options: TurnOptions): Promise<ComparedTurns> {
  const { root, ref, benchmarks, signal } = options;
  await using commit = await ComparedCommit.checkOut(root, ref, signal);
  await build(root, signal);
  const out = mkdtempSync(join(tmpdir(), 'pairstream-turns-'));
  try {
    const compared: Pick<ComparedTurns, 'comparisons' | 'unmatched'>[] = [];
    for (const benchmark of benchmarks)
      compared.push(await compareBenchmark(benchmark, commit, out, options));
    return {
      hash: commit.hash,
      comparisons: compared.flatMap(({ comparisons }) => comparisons),
      unmatched: compared.flatMap(({ unmatched }) => unmatched),
    };
  } finally {
    rmSync(out, { recursive: true, force: true });
  }
}

async function compareBenchmark(
  benchmark: string,
  commit: ComparedCommit,
  out: string,
  { root, rounds, tolerance, partFile, signal, onTurn }: TurnOptions,
): Promise<Pick<ComparedTurns, 'comparisons' | 'unmatched'>> {
  const before: Figure[][] = [];
  const after: Figure[][] = [];
  for (let round = 1; round <= rounds; round += 1) {
    onTurn(benchmark, round, commit.hash);
    before.push(await runBenchmark(commit.path, benchmark, partFile, out, signal));
    onTurn(benchmark, round, 'the working tree');
    after.push(await runBenchmark(root, benchmark, partFile, out, signal));
  }
  const comparisons = (after[0] ?? []).flatMap((figure) => {
    const [samplesBefore, samplesAfter] = [valuesOf(figure.name, before), valuesOf(figure.name, after)];
    if (samplesBefore.length < rounds || samplesAfter.length < rounds) return [];
    return [compareFigure(benchmark, figure, samplesBefore, samplesAfter, tolerance)];
  });
  const matched = new Set(comparisons.map(({ name }) => name));
  const names = new Set([...before, ...after].flat().map(({ name }) => name));
  const unmatched = [...names].filter((name) => !matched.has(name)).map((name) => `${benchmark}: ${name}`);
  return { comparisons, unmatched };
}

/** Value of a figure in each round that reports it. */
function valuesOf(name: string, rounds: readonly Figure[][]): number[] {
  return rounds.flatMap((figures) =>
    figures.filter((figure) => figure.name === name).map(({ value }) => value),
  );
}

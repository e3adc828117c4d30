import { join } from 'node:path';
import { type Figure, readResult } from '../result.js';
import { runInTree } from './tree-command.js';

/** Name of the comparison that runs the command `score` instead of a benchmark. */
export const SCORE = 'score';

/**
 * Runs a benchmark in a tree through the command line of that tree, in a process of its own.
 * @param tree root of a built checkout
 * @param benchmark a name that `pairstream bench` of that tree knows, or `score`
 * @param partFile rows for `score`
 * @param out a folder of the caller for what the command writes
 * @throws PairstreamError BENCHMARK_FAILED, CANCELLED
 */
export async function runBenchmark(
  tree: string,
  benchmark: string,
  partFile: string,
  out: string,
  signal: AbortSignal,
): Promise<Figure[]> {
  const program = join(tree, 'pairstream');
  if (benchmark === SCORE) {
    const args = [SCORE, '--in', partFile, '--out', join(out, 'predictions.csv')];
    const { elapsedMs } = await runInTree(tree, program, args, signal);
    return [{ name: 'score the example file, whole process', unit: 's', value: elapsedMs / 1_000 }];
  }
  await runInTree(tree, program, ['bench', benchmark, '--out', out], signal);
  return readResult(join(out, `${benchmark}.json`)).figures;
}

import { makeFolder } from '../../files/output-folder.js';
import { packagePath } from '../../config/package-files.js';
import { comparisonFigures, comparisonTable } from '../../offline/bench/against/comparison.js';
import { compareByTurns, COMPARED_BY_DEFAULT } from '../../offline/bench/against/turns.js';
import { describeRun, writeResult } from '../../offline/bench/result.js';
import { PairstreamError } from '../../errors/pairstream-error.js';
import { withInterrupt } from '../interrupt.js';

/** Options of `bench --against`. */
export interface CompareOptions {
  /** The other commit: a branch, tag or hash. */
  readonly against: string;
  /** Times that each of the two runs each benchmark. */
  readonly rounds: number;
  /** Percent by which the working tree may cost more. */
  readonly tolerance: number;
  /** True if a figure that is slower than allowed makes the exit code 1. */
  readonly failOver?: boolean | undefined;
  readonly json?: boolean | undefined;
}

/**
 * Compares the working tree with another commit by turns; prints the comparison and writes it to a folder.
 * @param names of benchmarks, or `score`; none for the default ones
 * @param out folder for `against.json`
 * @throws PairstreamError as compareByTurns
 */
export async function compareCommits(
  names: readonly string[],
  out: string,
  { against, rounds, tolerance: tolerancePercent, failOver, json }: CompareOptions,
): Promise<void> {
  if (rounds < 1)
    throw new PairstreamError('INVALID_CONFIG', '--rounds is 0, expected 1 or more', { field: '--rounds' });
  makeFolder(out);
  const benchmarks = names.length === 0 ? COMPARED_BY_DEFAULT : [...new Set(names)];
  const tolerance = tolerancePercent / 100;
  await withInterrupt(async (signal) => {
    console.error(`building ${against} ...`);
    const { hash, comparisons, unmatched } = await compareByTurns({
      root: packagePath('.'),
      ref: against,
      benchmarks,
      rounds,
      tolerance,
      partFile: packagePath('examples/part-00020.tsv'),
      signal,
      onTurn: (benchmark, round, tree) =>
        console.error(`measuring ${benchmark}, round ${round} of ${rounds}, ${tree} ...`),
    });
    const command = `${benchmarks.join(' ')} --against ${against} --rounds ${rounds} --tolerance ${tolerancePercent}`;
    writeResult(out, describeRun('against', comparisonFigures(comparisons, hash, tolerance), command));
    if (json === true) console.log(JSON.stringify({ against: hash, comparisons, unmatched }));
    else {
      console.log(`\n${comparisonTable(comparisons, hash)}`);
      for (const name of unmatched) console.log(`not compared, only one of the two reports it: ${name}`);
      console.log(`\nwritten to ${out}`);
    }
    const isSlower = comparisons.some(({ verdict }) => verdict === 'slower');
    if (isSlower && failOver === true) process.exitCode = 1;
  });
}

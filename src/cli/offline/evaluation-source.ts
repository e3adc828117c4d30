import { statSync } from 'node:fs';
import { type Command, Option } from 'commander';
import { PairstreamError } from '../../errors/pairstream-error.js';
import type { PartRow } from '../../pairs/part-row.js';
import { STANDARD_INPUT } from '../../pairs/text-lines.js';
import { type BadRowHandler, type BadRowPolicy, badRowsOption } from '../bad-rows.js';
import { parseCount } from '../option-values.js';
import { listPartFiles } from '../part-file-list.js';
import {
  firstHeldOutDay,
  heldOutRows,
  rowsInFlight,
  rowsOfFiles,
  type TrueRows,
  worldOf,
} from './evaluation-rows.js';
import { labelledRowOptions } from './labelled-rows.js';

/** Options that `evaluate` and `evaluate-live` share. */
export interface EvaluationOptions {
  readonly in?: string[];
  readonly world?: string;
  readonly pairs: number;
  readonly resamples: number;
  readonly seed: number;
  readonly badRows: BadRowPolicy;
  readonly badRowsOut: string;
  readonly json?: boolean;
}

/** Adds the options that `evaluate` and `evaluate-live` share. @param pairCount default of `--pairs` */
export function addEvaluationOptions(command: Command, pairCount: number): Command {
  return command
    .addOption(
      new Option(
        '--in <path...>',
        'labelled part files, or folders of part files, later than the training, instead of generated rows; truth-*.csv beside them is used',
      ).conflicts(['pairs', 'world']),
    )
    .option('--world <file>', 'world.json of the training (default: beside the vocabulary)')
    .option('--pairs <n>', 'number of held-out rows to generate', parseCount, pairCount)
    .option('--resamples <n>', 'number of bootstrap resamples', parseCount, 200)
    .option('--seed <n>', 'seed of the resamples', parseCount, 1)
    .addOption(badRowsOption('the file of --bad-rows-out'))
    .option('--bad-rows-out <file>', 'file for the lines that --bad-rows skip leaves out', 'bad-rows.tsv')
    .option('--json', 'print the report as JSON');
}

/** Release that rows are scored by. */
export interface EvaluatedRelease {
  readonly pipelinePath: string;
  readonly vocabularySize: number;
  /** The statistics have learned all events before this time, Unix seconds. */
  readonly asOfS: number;
}

/** Labelled rows of an evaluation, in ascending order of time. */
export interface EvaluationSource {
  /** Rows before those to score, whose engagements may come later. */
  readonly earlier: () => Iterable<PartRow[]>;
  /** Rows to score. @param badRows handles invalid lines */
  readonly rows: (badRows: BadRowHandler) => AsyncIterable<TrueRows> | Iterable<TrueRows>;
}

/**
 * Rows of `--in`, or generated rows of the days after the training.
 * @throws PairstreamError INVALID_DATA_FILE for a missing file, or a world.json that cannot be read
 */
export function openEvaluationSource(
  { in: paths, world: worldFile, pairs }: Pick<EvaluationOptions, 'in' | 'world' | 'pairs'>,
  { pipelinePath, vocabularySize, asOfS }: EvaluatedRelease,
): EvaluationSource {
  if (paths !== undefined) {
    const files = listPartFiles(paths);
    const rows = (badRows: BadRowHandler): AsyncIterable<TrueRows> =>
      rowsOfFiles(files, labelledRowOptions(badRows, vocabularySize), () => badRows.count);
    return { earlier: () => [], rows };
  }
  const world = worldOf(pipelinePath, worldFile);
  const day = firstHeldOutDay(world, asOfS);
  return { earlier: () => rowsInFlight(world, day), rows: () => heldOutRows(world, day, pairs) };
}

/** Checks that the files of `--in` can be read several times. @throws PairstreamError INVALID_DATA_FILE for a pipe */
export function expectRereadable(paths: readonly string[] | undefined): void {
  for (const path of listPartFiles(paths ?? [])) {
    if (path !== STANDARD_INPUT && statSync(path).isFile()) continue;
    const problem = `--in ${path === STANDARD_INPUT ? '-' : path} can be read only once, expected files: the rows are read three times`;
    throw new PairstreamError('INVALID_DATA_FILE', problem, { field: '--in' });
  }
}

import type { Command } from 'commander';
import { PairstreamError } from '../../errors/pairstream-error.js';
import { type CalibrationLine, formatCalibration } from '../../offline/world/calibration.js';
import { World } from '../../offline/world/world.js';
import { writeWorldFiles } from '../../offline/world/world-files.js';
import { withInterrupt } from '../interrupt.js';
import { parseCount } from '../option-values.js';
import { openProgress } from '../progress.js';

interface GenerateCommandOptions {
  readonly pairs: number;
  readonly days: number;
  readonly users: number;
  readonly seed: number;
  readonly out: string;
  readonly firstDay: number;
  readonly json?: boolean;
}

/** Adds `generate`: days of a synthetic world as part files, with the true probabilities beside them. */
export function registerGenerateCommand(program: Command): void {
  program
    .command('generate')
    .summary('generate part files of a synthetic world, with the true probabilities')
    .description(
      'Generates days of a synthetic world. Writes part-<day>.tsv in the form of the challenge (with labels and their times), truth-<day>.csv with the true probability of each label, vocab.txt and world.json. The same seed, users and pairs per day give the same world, and each day can be generated alone. Prints statistics of the world beside the published statistics of the real data.',
    )
    .requiredOption('--pairs <n>', 'number of rows of all days together; a multiple of --days', parseCount)
    .option('--days <n>', 'number of days', parseCount, 20)
    .option(
      '--users <n>',
      'number of readers; the world has one author for every three readers',
      parseCount,
      6_000,
    )
    .option('--seed <n>', 'seed of the world', parseCount, 1)
    .requiredOption('--out <folder>', 'folder for the files; created if it is missing')
    .option(
      '--first-day <n>',
      'first day to generate; larger values give later days of the same world',
      parseCount,
      0,
    )
    .option('--json', 'print the summary as JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  pairstream generate --pairs 200000 --days 20 --users 6000 --seed 1 --out world/\n  pairstream generate --pairs 50000 --days 5 --first-day 20 --seed 1 --out later/   the five days after those',
    )
    .action((options: GenerateCommandOptions) => withInterrupt((signal) => runGenerate(options, signal)));
}

async function runGenerate(options: GenerateCommandOptions, signal: AbortSignal): Promise<void> {
  const { pairs, days, users, seed, out, firstDay } = options;
  if (days < 1)
    throw new PairstreamError('INVALID_CONFIG', `--days is ${days}, expected 1 or more`, { field: '--days' });
  if (pairs < 1 || pairs % days !== 0) {
    throw new PairstreamError(
      'INVALID_CONFIG',
      `--pairs is ${pairs}, expected a multiple of --days, which is ${days}`,
      {
        field: '--pairs',
      },
    );
  }
  const startedMs = performance.now();
  const world = new World({ seed, userCount: users, pairsPerDay: pairs / days });
  const progress = openProgress('generate', 'rows', pairs);
  let calibration: CalibrationLine[];
  try {
    calibration = await writeWorldFiles(world, {
      folder: out,
      firstDay,
      dayCount: days,
      onProgress: (rowCount) => progress.update(rowCount),
      signal,
    });
  } finally {
    progress.stop();
  }
  report(options, calibration, (performance.now() - startedMs) / 1_000);
}

function report(
  { pairs, days, out, json }: GenerateCommandOptions,
  calibration: readonly CalibrationLine[],
  elapsedS: number,
): void {
  const rowsPerSecond = Math.round(pairs / elapsedS);
  if (json === true) {
    console.log(JSON.stringify({ rowCount: pairs, dayCount: days, rowsPerSecond, folder: out, calibration }));
    return;
  }
  const withinCount = calibration.filter(({ isWithin }) => isWithin).length;
  console.log(formatCalibration(calibration));
  console.log(`${withinCount} of ${calibration.length} figures within tolerance`);
  console.log(
    `${pairs} rows of ${days} days in ${out} in ${elapsedS.toFixed(1)} s (${rowsPerSecond} rows/s)`,
  );
}

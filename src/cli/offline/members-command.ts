import type { Command } from 'commander';
import { createEmbeddedBackend } from '../../backends/embedded/create-embedded-backend.js';
import { loadConfig } from '../../config/config.js';
import { PairstreamError } from '../../errors/pairstream-error.js';
import { makeFolder } from '../../files/output-folder.js';
import { packagePath } from '../../config/package-files.js';
import { type FeatureFile, listFeatureFiles } from '../../offline/replay/feature-file-reader.js';
import { firstStages } from '../../offline/scoring/first-stages.js';
import { readTrainedDays, type TrainedDays } from '../../offline/scoring/trained-days.js';
import { writeMembers } from '../../offline/scoring/write-members.js';
import { loadModels, readReleaseFiles, type ReleaseFiles } from '../../releases/release.js';
import { withInterrupt } from '../interrupt.js';
import { parseCount } from '../option-values.js';
import { openProgress } from '../progress.js';

interface MembersCommandOptions {
  readonly features: string;
  readonly pipeline?: string;
  readonly out: string;
  readonly stages?: number;
  readonly firstDay?: number;
  readonly lastDay?: number;
  readonly ladder?: boolean;
  readonly json?: boolean;
}

/** Adds `members`: what every model of a pipeline answers to the rows of feature files. */
export function registerMembersCommand(program: Command): void {
  program
    .command('members')
    .summary('score feature files by every model of a pipeline, to train on the answers')
    .description(
      'Runs the models of a pipeline on feature files, as a gateway runs them, and writes members-<day>.arrow: the answers of every model to every row. The training of models that read others, and the fit of the ladder, read these files. Each file names the days its models were trained on. Feature files of another catalogue or vocabulary are refused.',
    )
    .requiredOption('--features <folder>', 'folder of features-<day>.arrow, as `replay` writes them')
    .option('--pipeline <file>', 'pipeline file (default: the one a gateway serves)')
    .requiredOption('--out <folder>', 'where the files go; made if it is missing')
    .option('--stages <n>', 'run the first stages alone; models of later stages need not exist', parseCount)
    .option('--first-day <n>', 'first day, as numbered in the names of the feature files', parseCount)
    .option('--last-day <n>', 'last day, included', parseCount)
    .option(
      '--ladder',
      'also write the answers of every rung that may miss models, for each choice of missing models',
    )
    .option('--json', 'print the summary as JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  pairstream members --features replayed/ --stages 1 --first-day 14 --out members/\n  pairstream members --features replayed/ --ladder --first-day 18 --out answers/',
    )
    .action((options: MembersCommandOptions) => withInterrupt((signal) => runMembers(options, signal)));
}

async function runMembers(options: MembersCommandOptions, signal: AbortSignal): Promise<void> {
  const config = loadConfig();
  const files = readReleaseFiles(options.pipeline ?? packagePath(config.pipeline));
  const chosen = { ...files, file: { ...files.file, definition: chosenStages(files, options) } };
  for (const warning of files.warnings) console.error(`warning: ${warning}`);
  const features = chosenDays(options);
  const trainedDays = readTrainedDays(chosen.file);
  makeFolder(options.out);
  const backend = createEmbeddedBackend(config, (line) => console.error(`warning: ${line}`));
  const progress = openProgress('members', 'rows');
  const startedMs = performance.now();
  let rowCount: number;
  try {
    rowCount = await writeMembers({
      release: await loadModels(chosen, backend),
      files: features,
      folder: options.out,
      trainedDays,
      scoresLadder: options.ladder ?? false,
      onProgress: (done) => progress.update(done),
      signal,
    });
  } finally {
    progress.stop();
    await backend.close();
  }
  report(options, features, trainedDays, rowCount, (performance.now() - startedMs) / 1_000);
}

function chosenStages(
  { file: { definition } }: ReleaseFiles,
  { stages, ladder }: MembersCommandOptions,
): ReleaseFiles['file']['definition'] {
  const stageCount = stages ?? definition.stages.length;
  if (ladder === true && stageCount < definition.stages.length) {
    const problem = `--stages is ${stageCount} with --ladder, expected all ${definition.stages.length} stages: rungs read models of all of them`;
    throw new PairstreamError('INVALID_CONFIG', problem, { field: '--stages' });
  }
  return firstStages(definition, stageCount);
}

/** @throws PairstreamError INVALID_CONFIG when no file is of these days */
function chosenDays({ features, firstDay, lastDay }: MembersCommandOptions): FeatureFile[] {
  const all = listFeatureFiles(features);
  const first = firstDay ?? 0;
  const last = lastDay ?? Infinity;
  const files = all.filter(({ day }) => day >= first && day <= last);
  if (files.length > 0) return files;
  const asked = lastDay === undefined ? `from ${first} on` : `${first} to ${lastDay}`;
  const problem = `days ${asked}, expected some of ${text(daysOf(all))} in ${features}`;
  throw new PairstreamError('INVALID_CONFIG', problem, {
    field: firstDay === undefined ? '--last-day' : '--first-day',
  });
}

function report(
  { out, json }: MembersCommandOptions,
  features: readonly FeatureFile[],
  trainedDays: ReadonlyMap<string, TrainedDays | null>,
  rowCount: number,
  elapsedS: number,
): void {
  const rowsPerSecond = Math.round(rowCount / elapsedS);
  const days = daysOf(features);
  if (json === true) {
    console.log(
      JSON.stringify({
        rowCount,
        fileCount: features.length,
        days,
        rowsPerSecond,
        trainedDays: Object.fromEntries(trainedDays),
        folder: out,
      }),
    );
    return;
  }
  for (const [model, trained] of trainedDays)
    console.log(
      trained === null ? `${model}: has no record of its training` : `${model}: trained on ${text(trained)}`,
    );
  console.log(
    `${rowCount} rows of ${text(days)} in ${features.length} files in ${out} in ${elapsedS.toFixed(1)} s (${rowsPerSecond} rows/s)`,
  );
}

/** @param features one or more */
function daysOf(features: readonly FeatureFile[]): TrainedDays {
  const days = features.map(({ day }) => day);
  return { first_day: Math.min(...days), last_day: Math.max(...days) };
}

function text({ first_day: first, last_day: last }: TrainedDays): string {
  return first === last ? `day ${first}` : `days ${first} to ${last}`;
}

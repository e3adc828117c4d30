import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { PairstreamError } from '../../errors/pairstream-error.js';
import { packagePath } from '../../config/package-files.js';
import { runSteps } from '../../offline/training/run-steps.js';
import { runStepCommand } from '../../offline/training/step-command.js';
import { makeFolder } from '../../files/output-folder.js';
import { TRAINING_SIZES, type TrainingSizeName } from '../../offline/training/training-size.js';
import { summaryPath, type TrainingPlan, trainingSteps } from '../../offline/training/training-steps.js';
import { withInterrupt } from '../interrupt.js';

const SHIPPED_SEED = 1;
const MS_PER_S = 1_000;
const SEED = /^\d{1,9}$/;

/** Adds `train`: every step from a synthetic world to an evaluated release. */
export function registerTrainCommand(program: Command): void {
  program
    .command('train')
    .summary('train and evaluate the whole ensemble on a synthetic world')
    .description(
      'Runs every step of the training: generate a world, replay it, train stage 1, score later days by stage 1, train stage 2, install the release, fit the ladder, evaluate. It needs a checkout of the repository and Python 3.11 or newer, and installs PyTorch into training/.venv. The output of each step goes to logs/ in the folder of the run, .work/<size> or .work/<size>-<seed>. A run that stopped resumes with the step that stopped; remove the folder to start anew.',
    )
    .option(
      '--size <name>',
      'small: the shipped models, installed into triton-models/ and pipelines/ (about 20 minutes on 2 cores); tiny: all steps with few rows and trees (under 5 minutes); published: trees, depths, widths and vocabulary as published',
      'small',
    )
    .option(
      '--seed <n>',
      'seed of the world and of every training; another seed than 1 leaves the shipped files alone',
      '1',
    )
    .addHelpText(
      'after',
      '\nExamples:\n  pairstream train --size tiny\n  make train SIZE=tiny SEED=2   the same',
    )
    .action((options: { size: string; seed: string }) =>
      withInterrupt((signal) => runTrain(options.size, options.seed, signal)),
    );
}

async function runTrain(sizeName: string, seedText: string, signal: AbortSignal): Promise<void> {
  const plan = planOf(parseSize(sizeName), parseSeed(seedText));
  const { root, work, home } = plan;
  if (!existsSync(join(root, 'scripts/training-env.sh'))) {
    const problem = `${join(root, 'training')}: no such folder, expected a checkout of the repository`;
    throw new PairstreamError('INVALID_CONFIG', problem, { field: 'training' });
  }
  makeFolder(join(root, work));
  const startedMs = performance.now();
  const elapsedS = (): number => Math.round((performance.now() - startedMs) / MS_PER_S);
  const logPath = join(root, work, 'environment.log');
  const problem = await runStepCommand(
    { program: 'scripts/training-env.sh', args: ['nets'] },
    { root, logPath, signal },
  );
  if (problem !== undefined)
    throw new PairstreamError('STEP_FAILED', `scripts/training-env.sh: ${problem}`, { field: 'training' });
  await runSteps(trainingSteps(plan), {
    root,
    folder: work,
    signal,
    onStep: (name, state) =>
      console.error(state === 'is done' ? `== ${name}: done before` : `== ${name} (${elapsedS()} s)`),
  });
  const pipeline = join(home, 'pipelines/recsys2021.yaml');
  console.error(
    `== done in ${elapsedS()} s: ${join(home, 'triton-models')}, ${join(home, 'pipelines')}, ${join(work, 'evaluation.json')}`,
  );
  console.log(readFileSync(join(root, summaryPath(plan)), 'utf8').trimEnd());
  console.log(`Serve it with: PAIRSTREAM_PIPELINE=${pipeline} ./pairstream serve`);
}

function planOf(sizeName: TrainingSizeName, seed: number): TrainingPlan {
  const work = seed === SHIPPED_SEED ? `.work/${sizeName}` : `.work/${sizeName}-${seed}`;
  const isShipped = sizeName === 'small' && seed === SHIPPED_SEED;
  return {
    size: TRAINING_SIZES[sizeName],
    seed,
    root: packagePath('.'),
    work,
    home: isShipped ? '.' : join(work, 'home'),
  };
}

function parseSize(name: string): TrainingSizeName {
  const known = Object.keys(TRAINING_SIZES);
  if (isSize(name)) return name;
  throw new PairstreamError('INVALID_CONFIG', `--size is "${name}", expected one of ${known.join(', ')}`, {
    field: '--size',
  });
}

function isSize(name: string): name is TrainingSizeName {
  return Object.hasOwn(TRAINING_SIZES, name);
}

function parseSeed(text: string): number {
  if (SEED.test(text)) return Number(text);
  const problem = `--seed is "${text}", expected a whole number of 0 or more, at most nine digits`;
  throw new PairstreamError('INVALID_CONFIG', problem, { field: '--seed' });
}

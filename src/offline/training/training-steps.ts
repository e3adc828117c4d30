import { join } from 'node:path';
import { installRelease } from './install-release.js';
import { writePipelineVariant } from './pipeline-variant.js';
import {
  FIRST_FORESTS,
  type Forest,
  type Net,
  NETS,
  SECOND_FORESTS,
  type TrainingSize,
} from './training-size.js';
import type { StepCommand, TrainingStep } from './training-step.js';

const SHIPPED_PIPELINE = 'pipelines/recsys2021.yaml';
const LANGUAGES = 'pipelines/recsys2021/languages.yaml';
const PYTHON = 'training/.venv/bin/python';
const PAIRSTREAM = './pairstream';

/** Size, seed and folders of a training. */
export interface TrainingPlan {
  readonly size: TrainingSize;
  /** Seed of the world and of every training. */
  readonly seed: number;
  /** Absolute path of the repository; the other paths are relative to it. */
  readonly root: string;
  /** Folder for everything that the training makes. */
  readonly work: string;
  /** Folder that the release is installed into: its `pipelines` and `triton-models`. */
  readonly home: string;
}

/** Paths of the files that steps write and read. */
class TrainingPaths {
  readonly world: string;
  readonly replay: string;
  readonly models: string;
  readonly members: string;
  readonly answers: string;
  readonly vocabulary: string;
  readonly wordVectors: string;
  /** Pipeline file of the training. Its paths are in the work folder. */
  readonly pipeline: string;
  /** Pipeline file of the installed release. */
  readonly installed: string;
  readonly evaluation: string;

  constructor({ size, work, home }: TrainingPlan) {
    this.world = join(work, 'world');
    this.replay = join(work, 'replay');
    this.models = join(work, 'models');
    this.members = join(work, 'members');
    this.answers = join(work, 'answers');
    this.wordVectors = join(work, 'vocabulary/word-vectors.npy');
    this.vocabulary = join(work, size.vocabularySize === undefined ? 'world' : 'vocabulary', 'vocab.txt');
    this.pipeline = join(work, 'pipeline.yaml');
    this.installed = join(home, SHIPPED_PIPELINE);
    this.evaluation = join(work, 'evaluation.json');
  }
}

/** The steps of a training, in an order in which each comes after those that it reads. */
export function trainingSteps(plan: TrainingPlan): TrainingStep[] {
  const paths = new TrainingPaths(plan);
  const first = [
    ...FIRST_FORESTS.map((forest) => forestStep(plan, paths, forest)),
    ...NETS.map((net) => netStep(plan, paths, net)),
  ];
  return [
    ...dataSteps(plan, paths),
    ...first,
    membersStep(plan, paths),
    ...SECOND_FORESTS.map((forest) => forestStep(plan, paths, forest)),
    ...releaseSteps(plan, paths),
  ];
}

/** File with the table of models, rows, time and scores, which the last step writes. */
export function summaryPath({ work }: TrainingPlan): string {
  return join(work, 'summary.txt');
}

/** World, vocabulary, pipeline file, features and statistics. */
function dataSteps({ size, seed, root, work }: TrainingPlan, paths: TrainingPaths): TrainingStep[] {
  const { world, replay, vocabulary, wordVectors, pipeline, models } = paths;
  const { pairs, days, users } = size.world;
  const worldSize = ['--pairs', `${pairs}`, '--days', `${days}`, '--users', `${users}`, '--seed', `${seed}`];
  const worldVocabulary = join(world, 'vocab.txt');
  const steps: TrainingStep[] = [
    {
      name: 'generate',
      inputs: [],
      outputs: [join(world, 'world.json'), worldVocabulary],
      action: { program: PAIRSTREAM, args: ['generate', ...worldSize, '--out', world] },
    },
  ];
  if (size.vocabularySize !== undefined)
    steps.push({
      name: 'widen the vocabulary',
      inputs: [worldVocabulary],
      outputs: [vocabulary, wordVectors],
      action: python(
        'widen-vocabulary',
        '--vocabulary',
        worldVocabulary,
        '--words',
        `${size.vocabularySize}`,
        '--seed',
        `${seed}`,
        '--out',
        join(work, 'vocabulary'),
      ),
    });
  const replayArgs = ['--in', world, '--vocabulary', vocabulary, '--out', replay];
  const bounds = ['--warm-up-days', `${size.warmUpDays}`, '--min-impressions', '0.1'];
  return [
    ...steps,
    {
      name: 'replay',
      inputs: [join(world, 'world.json'), vocabulary],
      outputs: [replay],
      action: { program: PAIRSTREAM, args: ['replay', ...replayArgs, ...bounds] },
    },
    {
      name: 'pipeline of the training',
      inputs: [SHIPPED_PIPELINE, LANGUAGES, vocabulary, replay],
      outputs: [pipeline],
      action: () =>
        writePipelineVariant(join(root, SHIPPED_PIPELINE), join(root, pipeline), {
          paths: {
            vocabulary: join(root, vocabulary),
            languages: join(root, LANGUAGES),
            statistics: join(root, replay, 'statistics.snapshot'),
            model_repository: join(root, models),
          },
          towerWidths: size.towerWidths,
        }),
    },
  ];
}

function forestStep(plan: TrainingPlan, paths: TrainingPaths, forest: Forest): TrainingStep {
  const { size } = plan;
  const isFirst = FIRST_FORESTS.some((name) => name === forest);
  const { stage1, stage2 } = size.lastDay;
  const days = isFirst
    ? ['--last-day', `${stage1}`]
    : ['--first-day', `${stage1 + 1}`, '--last-day', `${stage2}`, '--members', paths.members];
  const options = [...size.forests, ...(size.forest[forest] ?? [])];
  return {
    name: `train ${forest}`,
    inputs: [paths.replay, paths.pipeline, ...(isFirst ? [] : [paths.members])],
    outputs: [join(paths.models, forest), reportOf(plan, forest)],
    action: {
      ...python('train', '--family', forest, ...trainingOptions(plan, paths), ...options, ...days),
      stdoutPath: reportOf(plan, forest),
    },
  };
}

function netStep(plan: TrainingPlan, paths: TrainingPaths, net: Net): TrainingStep {
  const { size } = plan;
  const vectors =
    size.vocabularySize === undefined || net === 'nn1' ? [] : ['--word-vectors', paths.wordVectors];
  const options = [...size.net[net], ...vectors, '--last-day', `${size.lastDay.stage1}`];
  return {
    name: `train ${net}`,
    inputs: [paths.replay, paths.pipeline, paths.vocabulary, ...vectors.slice(1)],
    outputs: [join(paths.models, net), join(paths.models, `${net}_tweet`), reportOf(plan, net)],
    action: {
      ...python(
        'train-net',
        '--net',
        net,
        ...trainingOptions(plan, paths),
        '--vocabulary',
        paths.vocabulary,
        ...options,
      ),
      stdoutPath: reportOf(plan, net),
    },
  };
}

function trainingOptions({ seed }: TrainingPlan, { replay, pipeline, models }: TrainingPaths): string[] {
  const folders = ['--features', replay, '--pipeline', pipeline, '--out', models];
  return [...folders, '--seed', `${seed}`, '--holdout-days', '1', '--json'];
}

/** The gateway's answers of stage 1 to the days after its training. */
function membersStep({ size }: TrainingPlan, paths: TrainingPaths): TrainingStep {
  const { replay, pipeline, models, members } = paths;
  const days = ['--first-day', `${size.lastDay.stage1 + 1}`];
  return {
    name: 'answers of stage 1',
    inputs: [replay, pipeline, ...[...FIRST_FORESTS, ...NETS].map((name) => join(models, name))],
    outputs: [members],
    action: {
      program: PAIRSTREAM,
      args: [
        'members',
        '--features',
        replay,
        '--pipeline',
        pipeline,
        '--stages',
        '1',
        ...days,
        '--out',
        members,
      ],
    },
  };
}

/** The release in its place, its ladder, and its evaluation. */
function releaseSteps(plan: TrainingPlan, paths: TrainingPaths): TrainingStep[] {
  const { size, root, work, home } = plan;
  const { world, replay, models, vocabulary, installed, answers, evaluation } = paths;
  const files = [vocabulary, join(world, 'world.json'), join(replay, 'statistics.snapshot'), LANGUAGES];
  const trained = [...FIRST_FORESTS, ...NETS, ...SECOND_FORESTS].map((name) => join(models, name));
  const ladderDays = ['--first-day', `${size.lastDay.stage2 + 1}`];
  const reports = [...FIRST_FORESTS, ...NETS, ...SECOND_FORESTS].map((name) => reportOf(plan, name));
  const served = ['--features', replay, '--pipeline', installed];
  return [
    {
      name: 'install',
      inputs: [SHIPPED_PIPELINE, ...files, ...trained],
      outputs: [
        installed,
        join(home, 'pipelines/recsys2021/statistics.snapshot'),
        join(home, 'triton-models'),
      ],
      action: () => {
        if (home !== '.')
          writePipelineVariant(join(root, SHIPPED_PIPELINE), join(root, installed), {
            towerWidths: size.towerWidths,
          });
        const absolute = files.map((file) => join(root, file));
        installRelease({ files: absolute, models: join(root, models) }, join(root, home));
      },
    },
    {
      name: 'answers of both stages',
      inputs: [replay, ...trained, installed],
      outputs: [answers],
      action: {
        program: PAIRSTREAM,
        args: ['members', ...served, '--ladder', ...ladderDays, '--out', answers],
      },
    },
    {
      name: 'fit the ladder',
      inputs: [replay, answers, installed],
      outputs: [join(work, 'reports/ladder.txt')],
      action: {
        ...python('fit-ladder', ...served, '--members', answers, ...ladderDays),
        stdoutPath: join(work, 'reports/ladder.txt'),
      },
    },
    {
      name: 'evaluate',
      inputs: [installed, join(work, 'reports/ladder.txt')],
      outputs: [evaluation],
      action: {
        program: PAIRSTREAM,
        args: ['evaluate', '--pipeline', installed, ...size.evaluation, '--json'],
        stdoutPath: evaluation,
      },
    },
    {
      name: 'summary',
      inputs: [evaluation, ...reports],
      outputs: [summaryPath(plan)],
      action: { ...python('summary', '--evaluation', evaluation, ...reports), stdoutPath: summaryPath(plan) },
    },
  ];
}

/** A command of the training package. Threads that wait give their core away: on a busy machine, spinning is far slower. */
function python(...args: readonly string[]): StepCommand {
  return {
    program: PYTHON,
    args: ['-m', 'pairstream_training', ...args],
    environment: { PYTHONPATH: 'training', OMP_WAIT_POLICY: 'PASSIVE' },
  };
}

function reportOf({ work }: TrainingPlan, model: string): string {
  return join(work, 'reports', `${model}.json`);
}

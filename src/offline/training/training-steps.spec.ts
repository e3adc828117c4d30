import { describe, expect, it } from 'vitest';
import { checkSteps, dependenciesOf } from './check-steps.js';
import { TRAINING_SIZES, type TrainingSizeName } from './training-size.js';
import { type TrainingPlan, trainingSteps } from './training-steps.js';

const FIRST = ['train xgb1', 'train xgb2', 'train xgb3', 'train nn1', 'train nn2', 'train nn3'];

function planOf(size: TrainingSizeName, home = '.work/run/home'): TrainingPlan {
  return { size: TRAINING_SIZES[size], seed: 5, root: '/repository', work: '.work/run', home };
}

function argsOf(plan: TrainingPlan, name: string): readonly string[] {
  const action = trainingSteps(plan).find((step) => step.name === name)?.action;
  return typeof action === 'object' ? action.args : [];
}

describe('the steps of a training', () => {
  it.each([
    ['small', '.'],
    ['small', '.work/run/home'],
    ['tiny', '.work/run/home'],
    ['published', '.work/run/home'],
  ] as const)('of size %s into %s form a graph', (size, home) => {
    const steps = trainingSteps(planOf(size, home));
    expect(() => checkSteps(steps, (path) => !path.startsWith('.work/run/'))).not.toThrow();
    const dependencies = (name: string): string[] => [
      ...dependenciesOf(
        steps.find((step) => step.name === name)!,
        steps,
      ),
    ];
    expect(dependencies('answers of stage 1')).toEqual(expect.arrayContaining(FIRST));
    expect(dependencies('train xgb4')).toContain('answers of stage 1');
    expect(dependencies('answers of both stages')).toEqual(expect.arrayContaining(['install', 'train xgb5']));
    expect(dependencies('evaluate')).toContain('fit the ladder');
    expect(steps.at(-1)?.name).toBe('summary');
  });

  it('give every training its own days, each later than those before it', () => {
    const plan = planOf('tiny');
    expect(argsOf(plan, 'train xgb1').join(' ')).toContain('--last-day 3');
    expect(argsOf(plan, 'train nn3').join(' ')).toContain('--batch-rows 512 --last-day 3');
    expect(argsOf(plan, 'answers of stage 1').join(' ')).toContain('--stages 1 --first-day 4');
    expect(argsOf(plan, 'train xgb5').join(' ')).toContain(
      '--first-day 4 --last-day 4 --members .work/run/members',
    );
    expect(argsOf(plan, 'fit the ladder').join(' ')).toContain('--first-day 5');
  });

  it('pass the seed to the world and to every training', () => {
    for (const name of ['generate', ...FIRST, 'train xgb4', 'train xgb5'])
      expect(argsOf(planOf('tiny'), name).join(' ')).toContain('--seed 5');
  });

  it('widen the vocabulary of the published size alone, for every step that reads it', () => {
    const published = planOf('published');
    const vocabulary = '--vocabulary .work/run/vocabulary/vocab.txt';
    expect(argsOf(published, 'widen the vocabulary').join(' ')).toContain('--words 119547 --seed 5');
    for (const name of ['replay', 'train nn1', 'train nn2'])
      expect(argsOf(published, name).join(' ')).toContain(vocabulary);
    expect(argsOf(published, 'train nn2')).toContain('--word-vectors');
    expect(argsOf(published, 'train nn1')).not.toContain('--word-vectors');
    expect(argsOf(planOf('tiny'), 'widen the vocabulary')).toEqual([]);
    expect(argsOf(planOf('tiny'), 'replay').join(' ')).toContain('--vocabulary .work/run/world/vocab.txt');
  });
});

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { PairstreamError } from '../errors/pairstream-error.js';
import { readPipelineFile } from './pipeline-file.js';
import { rungsOf } from './rungs.js';

const parent = mkdtempSync(join(tmpdir(), 'ladder-'));
afterAll(() => rmSync(parent, { recursive: true }));

type Rung = Record<string, unknown>;

/** A pipeline of a stage of three, one of two that reads it, and a tower. */
function pipeline(): { models: Record<string, Record<string, unknown>>; ladder: Rung[]; blend?: unknown } {
  const pair = (input: object): Record<string, unknown> => ({
    version: '1',
    row_space: 'pair',
    inputs: { in: input },
    outputs: { out: { width: 4, combine: 'mean_of_bags' } },
  });
  const reads = { features: ['dt_dow'], members: ['a', 'b', 'c'] };
  const file = {
    version: 1,
    name: 'small',
    vocabulary: 'vocab.txt',
    statistics: 'statistics.snapshot',
    model_repository: 'models',
    models: {
      tower: {
        version: '1',
        row_space: 'tweet',
        inputs: { tokens: { tokens: 4 } },
        outputs: { out: { width: 8, combine: 'vector' } },
      },
      a: pair({ features: ['dt_dow'] }),
      b: pair({ features: ['dt_dow'] }),
      c: pair({ tower: 'tower' }),
      x: { ...pair(reads), may_miss: 2 },
      y: pair(reads),
    },
    stages: [
      ['a', 'b', 'c'],
      ['x', 'y'],
    ],
    ladder: [
      { rung: 'full', weights: { x: 0.5, y: [0.5, 0.5, 0.5, 0.5] }, rce: 23.4 },
      { rung: 'stage2', weights: { x: 0.5, y: 0.5 }, may_miss: 2, rce: null },
      { rung: 'stage1_mean', weights: { a: 0.25, b: 0.25, c: 0.5 }, may_miss: 2 },
      { rung: 'a', weights: { a: 1 } },
      { rung: 'base_rates', base_rates: true, rce: 0 },
    ] as Rung[],
  };
  return file;
}

type Pipeline = ReturnType<typeof pipeline>;

function read(change: (file: Pipeline) => unknown = () => undefined): ReturnType<typeof readPipelineFile> {
  const file = pipeline();
  change(file);
  const path = join(parent, 'small.yaml');
  writeFileSync(path, stringify(file));
  return readPipelineFile(path);
}

describe('the ladder of a pipeline file', () => {
  it.each<[string, (file: Pipeline) => unknown, string[]]>([
    ['every model is in a rung', () => undefined, []],
    ['models are read by one in a rung alone', (file) => file.ladder.splice(1, 3), []],
    [
      'no rung weighs a model',
      (file) => (file.ladder = [{ rung: 'a', weights: { a: 1 } }]),
      ['b', 'c', 'x', 'y'],
    ],
    [
      'a weight is 0',
      (file) => (file.ladder = [{ rung: 'a', weights: { a: 1, b: 0 } }]),
      ['b', 'c', 'x', 'y'],
    ],
    [
      'a blend weighs one model of two',
      (file) => {
        Reflect.deleteProperty(file, 'ladder');
        file.blend = { x: 1 };
      },
      ['y'],
    ],
  ])('warns of models without a rung when %s', (_, change, models) => {
    const warnings = models.map((model) =>
      expect.stringContaining(`small.yaml: model "${model}" is in no rung`),
    );
    expect(read(change).warnings).toEqual(warnings);
  });

  it.each([
    [
      (file: Pipeline) => (file.models['a']!['inputs'] = { in: { features: ['dt_dow', 'dt_wek'] } }),
      '- dt_wek',
      'is no known feature',
    ],
    [
      (file: Pipeline) => (file.models['b']!['inputs'] = { in: { features: ['dt_dow', 'dt_dow'] } }),
      '- dt_dow',
      'occurs twice',
    ],
    [(file: Pipeline) => (file.ladder[0]!['weights'] = { nobody: 1 }), 'nobody: 1', 'no such model'],
    [(file: Pipeline) => (file.models['x']!['may_miss'] = 77), 'may_miss: 77', 'expected less than'],
  ])('tells the line of what is wrong: %s', (change, text, problem) => {
    let error: unknown;
    try {
      read(change);
    } catch (thrown) {
      error = thrown;
    }
    const { message } = PairstreamError.from(error);
    const line = Number(/small\.yaml, line (\d+): /.exec(message)?.[1]);
    expect(readFileSync(join(parent, 'small.yaml'), 'utf8').split('\n')[line - 1]).toContain(text);
    expect(message).toContain(problem);
  });

  it('becomes rungs, best first, with what each may miss', () => {
    const priors = Float64Array.of(0.1, 0.2, 0.3, 0.4);
    const { definition } = read();
    const rungs = rungsOf(definition, priors);
    expect(rungs.map(({ name, mayMiss, rce }) => [name, mayMiss, rce])).toEqual([
      ['full', 0, 23.4],
      ['stage2', 2, null],
      ['stage1_mean', 2, null],
      ['a', 0, null],
      ['base_rates', 0, 0],
    ]);
    expect([...rungs[2]!.weights]).toEqual([
      ['a', [0.25, 0.25, 0.25, 0.25]],
      ['b', [0.25, 0.25, 0.25, 0.25]],
      ['c', [0.5, 0.5, 0.5, 0.5]],
    ]);
    expect(rungs.map(({ baseRates }) => baseRates)).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
      priors,
    ]);
    expect(Object.entries(definition.models).map(([name, model]) => [name, model.may_miss])).toEqual([
      ['tower', 0],
      ['a', 0],
      ['b', 0],
      ['c', 0],
      ['x', 2],
      ['y', 0],
    ]);
  });

  it('that is a blend is one rung, which can miss nothing', () => {
    const { definition } = read((file) => {
      file.blend = { x: 1 };
      Reflect.deleteProperty(file, 'ladder');
    });
    expect(rungsOf(definition, new Float64Array(4))).toEqual([
      { name: 'full', weights: new Map([['x', [1, 1, 1, 1]]]), mayMiss: 0, rce: null },
    ]);
  });

  it.each<[string, (file: Pipeline) => unknown, RegExp]>([
    [
      'a blend as well',
      (file) => (file.blend = { x: 1 }),
      /small\.yaml, line \d+: both blend and ladder, expected one of them/,
    ],
    [
      'neither',
      (file) => Reflect.deleteProperty(file, 'ladder'),
      /small\.yaml: neither blend nor ladder, expected one of them/,
    ],
    ['no rung', (file) => (file.ladder = []), /ladder/],
    [
      'a rung twice',
      (file) => (file.ladder[3]!['rung'] = 'stage2'),
      /ladder\[3\]\.rung: "stage2" is ladder\[1\] already/,
    ],
    [
      'a name that is none',
      (file) => (file.ladder[0]!['rung'] = 'Full!'),
      /expected a name of a-z, 0-9 and _/,
    ],
    ['a field of another name', (file) => (file.ladder[0]!['misses'] = 1), /misses/],
    [
      'a rung of nothing',
      (file) => Reflect.deleteProperty(file.ladder[4]!, 'base_rates'),
      /expected one of weights and base_rates/,
    ],
    [
      'a rung of both',
      (file) => (file.ladder[4]!['weights'] = { a: 1 }),
      /expected one of weights and base_rates/,
    ],
    [
      'base rates that miss something',
      (file) => (file.ladder[4]!['may_miss'] = 1),
      /expected none beside base_rates/,
    ],
    [
      'base rates before the rest',
      (file) => file.ladder.unshift(file.ladder.pop()!),
      /ladder\[0\]\.base_rates: before other rungs, expected last/,
    ],
    ['an RCE that is no number', (file) => (file.ladder[0]!['rce'] = 'good'), /rce/],
    [
      'a weight of an unknown model',
      (file) => (file.ladder[3]!['weights'] = { z: 1 }),
      /ladder\[3\]\.weights\.z: no such model, expected one of tower, a, b, c, x, y/,
    ],
    [
      'a weight of a tower',
      (file) => (file.ladder[3]!['weights'] = { tower: 1 }),
      /ladder\[3\]\.weights\.tower: a model of the tweet/,
    ],
    ['a negative weight', (file) => (file.ladder[3]!['weights'] = { a: -1 }), /ladder\[3\]\.weights/],
    [
      'weights that do not sum to 1',
      (file) => (file.ladder[3]!['weights'] = { a: [1, 1, 0.5, 1] }),
      /ladder\[3\]\.weights: weights sum to 0\.5 for target 2, expected 1/,
    ],
    [
      'a rung that may miss everybody',
      (file) => (file.ladder[2]!['may_miss'] = 3),
      /ladder\[2\]\.may_miss: 3, expected less than the 3 models that the rung depends on \(a, b, c\)/,
    ],
    ['a rung that may miss less than none', (file) => (file.ladder[2]!['may_miss'] = -1), /may_miss/],
    ['half a model missing', (file) => (file.ladder[2]!['may_miss'] = 1.5), /may_miss/],
    [
      'rungs in another order',
      (file) => file.ladder.splice(0, 2, file.ladder[1]!, file.ladder[0]!),
      /ladder\[1\]: "full" never answers, since "stage2" before it always can when it can/,
    ],
    [
      'a rung that needs no more than the one before it',
      (file) => (file.ladder[1]!['may_miss'] = 0),
      /ladder\[1\]: "stage2" never answers, since "full" before it/,
    ],
    [
      'a model that misses members though it reads none',
      (file) => (file.models['a']!['may_miss'] = 1),
      /models\.a\.may_miss: 1, expected 0: the model reads no other model/,
    ],
    [
      'a model that may miss all members it reads',
      (file) => (file.models['x']!['may_miss'] = 3),
      /models\.x\.may_miss: 3, expected less than 3, the number of models it reads/,
    ],
  ])('is refused with %s', (_name, damage, message) => {
    expect(() => read(damage)).toThrow(
      expect.objectContaining({ code: 'INVALID_PIPELINE', message: expect.stringMatching(message) }),
    );
  });
});

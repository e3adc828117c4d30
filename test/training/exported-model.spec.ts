import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { readForest } from '../../src/backends/forest/files/read-forest.js';
import { compileForest } from '../../src/backends/forest/layout/compile-forest.js';
import { readModelTensors } from '../../src/backends/onnx/model-tensors.js';
import { checkRepository } from '../../src/backends/triton/repository/check-repository.js';
import { NEWEST_SERVER } from '../../src/backends/triton/repository/server-version.js';
import { TARGETS } from '../../src/pairs/targets.js';
import { CATALOGUE_VERSION } from '../../src/features/catalogue-version.js';
import { FEATURE_FILE_METADATA } from '../../src/features/feature-file-contract.js';
import { type ArrowColumn, ArrowFileWriter, readArrowFile } from '../../src/files/arrow-file.js';
import { runForest } from '../support/forests/run-forest.js';
import { INSTALL_MS, preparePython, type PythonEnvironment, ROOT, runPython } from './python-environment.js';

const PIPELINE = join(ROOT, 'pipelines/recsys2021.yaml');
/** The features of xgb1, not in the order of its input. */
const NAMES = pipelineFeatures().toSorted();
const ROWS = 4_000;
const BAGS = 3;
const TOLERANCE = 1e-5;

/** Repeatable numbers in [0, 1). */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0) / 2 ** 32;
}

/** One day of features, not in the pipeline's order; the labels hang on some of them. */
function dayColumns(day: number): Record<string, Float32Array | Float64Array | Uint8Array | Int32Array> {
  const random = randomNumbers(day);
  const columns: Record<string, Float32Array | Float64Array | Uint8Array | Int32Array> = {};
  for (const name of NAMES)
    columns[name] = Float32Array.from({ length: ROWS }, () => (random() < 0.05 ? Number.NaN : random() * 8));
  columns['as_of_s'] = new Float64Array(ROWS).fill(1_613_000_000 + day * 86_400);
  columns['author_follower_count'] = new Float64Array(ROWS).fill(10);
  for (const target of TARGETS) {
    const cause = columns[`te_a_user_id_${target}`]!;
    columns[`label_${target}`] = Uint8Array.from(cause, (value) => (random() * 8 < value ? 1 : 0));
  }
  columns['day'] = new Int32Array(ROWS).fill(day);
  return columns;
}

async function writeDay(directory: string, day: number): Promise<string> {
  const path = join(directory, `features-${String(day).padStart(5, '0')}.arrow`);
  const columns: ArrowColumn[] = [
    ...NAMES.map((name) => ({ name, type: 'float32' as const })),
    { name: 'as_of_s', type: 'float64' },
    { name: 'author_follower_count', type: 'float64' },
    ...TARGETS.map((target) => ({ name: `label_${target}`, type: 'uint8' as const })),
    { name: 'day', type: 'int32' },
  ];
  const vocabulary = readFileSync(join(ROOT, 'pipelines/recsys2021/vocab.txt'));
  const writer = await ArrowFileWriter.open(path, columns, {
    [FEATURE_FILE_METADATA.catalogueVersion]: CATALOGUE_VERSION,
    [FEATURE_FILE_METADATA.vocabularySha256]: createHash('sha256').update(vocabulary).digest('hex'),
  });
  await writer.writeBatch(dayColumns(day), ROWS);
  await writer.close();
  return path;
}

/** The features of xgb1 in the order of its input. */
function pipelineFeatures(): readonly string[] {
  const { models } = parse(readFileSync(PIPELINE, 'utf8')) as {
    models: { xgb1: { inputs: { input__0: { features: string[] } } } };
  };
  return models.xgb1.inputs.input__0.features;
}

/** Rows of a feature file in the order the pipeline file gives the model. */
async function inputRows(path: string, names: readonly string[]): Promise<Float32Array> {
  const rows = new Float32Array(ROWS * names.length);
  let done = 0;
  for await (const { rowCount, columns } of readArrowFile(path)) {
    names.forEach((name, f) => {
      const values = columns.get(name) as Float32Array;
      for (let r = 0; r < rowCount; r += 1) rows[(done + r) * names.length + f] = values[r]!;
    });
    done += rowCount;
  }
  return rows;
}

/** Answers of the forest walker for a model's version folder. */
function answer(version: string, rows: Float32Array): Float32Array {
  const path = join(version, 'xgboost.ubj');
  const forest = compileForest(readForest(readFileSync(path), path), { maxBytes: 2 ** 28, scratchCount: 1 });
  return runForest(forest, rows, rows.length / NAMES.length);
}

function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  expect(a.length).toBe(b.length);
  let largest = 0;
  for (let i = 0; i < a.length; i += 1) largest = Math.max(largest, Math.abs(a[i]! - b[i]!));
  return largest;
}

describe('a model trained from feature files of this code', () => {
  const directory = mkdtempSync(join(tmpdir(), 'pairstream-training-'));
  const model = join(directory, 'models/xgb1/1');
  let python: PythonEnvironment;
  let lastDay = '';

  beforeAll(async () => {
    python = await preparePython();
    if (python.status !== 0) return;
    await writeDay(directory, 3);
    lastDay = await writeDay(directory, 4);
    const args = ['--features', directory, '--pipeline', PIPELINE, '--out', join(directory, 'models')];
    const options = ['--trees', '5', '--min-child-weight', '5', '--threads', '1', '--holdout-days', '1'];
    const trained = await runPython(['pairstream_training', 'train', ...args, ...options]);
    if (trained.status !== 0) throw new Error(trained.output);
  }, INSTALL_MS);

  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  it('answers its golden rows in the forest walker, missing values included', (context) => {
    if (python.isOptionalAndMissing) context.skip(python.output);
    const golden = JSON.parse(readFileSync(join(model, 'golden.json'), 'utf8')) as {
      inputs: { input__0: (number | null)[][] };
      outputs: { output__0: number[][] };
    };
    const inputs = golden.inputs.input__0.flat();
    expect(inputs).toContain(null);
    const rows = Float32Array.from(inputs, (value) => value ?? Number.NaN);
    const expected = golden.outputs.output__0.flat();
    expect(largestDifference(answer(model, rows), expected)).toBeLessThan(TOLERANCE);
  });

  it('gives the probabilities that XGBoost gives in Python for a feature file', async (context) => {
    if (python.isOptionalAndMissing) context.skip(python.output);
    const out = join(directory, 'p.arrow');
    const args = ['--features', lastDay, '--model', join(model, 'xgboost.ubj'), '--out', out];
    expect(await runPython(['pairstream_training', 'predict', ...args])).toMatchObject({ status: 0 });
    const outputs = answer(model, await inputRows(lastDay, pipelineFeatures()));
    const [batch] = await Array.fromAsync(readArrowFile(out));
    TARGETS.forEach((target, t) => {
      const mean = Float32Array.from({ length: ROWS }, (_, row) => {
        const bags = [0, 1, 2].map((bag) => outputs[row * BAGS * TARGETS.length + bag * TARGETS.length + t]!);
        return bags.reduce((sum, value) => sum + value, 0) / BAGS;
      });
      const expected = batch!.columns.get(target) as Float32Array;
      expect(Math.max(...expected) - Math.min(...expected)).toBeGreaterThan(0.1);
      expect(largestDifference(mean, expected)).toBeLessThan(TOLERANCE);
    });
  });

  it('is a model repository in which nothing is wrong, once its checkpoint is derived', async (context) => {
    if (python.isOptionalAndMissing) context.skip(python.output);
    const rulesOf = async (): Promise<string[]> => {
      const options = { serverVersion: NEWEST_SERVER, readTensors: readModelTensors };
      return (await checkRepository(join(directory, 'models'), options)).findings.map(({ rule }) => rule);
    };
    // What it was trained on is for the training alone, and no business of a server's.
    expect(readdirSync(model).toSorted()).toEqual([
      'SHA256SUMS',
      'golden.json',
      'training.json',
      'xgboost.ubj',
    ]);
    expect(await rulesOf()).toEqual(['checkpoint-missing']);
    const derived = await runPython([
      'pairstream_training',
      'checkpoint',
      '--models',
      join(directory, 'models'),
    ]);
    expect(derived).toMatchObject({ status: 0 });
    expect(await rulesOf()).toEqual([]);
  });
});

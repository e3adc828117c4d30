import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TweetRows } from '../../src/features/tweet-rows.js';
import { PairBatchBuilder } from '../../src/pairs/pair-batch-builder.js';
import type { PartRow } from '../../src/pairs/part-row.js';
import { TARGETS } from '../../src/pairs/targets.js';
import type { Release } from '../../src/releases/release.js';
import type { JoinResult } from '../../src/offline/join/join-log.js';
import { FeatureFiles } from '../../src/offline/replay/feature-files.js';
import { REPLAY_FEATURES } from '../../src/offline/replay/replay.js';
import { RowRecorder } from '../../src/offline/replay/row-recorder.js';
import { readArrowFile, readArrowMetadata } from '../../src/files/arrow-file.js';
import { exampleRows } from '../support/requests/example-rows.js';
import { expectSameAnswers, FIRST_STAGE, liveColumns } from '../support/requests/live-columns.js';
import { startLearningGateway } from '../support/feedback/learning-gateway.js';
import {
  EXAMPLE_FILE,
  SHIPPED_PIPELINE,
  startTestGateway,
  type TestGateway,
} from '../support/gateway/test-gateway.js';
import { readMarkdownBlocks } from '../support/processes/markdown-blocks.js';
import { runCommand } from '../support/processes/cli-process.js';
import { INSTALL_MS, preparePython, type PythonEnvironment, ROOT, runPython } from './python-environment.js';

const ROW_COUNT = 12_000;
const MEMBER_TOLERANCE = 1e-6;
/** Writes what the release computes of the rows, from its tables as they are, as a feature file. */
async function exportFeatures(
  folder: string,
  { vocabulary, statistics }: Release,
  rows: readonly PartRow[],
): Promise<string> {
  const builder = new PairBatchBuilder();
  for (const row of rows) builder.addPartRow(row);
  const recorder = new RowRecorder(REPLAY_FEATURES, statistics);
  const tweetRows = new TweetRows(vocabulary, statistics, 'all');
  tweetRows.begin(builder.toBatch());
  recorder.begin(tweetRows.batch);
  const pairIndexes = Uint32Array.from(rows, (_, i) => i);
  recorder.write(tweetRows, pairIndexes, 0, rows.length);
  const files = new FeatureFiles(folder, REPLAY_FEATURES, vocabulary.sha256);
  await files.append(0, rows, recorder.values, recorder.keys);
  await files.close();
  return files.paths[0]!;
}

/** Columns of an Arrow file, whole. */
async function readColumns(path: string): Promise<Map<string, Float32Array>> {
  const parts = new Map<string, number[]>();
  for await (const { columns } of readArrowFile(path))
    for (const [name, values] of columns)
      if (values instanceof Float32Array) parts.set(name, [...(parts.get(name) ?? []), ...values]);
  return new Map([...parts].map(([name, values]) => [name, Float32Array.from(values)]));
}

function largestDifference(a: Float32Array, b: Float32Array): number {
  expect(a).toHaveLength(b.length);
  return a.reduce((largest, value, row) => Math.max(largest, Math.abs(value - b[row]!)), 0);
}

describe('the shipped release', () => {
  const folder = mkdtempSync(join(tmpdir(), 'live-agreement-'));
  let python: PythonEnvironment;
  let served: TestGateway;
  let rows: readonly PartRow[];
  /** What XGBoost and ONNX Runtime answer in Python to the exported features of the rows. */
  let inPython: Map<string, Float32Array>;

  beforeAll(async () => {
    [python, served] = await Promise.all([preparePython(), startTestGateway()]);
    rows = await exampleRows(ROW_COUNT);
    const features = await exportFeatures(folder, served.release, rows);
    if (python.status !== 0) return;
    const out = join(folder, 'p.arrow');
    const args = ['--features', features, '--pipeline', SHIPPED_PIPELINE, '--out', out];
    const finished = await runPython(['pairstream_training', 'predict-pipeline', ...args]);
    if (finished.status !== 0) throw new Error(finished.output);
    inPython = await readColumns(out);
  }, INSTALL_MS);
  afterAll(async () => {
    rmSync(folder, { recursive: true });
    await served[Symbol.asyncDispose]();
  });

  it(`answers ${ROW_COUNT} live pairs as XGBoost and ONNX Runtime do in Python on the exported features`, async (context) => {
    if (python.isOptionalAndMissing) context.skip(python.output);
    const live = await liveColumns(served.client, rows);
    for (const target of TARGETS) {
      const expected = inPython.get(target)!;
      expect(expected).toHaveLength(ROW_COUNT);
      expect(Math.max(...expected) - Math.min(...expected)).toBeGreaterThan(0.01);
      // The members do not say the same.
      const first = FIRST_STAGE.map((model) => inPython.get(`${model}_${target}`)![0]);
      expect(new Set(first).size).toBe(FIRST_STAGE.length);
    }
    expectSameAnswers(live, inPython, MEMBER_TOLERANCE);
  });

  it('gives the training what XGBoost and ONNX Runtime answer in Python, from `pairstream members`', async (context) => {
    if (python.isOptionalAndMissing) context.skip(python.output);
    const pipeline = ['--features', folder, '--pipeline', SHIPPED_PIPELINE];
    const stage1 = await runCommand([
      'members',
      ...pipeline,
      '--stages',
      '1',
      '--out',
      join(folder, 'stage1'),
    ]);
    expect(stage1).toMatchObject({ exitCode: 0, stderr: '' });
    const seen = await readColumns(join(folder, 'stage1/members-00000.arrow'));
    const names = FIRST_STAGE.flatMap((model) => TARGETS.map((target) => `${model}_${target}`));
    expect([...seen.keys()].toSorted()).toEqual(names.toSorted());
    for (const name of names)
      expect(largestDifference(seen.get(name)!, inPython.get(name)!)).toBeLessThan(MEMBER_TOLERANCE);
  });

  it('trains a model on the joined features that a gateway served, by the command of the guide', async (context) => {
    if (python.isOptionalAndMissing) context.skip(python.output);
    const work = join(folder, 'served');
    const rowCount = 2_000;
    mkdirSync(work);
    const part = join(work, 'part-00020.tsv');
    const lines = readFileSync(EXAMPLE_FILE, 'utf8').split('\n').slice(0, rowCount);
    writeFileSync(part, `${lines.join('\n')}\n`);
    const features = join(work, 'features');
    const gateway = await startLearningGateway(join(work, 'state'), {
      featureLogDir: features,
      featureLogOneIn: 1,
    });
    try {
      const args = ['feedback', '--in', part, '--target', gateway.target, '--with-scores'];
      expect(await runCommand(args)).toMatchObject({ exitCode: 0 });
    } finally {
      await gateway[Symbol.asyncDispose]();
    }
    const joined = join(work, 'joined');
    const logs = ['--features', features, '--log', join(work, 'state'), '--out', joined];
    const { stdout } = await runCommand(['join-log', ...logs, '--keep-open', '--json']);
    const { joinedRowCount } = JSON.parse(stdout) as JoinResult;
    expect(joinedRowCount).toBeGreaterThan(rowCount / 2);

    const guide = join(ROOT, 'docs/guides/train-from-served-features.md');
    const command = readMarkdownBlocks(guide).find(({ text }) => text.includes('pairstream_training train'));
    const models = join(work, 'models');
    const [, line] = /-m (pairstream_training train [^]*)/.exec(command?.text ?? '') ?? [];
    const words = (line ?? '').replaceAll('\\\n', ' ').trim().split(/\s+/);
    const paths = new Map([
      ['.work/joined', joined],
      ['.work/models', models],
      ['pipelines/recsys2021.yaml', SHIPPED_PIPELINE],
    ]);
    const train = words.map((word) => paths.get(word) ?? word);
    // One tree for each bag, and leaves of few rows.
    const trained = await runPython([...train, '--trees', '1', '--min-child-weight', '1', '--json']);
    expect(trained).toMatchObject({ status: 0 });
    expect(trained.output).toContain(`"training_rows": ${joinedRowCount}`);
    expect(existsSync(join(models, 'xgb1/1/xgboost.ubj'))).toBe(true);
  });

  it('gives the fit of the ladder its answers without each choice of two models', async () => {
    const out = join(folder, 'answers');
    const args = ['--features', folder, '--pipeline', SHIPPED_PIPELINE, '--ladder', '--out', out];
    expect(await runCommand(['members', ...args])).toMatchObject({ exitCode: 0, stderr: '' });
    const path = join(out, 'members-00000.arrow');
    const metadata = await readArrowMetadata(path);
    const choices = JSON.parse(metadata.get('ladder_choices')!) as { rung: string; missing: string[] }[];
    expect(choices).toHaveLength(15);
    expect(new Set(choices.map(({ rung }) => rung))).toEqual(new Set(['stage2']));
    expect(JSON.parse(metadata.get('trained_days')!)).toMatchObject({
      xgb5: { first_day: 14, last_day: 17 },
    });
    const seen = await readColumns(path);
    const whole = TARGETS.map((target) =>
      seen.get(`xgb4_${target}`)!.map((value, row) => (value + seen.get(`xgb5_${target}`)![row]!) / 2),
    );
    for (const [i] of choices.entries())
      for (const [t, target] of TARGETS.entries()) {
        const without = seen.get(`choice${i}_${target}`)!;
        expect(without.every((value) => value > 0 && value < 1)).toBe(true);
        expect(largestDifference(without, whole[t]!)).toBeGreaterThan(1e-4);
      }
  });
});

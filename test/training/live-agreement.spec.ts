import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TweetRows } from '../../src/features/tweet-rows.js';
import { PairBatchBuilder } from '../../src/pairs/pair-batch-builder.js';
import type { PartRow } from '../../src/pairs/part-row.js';
import { TARGETS } from '../../src/pairs/targets.js';
import type { Release } from '../../src/releases/release.js';
import { FeatureFiles } from '../../src/offline/replay/feature-files.js';
import { REPLAY_FEATURES } from '../../src/offline/replay/replay.js';
import { RowRecorder } from '../../src/offline/replay/row-recorder.js';
import { readArrowFile } from '../../src/files/arrow-file.js';
import { exampleRows } from '../support/requests/example-rows.js';
import { expectSameAnswers, FIRST_STAGE, liveColumns } from '../support/requests/live-columns.js';
import { SHIPPED_PIPELINE, startTestGateway, type TestGateway } from '../support/gateway/test-gateway.js';
import { INSTALL_MS, preparePython, type PythonEnvironment, runPython } from './python-environment.js';

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
  const message = new TweetRows(vocabulary, statistics, true);
  message.begin(builder.toBatch());
  recorder.begin(message.batch);
  const pairIndexes = Uint32Array.from(rows, (_, i) => i);
  recorder.write(message, pairIndexes, 0, rows.length);
  const files = new FeatureFiles(folder, REPLAY_FEATURES, vocabulary.sha256);
  await files.append(0, rows, recorder.values, recorder.keys);
  await files.close();
  return files.paths[0]!;
}

describe('live predictions of the shipped release', () => {
  const folder = mkdtempSync(join(tmpdir(), 'live-agreement-'));
  let python: PythonEnvironment;
  let served: TestGateway;

  beforeAll(async () => {
    [python, served] = await Promise.all([preparePython(), startTestGateway()]);
  }, INSTALL_MS);
  afterAll(async () => {
    rmSync(folder, { recursive: true });
    await served[Symbol.asyncDispose]();
  });

  it(`equal XGBoost and ONNX Runtime in Python on the exported features, for ${ROW_COUNT} pairs`, async (context) => {
    if (python.isOptionalAndMissing) context.skip(python.output);
    const rows = await exampleRows(ROW_COUNT);
    const features = await exportFeatures(folder, served.release, rows);
    const out = join(folder, 'p.arrow');
    const pipeline = SHIPPED_PIPELINE;
    const args = ['--features', features, '--pipeline', pipeline, '--out', out];
    expect(await runPython(['pairstream_training', 'predict-pipeline', ...args])).toMatchObject({
      status: 0,
    });
    const live = await liveColumns(served.client, rows);
    const batches = await Array.fromAsync(readArrowFile(out));
    const inPython = (column: string): number[] =>
      batches.flatMap(({ columns }) => [...(columns.get(column) as Float32Array)]);
    for (const target of TARGETS) {
      const expected = inPython(target);
      expect(expected).toHaveLength(ROW_COUNT);
      expect(Math.max(...expected) - Math.min(...expected)).toBeGreaterThan(0.01);
      // The members do not say the same.
      const first = FIRST_STAGE.map((model) => inPython(`${model}_${target}`)[0]);
      expect(new Set(first).size).toBe(FIRST_STAGE.length);
    }
    const columns = [...live.keys()].map((name) => [name, inPython(name)] as const);
    expectSameAnswers(live, new Map(columns), MEMBER_TOLERANCE);
  });
});

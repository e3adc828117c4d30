import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ServerError } from '../../src/client/index.js';
import { PairBatchBuilder } from '../../src/pairs/pair-batch-builder.js';
import type { PartRow } from '../../src/pairs/part-row.js';
import { TARGETS } from '../../src/pairs/targets.js';
import type { Release } from '../../src/releases/release.js';
import { ArrowFileWriter, readArrowFile } from '../../src/tensor/arrow-file.js';
import { exampleRows, requestOf } from '../support/example-rows.js';
import { startTestGateway, type TestGateway } from '../support/test-gateway.js';
import { INSTALL_MS, preparePython, type PythonEnvironment, ROOT, runPython } from './python-environment.js';

const ROW_COUNT = 12_000;
const MESSAGE_PAIRS = 500;
const TOLERANCE = 1e-5;

/** Writes what the release's own plan computes for the rows as a feature file. */
async function exportFeatures(
  path: string,
  { inputPlans }: Release,
  rows: readonly PartRow[],
): Promise<void> {
  const { plan, featureNames } = inputPlans[0]!;
  const builder = new PairBatchBuilder();
  for (const row of rows) builder.addPartRow(row);
  const values = new Float32Array(rows.length * plan.width);
  plan.write(
    builder.toBatch(),
    Uint32Array.from(rows, (_, i) => i),
    0,
    rows.length,
    values,
    0,
  );
  const columns: Record<string, Float32Array | Float64Array | Uint8Array | Int32Array> = {
    as_of_s: Float64Array.from(rows, ({ tweetCreatedAtS }) => tweetCreatedAtS),
    author_follower_count: Float64Array.from(rows, ({ author }) => author.followerCount),
    day: new Int32Array(rows.length),
  };
  featureNames.forEach((name, f) => {
    columns[name] = Float32Array.from(rows, (_, row) => values[row * plan.width + f]!);
  });
  TARGETS.forEach((target, t) => {
    columns[`label_${target}`] = Uint8Array.from(rows, (row) => (row.engagementTimesS?.[t] == null ? 0 : 1));
  });
  const writer = await ArrowFileWriter.open(path, [
    ...featureNames.map((name) => ({ name, type: 'float32' as const })),
    { name: 'as_of_s', type: 'float64' },
    { name: 'author_follower_count', type: 'float64' },
    ...TARGETS.map((target) => ({ name: `label_${target}`, type: 'uint8' as const })),
    { name: 'day', type: 'int32' },
  ]);
  await writer.writeBatch(columns, rows.length);
  await writer.close();
}

/** Probabilities that a running gateway answers over a stream, by target. */
async function scoreLive({ client }: TestGateway, rows: readonly PartRow[]): Promise<Float32Array[]> {
  const requests = Array.from({ length: rows.length / MESSAGE_PAIRS }, (_, i) =>
    requestOf(rows.slice(i * MESSAGE_PAIRS, (i + 1) * MESSAGE_PAIRS)),
  );
  const columns = TARGETS.map(() => new Float32Array(rows.length));
  for await (const { index, output } of client.predictStream(requests)) {
    if (output instanceof ServerError) throw output;
    TARGETS.forEach((target, t) => columns[t]!.set(output[target], index * MESSAGE_PAIRS));
  }
  return columns;
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

  it(`equal XGBoost in Python on the exported features, for ${ROW_COUNT} pairs`, async (context) => {
    if (python.isOptionalAndMissing) context.skip(python.output);
    const rows = await exampleRows(ROW_COUNT);
    const [features, out] = [join(folder, 'features-00000.arrow'), join(folder, 'p.arrow')];
    await exportFeatures(features, served.gateway.release, rows);
    const model = join(ROOT, 'triton-models/xgb1/1/xgboost.ubj');
    const finished = await runPython([
      'pairstream_training',
      'predict',
      '--features',
      features,
      '--model',
      model,
      '--out',
      out,
    ]);
    expect(finished).toMatchObject({ status: 0 });
    const live = await scoreLive(served, rows);
    const batches = await Array.fromAsync(readArrowFile(out));
    TARGETS.forEach((target, t) => {
      const expected = batches.flatMap(({ columns }) => [...(columns.get(target) as Float32Array)]);
      expect(expected).toHaveLength(ROW_COUNT);
      const largest = expected.reduce(
        (most, value, row) => Math.max(most, Math.abs(value - live[t]![row]!)),
        0,
      );
      expect(largest).toBeLessThan(TOLERANCE);
      expect(Math.max(...expected) - Math.min(...expected)).toBeGreaterThan(0.01);
    });
  });
});

import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import type { ModelHandle, ModelLocation } from '../../../src/backends/backend.js';
import { EmbeddedBackend } from '../../../src/backends/embedded/embedded-backend.js';
import { PairstreamError } from '../../../src/errors/pairstream-error.js';
import { smallModel, xgboostTree } from '../../support/forests/small-model.js';
import { ROOT } from '../../support/gateway/test-gateway.js';

const XGB1 = { name: 'xgb1', version: '1', directory: join(ROOT, 'triton-models/xgb1') };
const [FEATURES, OUTPUTS] = [70, 12];
const accept = (): Promise<void> => Promise.resolve();
const parent = mkdtempSync(join(tmpdir(), 'embedded-'));
const open: EmbeddedBackend[] = [];
afterEach(async () => {
  for (const backend of open.splice(0)) await backend.close();
});
afterAll(() => rmSync(parent, { recursive: true }));

function start(options: ConstructorParameters<typeof EmbeddedBackend>[0] = {}): EmbeddedBackend {
  const backend = new EmbeddedBackend({ onnxThreadCount: 1, ...options });
  open.push(backend);
  return backend;
}

/** A model folder with files of version 1: bytes, or the path of a file to copy. */
function folderOf(files: Readonly<Record<string, Buffer | string>>): ModelLocation {
  const directory = mkdtempSync(join(parent, 'model-'));
  mkdirSync(join(directory, '1'));
  for (const [name, content] of Object.entries(files)) {
    const path = join(directory, '1', name);
    if (typeof content === 'string') copyFileSync(content, path);
    else writeFileSync(path, content);
  }
  return { name: 'small', version: '1', directory };
}

/** A forest of one tree, a chain: row values of feature 0 below 0 end after 1 split, greater ones after as many as they are large. */
function chainModel(depth: number): Buffer {
  const of = (split: (level: number) => number, leaf: (level: number) => number): number[] =>
    Array.from({ length: 2 * depth + 1 }, (_, node) =>
      node % 2 === 0 && node < 2 * depth ? split(node / 2) : leaf(Math.floor(node / 2)),
    );
  const tree = xgboostTree({
    left: of(
      (level) => 2 * level + 1,
      () => -1,
    ),
    right: of(
      (level) => 2 * level + 2,
      () => -1,
    ),
    feature: of(
      () => 0,
      () => 0,
    ),
    value: of(
      (level) => level,
      (level) => (level < depth / 2 ? 0.25 : 0.75),
    ),
    defaultLeft: of(
      () => 0,
      () => 0,
    ),
  });
  return smallModel(
    ['learner.gradient_booster.model.trees', [tree]],
    ['learner.gradient_booster.model.tree_info', [0]],
    ['learner.learner_model_param.num_target', '1'],
    ['learner.learner_model_param.base_score', '5E-1'],
  );
}

/** Rows of every size: numbers, zeros, infinities and missing values. */
function rowsOf(rowCount: number, seed: number): Float32Array<ArrayBuffer> {
  const special = [Number.NaN, 0, -0, Infinity, -Infinity];
  return Float32Array.from({ length: rowCount * FEATURES }, (_, i) => {
    const at = (i * 7_919 + seed * 104_729) % 10_007;
    return at % 9 < special.length ? special[at % 9]! : (at / 10_007) ** 4 * 1_000;
  });
}

async function infer(
  model: ModelHandle,
  data: Float32Array<ArrayBuffer>,
  context: { deadlineMs?: number; signal?: AbortSignal } = {},
): Promise<Float32Array> {
  const rowCount = data.length / FEATURES;
  const output = { data: new Float32Array(rowCount * OUTPUTS), width: OUTPUTS };
  const inputs = new Map([['input__0', { data, width: FEATURES }]]);
  const { deadlineMs = Infinity, signal = new AbortController().signal } = context;
  await model.infer(rowCount, inputs, new Map([['output__0', output]]), { deadlineMs, signal });
  return output.data;
}

describe('forests of the embedded backend', () => {
  it('say what they take and give', async () => {
    const model = await start().load(XGB1, accept);
    expect(model.metadata).toMatchObject({
      inputs: [{ name: 'input__0', datatype: 'FP32', shape: [-1, FEATURES] }],
      outputs: [{ name: 'output__0', datatype: 'FP32', shape: [-1, OUTPUTS] }],
    });
  });

  it('that were begun are loaded from what was read then', async () => {
    // One thread loads in order: when it refuses the damaged forest, it has read the other.
    const backend = start({ forestThreadCount: 1 });
    const location = folderOf({ 'xgboost.ubj': join(XGB1.directory, '1/xgboost.ubj') });
    const damaged = folderOf({ 'xgboost.ubj': Buffer.from('no forest') });
    backend.begin([folderOf({}), location, damaged]);
    await expect(backend.load(damaged, accept)).rejects.toMatchObject({ code: 'INVALID_MODEL' });
    rmSync(join(location.directory, '1'), { recursive: true });
    mkdirSync(join(location.directory, '1'));
    writeFileSync(join(location.directory, '1/xgboost.ubj'), 'changed');
    const model = await backend.load(location, accept);
    const rows = rowsOf(3, 1);
    expect(await infer(model, rows)).toEqual(await infer(await start().load(XGB1, accept), rows));
    await expect(backend.load(location, accept)).rejects.toMatchObject({ code: 'INVALID_MODEL' });
  });

  it('and nets are refused before they run if the check of their file refuses the hash', async () => {
    const seen: string[] = [];
    const checkFile = (file: string, sha256: string): void => {
      seen.push(`${file} ${sha256}`);
      throw new PairstreamError('INVALID_MODEL', `not this ${file}`);
    };
    const nn1 = { name: 'nn1', version: '1', directory: join(ROOT, 'triton-models/nn1') };
    for (const location of [XGB1, nn1, folderOf({ 'xgboost.ubj': Buffer.from('no forest') })])
      await expect(start().load({ ...location, checkFile }, accept)).rejects.toThrow('not this');
    const recorded = readFileSync(join(nn1.directory, '1/SHA256SUMS'), 'utf8');
    expect(recorded).toContain(seen[1]!.split(' ')[1]);
    expect(seen.map((line) => line.split(' ')[0])).toEqual(['xgboost.ubj', 'model.onnx', 'xgboost.ubj']);
  });

  it.each([1, 2])('answer a row alike in calls of every size, with %i threads', async (forestThreadCount) => {
    const model = await start({ forestThreadCount }).load(XGB1, accept);
    const rows = rowsOf(2_500, 1);
    const alone = new Float32Array(2_500 * OUTPUTS);
    for (let row = 0; row < 2_500; row += 1)
      alone.set(await infer(model, rows.slice(row * FEATURES, (row + 1) * FEATURES)), row * OUTPUTS);
    for (const rowCount of [2, 8, 9, 255, 256, 257, 511, 1_023, 1_024, 1_025, 2_500])
      expect([rowCount, await infer(model, rows.slice(0, rowCount * FEATURES))]).toEqual([
        rowCount,
        alone.slice(0, rowCount * OUTPUTS),
      ]);
  });

  it('answer many calls at once, of which most wait', async () => {
    const backend = start({ forestThreadCount: 1 });
    const [first, second] = [await backend.load(XGB1, accept), await backend.load(XGB1, accept)];
    const calls = Array.from({ length: 40 }, (_, i) => rowsOf(20 + 13 * i, i));
    const expected = [];
    for (const rows of calls) expected.push(await infer(first, rows));
    const answers = await Promise.all(calls.map((rows, i) => infer(i % 2 === 0 ? first : second, rows)));
    expect(answers).toEqual(expected);
  });

  it('hear a cancel and a deadline, also in calls that wait', async () => {
    const model = await start({ forestThreadCount: 1 }).load(XGB1, accept);
    for (const rowCount of [1, 100]) {
      const rows = rowsOf(rowCount, 1);
      await expect(infer(model, rows, { signal: AbortSignal.abort() })).rejects.toMatchObject({
        code: 'CANCELLED',
      });
      await expect(infer(model, rows, { deadlineMs: performance.now() - 1 })).rejects.toMatchObject({
        code: 'DEADLINE_EXCEEDED',
      });
    }
    const controller = new AbortController();
    const calls = Array.from({ length: 12 }, () =>
      infer(model, rowsOf(1_024, 1), { signal: controller.signal }),
    );
    const settled = Promise.allSettled(calls);
    controller.abort();
    const outcomes = await settled;
    const refusals = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []));
    expect(refusals).not.toEqual([]);
    expect(refusals).toEqual(refusals.map(() => expect.objectContaining({ code: 'CANCELLED' })));
  });

  it('are refused tensors of another name or width', async () => {
    const model = await start().load(XGB1, accept);
    const matrix = (width: number) => ({ data: new Float32Array(9 * width), width });
    const context = { deadlineMs: Infinity, signal: new AbortController().signal };
    const output = new Map([['output__0', matrix(OUTPUTS)]]);
    await expect(model.infer(9, new Map([['input__0', matrix(69)]]), output, context)).rejects.toThrow(
      'model xgb1 1: input__0: 69 values per row, expected FP32 with 70 values per row',
    );
    await expect(model.infer(9, new Map([['other', matrix(70)]]), output, context)).rejects.toThrow(
      'model xgb1 1: input__0: only other, expected FP32 with 70 values per row',
    );
  });

  it('are released, and leave the others as they are', async () => {
    const backend = start({ forestThreadCount: 2 });
    const kept = await backend.load(XGB1, accept);
    const expected = await infer(kept, rowsOf(600, 3));
    for (let i = 0; i < 5; i += 1) {
      const other = await backend.load(XGB1, accept);
      expect(await infer(other, rowsOf(600, 3))).toEqual(expected);
      await other.release!();
      expect(await infer(kept, rowsOf(600, 3))).toEqual(expected);
    }
  });

  it('are refused by their check, which sees the model', async () => {
    const refuse = (model: ModelHandle): Promise<void> =>
      Promise.reject(new PairstreamError('INVALID_MODEL', `not this ${model.metadata.name}`));
    await expect(start().load(XGB1, refuse)).rejects.toThrow('not this xgb1');
  });

  it.each([20, 1_024])(
    'fail calls in flight and later calls when the backend closes: %i rows',
    async (rowCount) => {
      const backend = start({ forestThreadCount: 2 });
      const model = await backend.load(XGB1, accept);
      const rows = rowsOf(rowCount, 1);
      await infer(model, rows);
      const calls = Promise.allSettled(Array.from({ length: 40 }, () => infer(model, rows)));
      await backend.close();
      const closed = expect.objectContaining({
        code: 'BACKEND_UNAVAILABLE',
        message: 'the embedded backend is closed',
      });
      const failed = (await calls).filter((call) => call.status === 'rejected');
      expect(failed.length).toBeGreaterThan(0);
      expect(failed.map(({ reason }) => reason)).toEqual(failed.map(() => closed));
      await expect(infer(model, rows)).rejects.toEqual(closed);
      await expect(backend.load(XGB1, accept)).rejects.toEqual(closed);
    },
  );

  it('do not hold up the caller with small calls of a forest that takes many steps', async () => {
    const backend = start({ forestThreadCount: 1 });
    const model = await backend.load(folderOf({ 'xgboost.ubj': chainModel(70_000) }), accept);
    const [data, out] = [new Float32Array(8 * 3).fill(-1), new Float32Array(8)];
    data[3] = 69_999.5;
    const inputs = new Map([['input__0', { data, width: 3 }]]);
    const outputs = new Map([['output__0', { data: out, width: 1 }]]);
    const context = { deadlineMs: Infinity, signal: new AbortController().signal };
    await model.infer(8, inputs, outputs, context);
    const [first, last] = [0.25, 0.75].map((margin) => Math.fround(1 / (1 + Math.exp(-margin))));
    expect([...out].map((value) => value.toFixed(6))).toEqual(
      [first, last, first, first, first, first, first, first].map((value) => value!.toFixed(6)),
    );
    // Without threads, only calls on the thread of the caller are answered.
    await backend.close();
    await model.infer(7, inputs, outputs, context);
    await expect(model.infer(8, inputs, outputs, context)).rejects.toMatchObject({
      code: 'BACKEND_UNAVAILABLE',
    });
  });

  it('are refused if only the rows of calls exceed the bound', async () => {
    const wide = smallModel(['learner.learner_model_param.num_feature', '65535']);
    await expect(
      start({ forestThreadCount: 2 }).load(folderOf({ 'xgboost.ubj': wide }), accept),
    ).rejects.toMatchObject({
      code: 'INVALID_MODEL',
      message: expect.stringMatching(
        /xgboost.ubj: forest: \d+ bytes needed with the rows of calls, expected at most 536870912$/,
      ),
    });
  });

  it('are refused beyond the bound of their memory', async () => {
    await expect(start({ maxForestBytes: 1_048_576 }).load(XGB1, accept)).rejects.toMatchObject({
      code: 'INVALID_MODEL',
      message: expect.stringMatching(/xgb1\/1\/xgboost.ubj: .*\d+ bytes needed.*, expected at most 1048576/),
    });
  });
});

describe('a model that the walker does not take', () => {
  const ranking = smallModel(['learner.objective.name', 'rank:pairwise']);

  it('runs in ONNX Runtime, and one line says why', async () => {
    const lines: string[] = [];
    const backend = start({ onFallback: (line) => lines.push(line) });
    const location = folderOf({
      'xgboost.ubj': ranking,
      'model.onnx': join(ROOT, 'triton-models/nn1_tweet/1/model.onnx'),
    });
    const model = await backend.load(location, accept);
    expect(model.metadata.inputs.length).toBeGreaterThan(0);
    expect(lines).toEqual([
      expect.stringMatching(
        /xgboost.ubj: learner.objective.name: "rank:pairwise", expected .*; ONNX Runtime runs the model$/,
      ),
    ]);
  });

  it.each([
    ['another objective', { 'xgboost.ubj': ranking }, /learner.objective.name: "rank:pairwise"/],
    ['a damaged forest', { 'xgboost.ubj': ranking.subarray(0, 200) }, /xgboost.ubj: .*cut short/],
    ['no file', {}, /1: no model, expected xgboost.ubj \(a forest\) or model.onnx/],
  ])('is refused without model.onnx: %s', async (_, files, message) => {
    await expect(start().load(folderOf(files), accept)).rejects.toMatchObject({
      code: 'INVALID_MODEL',
      message: expect.stringMatching(message),
    });
  });

  it('is refused if its forest is damaged, whatever lies beside it', async () => {
    const location = folderOf({
      'xgboost.ubj': ranking.subarray(0, 200),
      'model.onnx': join(ROOT, 'triton-models/nn1_tweet/1/model.onnx'),
    });
    await expect(start().load(location, accept)).rejects.toThrow(/cut short/);
  });
});

import { cpSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EmbeddedBackend } from '../../src/backends/embedded/embedded-backend.js';
import type {
  Backend,
  ModelCheck,
  ModelHandle,
  ModelLocation,
  TensorSpec,
} from '../../src/backends/backend.js';
import { loadRelease, type Release } from '../../src/releases/release.js';
import { TWO_MODEL_FOLDERS, twoModelPipeline } from '../support/pipelines/cut-pipeline.js';

const ROOT = join(import.meta.dirname, '../..');
const parent = mkdtempSync(join(tmpdir(), 'release-'));
afterAll(() => rmSync(parent, { recursive: true }));

let folder = '';
let backend: EmbeddedBackend;
beforeEach(() => {
  folder = mkdtempSync(join(parent, 'case-'));
  cpSync(join(ROOT, 'pipelines'), join(folder, 'pipelines'), { recursive: true });
  writeFileSync(join(folder, PIPELINE), twoModelPipeline());
  for (const name of TWO_MODEL_FOLDERS) {
    cpSync(join(ROOT, 'triton-models', name), join(folder, 'triton-models', name), { recursive: true });
    // Changed files are to be noticed without recorded hashes, too.
    remove(`triton-models/${name}/1/SHA256SUMS`);
  }
  backend = new EmbeddedBackend({ onnxThreadCount: 1 });
});
afterEach(() => backend.close());

const PIPELINE = 'pipelines/recsys2021.yaml';
const VOCABULARY = 'pipelines/recsys2021/vocab.txt';
const SNAPSHOT = 'pipelines/recsys2021/statistics.snapshot';
const MODEL = 'triton-models/xgb1/1/xgboost.ubj';
const INDEX_MAP = 'triton-models/nn1/1/users.arrow';
const GOLDEN = 'triton-models/xgb1/1/golden.json';

function load(): Promise<Release> {
  return loadRelease(join(folder, PIPELINE), backend);
}

function edit(path: string, change: (text: string) => string): void {
  writeFileSync(join(folder, path), change(readFileSync(join(folder, path), 'utf8')));
}

interface Golden {
  model: string;
  version: string;
  inputs: Record<string, number[][]>;
  outputs: Record<string, number[][]>;
}

function editGolden(change: (golden: Golden) => void): void {
  edit(GOLDEN, (text) => {
    const golden = JSON.parse(text) as Golden;
    change(golden);
    return JSON.stringify(golden);
  });
}

function remove(path: string): void {
  rmSync(join(folder, path));
}

function removeIfThere(path: string): void {
  rmSync(join(folder, path), { force: true });
}

function halve(path: string): void {
  truncateSync(join(folder, path), Math.floor(readFileSync(join(folder, path)).length / 2));
}

function flipByte(path: string, at: number): void {
  const bytes = readFileSync(join(folder, path));
  bytes[at]! ^= 0x10;
  writeFileSync(join(folder, path), bytes);
}

describe('recorded hashes of models', () => {
  const restoreHashes = (): void => {
    for (const name of TWO_MODEL_FOLDERS) {
      const file = `triton-models/${name}/1/SHA256SUMS`;
      cpSync(join(ROOT, file), join(folder, file));
    }
  };

  it('are those of the shipped models; a release without them loads with a warning for each', async () => {
    expect((await load()).warnings).toEqual(
      TWO_MODEL_FOLDERS.map((name) => expect.stringContaining(`${name}/1: no SHA256SUMS`)),
    );
    restoreHashes();
    expect((await load()).warnings).toEqual([]);
  });

  it.each([MODEL, INDEX_MAP, GOLDEN])('refuse one flipped bit in %s', async (path) => {
    restoreHashes();
    const bytes = readFileSync(join(folder, path));
    bytes[bytes.length >> 1]! ^= 1;
    writeFileSync(join(folder, path), bytes);
    await expect(load()).rejects.toThrow(
      expect.objectContaining({
        code: 'INVALID_MODEL',
        message: expect.stringMatching(
          new RegExp(`${path}: SHA-256 is .*, SHA256SUMS expects .*models hash`),
        ),
      }),
    );
  });
});

describe('a release', () => {
  it('loads, with an id that is of its contents', async () => {
    const first = await load();
    expect(first).toMatchObject({
      name: 'recsys2021',
      models: [{ name: 'xgb1' }, { name: 'nn1_tweet' }, { name: 'nn1' }],
    });
    expect(first.id).toMatch(/^[0-9a-f]{16}$/);
    expect((await load()).id).toBe(first.id);
    edit(PIPELINE, (text) => `${text}# another comment\n`);
    expect((await load()).id).not.toBe(first.id);
  });

  it.each<[string, () => void, string, RegExp]>([
    [
      'no pipeline file',
      () => remove(PIPELINE),
      'INVALID_PIPELINE',
      /recsys2021.yaml: cannot be read \(no such file\)/,
    ],
    [
      'no vocabulary',
      () => remove(VOCABULARY),
      'INVALID_VOCABULARY',
      /vocab.txt: cannot be read \(no such file\)/,
    ],
    [
      'no snapshot',
      () => remove(SNAPSHOT),
      'INVALID_SNAPSHOT',
      /statistics.snapshot: cannot be read \(no such file\)/,
    ],
    [
      'no model',
      () => ['xgboost.ubj', 'model.onnx'].forEach((file) => removeIfThere(`triton-models/xgb1/1/${file}`)),
      'INVALID_MODEL',
      /xgb1\/1: no model, expected xgboost.ubj \(a forest\) or model.onnx/,
    ],
    [
      'no golden rows',
      () => remove(GOLDEN),
      'INVALID_MODEL',
      /golden.json: no such file, .* import` writes them/,
    ],
    ['half a pipeline file', () => halve(PIPELINE), 'INVALID_PIPELINE', /recsys2021.yaml(, line \d+)?: /],
    ['half a vocabulary', () => halve(VOCABULARY), 'INVALID_VOCABULARY', /line \d+ repeats the piece/],
    ['half a snapshot', () => halve(SNAPSHOT), 'INVALID_SNAPSHOT', /the file is incomplete/],
    ['half a model', () => halve(MODEL), 'INVALID_MODEL', /xgboost.ubj: .*cut short/],
    ['half the golden rows', () => halve(GOLDEN), 'INVALID_MODEL', /golden.json: cannot be read as JSON/],
    [
      'a flipped byte in the tables',
      () => flipByte(SNAPSHOT, 100_000),
      'INVALID_SNAPSHOT',
      /the file is damaged/,
    ],
    [
      'another vocabulary',
      () => edit(VOCABULARY, (text) => `${text}another\n`),
      'INVALID_SNAPSHOT',
      /was made with the vocabulary/,
    ],
    [
      'another snapshot version',
      () => edit(SNAPSHOT, () => '{"format":"pairstream-statistics","version":9}\n'),
      'INVALID_SNAPSHOT',
      /version is 9/,
    ],
    [
      'another pipeline version',
      () => edit(PIPELINE, (t) => t.replace('version: 1', 'version: 2')),
      'INVALID_PIPELINE',
      /^[^\n]*recsys2021.yaml, line \d+: version: expected 1$/,
    ],
    [
      'another file in its place',
      () => edit(PIPELINE, () => '{"users": {}, "pairs": {}}'),
      'INVALID_PIPELINE',
      /^[^\n]*recsys2021.yaml: [^\n]*version: expected 1[^\n]*; and \d+ more$/,
    ],
    [
      'no YAML',
      () => edit(PIPELINE, () => 'a: [b'),
      'INVALID_PIPELINE',
      /^[^\n]*recsys2021.yaml: Flow sequence[^\n]* at line 1, column \d+$/,
    ],
    [
      'golden rows of another training',
      () => editGolden(({ outputs }) => (outputs['output__0']![0]![0] = 0.999)),
      'INVALID_MODEL',
      /row 0, column 0: the model answers .*, expected 0.999/,
    ],
    [
      'golden rows of another width',
      () => editGolden(({ inputs }) => inputs['input__0']!.forEach((row) => row.pop())),
      'INVALID_MODEL',
      /golden.json: inputs.input__0\[0\]: 69 values, expected 70/,
    ],
    [
      'golden outputs of another width',
      () => editGolden(({ outputs }) => outputs['output__0']!.forEach((row) => row.pop())),
      'INVALID_MODEL',
      /golden.json: outputs.output__0\[0\]: 11 values, expected 12/,
    ],
    [
      'golden rows of another model',
      () => editGolden((golden) => (golden.model = 'xgb2')),
      'INVALID_MODEL',
      /golden.json: model: "xgb2", expected "xgb1"/,
    ],
    [
      'golden rows of another version',
      () => editGolden((golden) => (golden.version = '2')),
      'INVALID_MODEL',
      /golden.json: version: "2", expected "1"/,
    ],
    [
      'another model version than is there',
      () => edit(PIPELINE, (t) => t.replace(/version: ["']1["']/, 'version: "2"')),
      'INVALID_MODEL',
      /xgb1\/2: no model, expected xgboost.ubj/,
    ],
    [
      'an unknown feature',
      () => edit(PIPELINE, (t) => t.replace('- dt_dow', '- dt_week')),
      'INVALID_PIPELINE',
      /recsys2021.yaml, line \d+: models.xgb1.inputs.input__0.features\[\d+\]: "dt_week" is no known feature, .* the nearest is "dt_\w+"/,
    ],
    [
      'a feature twice',
      () => edit(PIPELINE, (t) => t.replace('- dt_dow', '- dt_minute')),
      'INVALID_PIPELINE',
      /"dt_minute" occurs twice/,
    ],
    [
      'a feature too few',
      () => edit(PIPELINE, (t) => t.replace(/ *- dt_dow\n/, '')),
      'INVALID_MODEL',
      /input__0: the model has input__0 FP32 \[-1, 70\], expected FP32 \[-1, 69\]/,
    ],
    [
      'an input that the model lacks',
      () => edit(PIPELINE, (t) => t.replace('input__0', 'input__9')),
      'INVALID_MODEL',
      /input__9: the model has no such tensor, only input__0 FP32 \[-1, 70\]/,
    ],
    [
      'an output of another width',
      () => edit(PIPELINE, (t) => t.replace('width: 12', 'width: 8')),
      'INVALID_MODEL',
      /output__0 FP32 \[-1, 12\], expected FP32 \[-1, 8\]/,
    ],
    [
      'a width that is no multiple of 4',
      () => edit(PIPELINE, (t) => t.replace('width: 12', 'width: 10')),
      'INVALID_PIPELINE',
      /multiple of 4/,
    ],
    [
      'an unknown row space',
      () => edit(PIPELINE, (t) => t.replace('row_space: pair', 'row_space: user')),
      'INVALID_PIPELINE',
      /row_space/,
    ],
    ['an unknown field', () => edit(PIPELINE, (t) => `${t}color: red\n`), 'INVALID_PIPELINE', /color/],
    [
      'a model that is in no stage',
      () => edit(PIPELINE, (t) => t.replace('- [xgb1, nn1]', '- [xgb9, nn1]')),
      'INVALID_PIPELINE',
      /stages\[0\]\[0\]: "xgb9" is no model, expected one of xgb1/,
    ],
    [
      'a model in two stages',
      () => edit(PIPELINE, (t) => t.replace('- [xgb1, nn1]', '- [xgb1, nn1]\n  - [xgb1]')),
      'INVALID_PIPELINE',
      /stages\[1\]\[0\]: "xgb1" is in stage 0 already/,
    ],
    [
      'a cycle',
      () => edit(PIPELINE, (t) => t.replace(/( +)features:/, '$1members: [xgb1]\n$1features:')),
      'INVALID_PIPELINE',
      /members\[0\]: "xgb1" runs in stage 0, "xgb1" in stage 0: a cycle/,
    ],
    [
      'weights that do not sum to 1',
      () => edit(PIPELINE, (t) => t.replace(/  xgb1: \[.*\n  nn1: .*/, '  xgb1: [1, 1, 0.9, 1]')),
      'INVALID_PIPELINE',
      /blend: weights sum to 0.9 for target 2, expected 1/,
    ],
    [
      'a weight of an unknown model',
      () => edit(PIPELINE, (t) => t.replace(/  xgb1: \[.*/, '  nn9: 1')),
      'INVALID_PIPELINE',
      /blend.nn9: no such model, expected one of xgb1, nn1_tweet, nn1/,
    ],
    [
      'a negative weight',
      () => edit(PIPELINE, (t) => t.replace(/  xgb1: \[.*/, '  xgb1: -1')),
      'INVALID_PIPELINE',
      /blend.xgb1/,
    ],
    [
      'a weight of a tower',
      () => edit(PIPELINE, (t) => t.replace(/  xgb1: \[.*/, '  nn1_tweet: 1')),
      'INVALID_PIPELINE',
      /blend.nn1_tweet: a model of the tweet, expected one that answers probabilities/,
    ],
    [
      'a tower in a stage',
      () => edit(PIPELINE, (t) => t.replace('- [xgb1, nn1]', '- [nn1_tweet, xgb1, nn1]')),
      'INVALID_PIPELINE',
      /stages\[0\]\[0\]: "nn1_tweet" is a model of the tweet/,
    ],
    [
      'a tower that nobody reads',
      () => edit(PIPELINE, (t) => t.replace('{ tower: nn1_tweet }', '{ features: [dt_dow] }')),
      'INVALID_PIPELINE',
      /models.nn1_tweet: no model reads it/,
    ],
    [
      'a tower that is a model of the pair',
      () => edit(PIPELINE, (t) => t.replace('{ tower: nn1_tweet }', '{ tower: xgb1 }')),
      'INVALID_PIPELINE',
      /models.nn1.inputs.tweet_vector.tower: "xgb1" is no model of the tweet/,
    ],
    [
      'tokens in a model of the pair',
      () => edit(PIPELINE, (t) => t.replace('{ tower: nn1_tweet }', '{ tokens: 48 }')),
      'INVALID_PIPELINE',
      /models.nn1.inputs.tweet_vector.tokens: in a model of the pair/,
    ],
    [
      'an input of two sources',
      () => edit(PIPELINE, (t) => t.replace('{ tower: nn1_tweet }', '{ tower: nn1_tweet, tokens: 3 }')),
      'INVALID_PIPELINE',
      /expected one of features, indexes, tokens and tower/,
    ],
    [
      'a feature of the pair in a tower',
      () => edit(PIPELINE, (t) => t.replace('- tweet_type\n', '- b_follower_count\n')),
      'INVALID_PIPELINE',
      /models.nn1_tweet.inputs.features.features\[0\]: "b_follower_count" in a model of the tweet/,
    ],
    [
      'an encoding in a tower',
      () => edit(PIPELINE, (t) => t.replace('- tweet_type\n', '- te_media_like\n')),
      'INVALID_PIPELINE',
      /"te_media_like" in a model of the tweet/,
    ],
    [
      'an unknown key',
      () => edit(PIPELINE, (t) => t.replace('key: a_user_id', 'key: c_user_id')),
      'INVALID_PIPELINE',
      /models.nn1.inputs.user_index.indexes\[0\].key: "c_user_id" is no known key, expected one of a_user_id/,
    ],
    ['no index map', () => remove(INDEX_MAP), 'INVALID_MODEL', /users.arrow: not an index map/],
    ['half an index map', () => halve(INDEX_MAP), 'INVALID_MODEL', /users.arrow: not an index map/],
    [
      'an index map of another training',
      () => flipByte(INDEX_MAP, 2_000),
      'INVALID_MODEL',
      /index_maps.users: the model was trained with [0-9a-f]{64}, the file users.arrow has/,
    ],
    [
      'a tower of another width',
      () => edit(PIPELINE, (t) => t.replace('width: 416', 'width: 832')),
      'INVALID_MODEL',
      /nn1_tweet.outputs.tweet_vector: the model has tweet_vector FP32 \[-1, 416\], expected FP32 \[-1, 832\]/,
    ],
    [
      'fewer tokens than the model reads',
      () => edit(PIPELINE, (t) => t.replace('tokens: 48', 'tokens: 40')),
      'INVALID_MODEL',
      /tokens INT32 \[-1, 48\], expected INT32 \[-1, 40\]/,
    ],
    [
      'an output of a tower that is no vector',
      () => edit(PIPELINE, (t) => t.replace('combine: vector', 'combine: mean_of_bags')),
      'INVALID_PIPELINE',
      /nn1_tweet.outputs.tweet_vector.combine: mean_of_bags, expected vector/,
    ],
  ])('is refused with %s', async (_name, damage, code, message) => {
    damage();
    await expect(load()).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
  });

  it('is refused with a model that takes more than the pipeline gives it', async () => {
    const extra: TensorSpec = { name: 'extra', datatype: 'INT64', shape: [-1, 3] };
    const load = (location: ModelLocation, check: ModelCheck): Promise<ModelHandle> =>
      backend.load(location, (model) =>
        check({
          metadata: { ...model.metadata, inputs: [...model.metadata.inputs, extra] },
          infer: (...args) => model.infer(...args),
        }),
      );
    const greedy: Backend = { name: 'greedy', load, close: () => Promise.resolve() };
    await expect(loadRelease(join(folder, PIPELINE), greedy)).rejects.toMatchObject({
      code: 'INVALID_MODEL',
      field: 'models.xgb1.inputs',
      message: expect.stringContaining('extra INT64 [-1, 3]'),
    });
  });
});

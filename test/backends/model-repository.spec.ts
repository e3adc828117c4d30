import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readModelTensors } from '../../src/backends/onnx/model-tensors.js';
import { checkRepository } from '../../src/backends/triton/repository/check-repository.js';
import { RULES, type RuleId } from '../../src/backends/triton/repository/rules.js';
import { NEWEST_SERVER, parseServerVersion } from '../../src/backends/triton/repository/server-version.js';
import { readPipelineFile } from '../../src/releases/pipeline-file.js';
import { type PipelineModel, pipelineModels } from '../../src/releases/pipeline-tensors.js';
import { TWO_MODELS } from '../support/cut-pipeline.js';
import { SeededRepository } from '../support/seeded-repository.js';
import { ROOT, SHIPPED_PIPELINE } from '../support/test-gateway.js';

const modelsOf = (path: string): PipelineModel[] => pipelineModels(readPipelineFile(path).definition);
const PIPELINE = modelsOf(TWO_MODELS);

/** `FILE: field: problem` of every finding, the rule in front; paths are relative to the repository. */
async function linesOf(
  path: string,
  serverVersion = NEWEST_SERVER,
  models: readonly PipelineModel[] = PIPELINE,
): Promise<string[]> {
  const { findings } = await checkRepository(path, {
    serverVersion,
    readTensors: readModelTensors,
    pipeline: { models, batchRows: 1_024 },
  });
  return findings.map(
    ({ rule, file, field, problem }) => `${rule} ${file.replace(`${path}/`, '')}: ${field}: ${problem}`,
  );
}

/** A mistake, and the one line that must tell it. */
interface Seed {
  readonly rule: RuleId;
  readonly mistake: (repository: SeededRepository) => void;
  /** What comes after the rule. */
  readonly line: string | RegExp;
  /** Default: the newest. */
  readonly server?: string;
}

const seed = (rule: RuleId, line: Seed['line'], mistake: Seed['mistake'], server?: string): Seed => ({
  rule,
  mistake,
  line,
  ...(server === undefined ? {} : { server }),
});
const parameter = (key: string, value: string): string =>
  `parameters [\n  { key: "${key}", value: { string_value: "${value}" } },`;
const POLICY = 'dynamic_batching.default_queue_policy';
const TENSORRT = 'optimization.execution_accelerators.gpu_execution_accelerator[0]';

const SEEDS: readonly Seed[] = [
  seed('config-missing', /^nn1\/config.pbtxt: file: not there/, (r) => r.remove('nn1/config.pbtxt')),
  seed(
    'config-syntax',
    "nn1/config.pbtxt: line 4: ModelConfig: unknown field 'max_batchsize', expected perhaps 'max_batch_size'",
    (r) => r.edit('nn1', 'max_batch_size:', 'max_batchsize:'),
  ),
  seed('config-syntax', /^nn1\/config.pbtxt: line 8: ModelInput.data_type: enum value expected$/, (r) =>
    r.edit('nn1', /TYPE_FP32\n {4}dims: \[ 5 \]/g, 'FP32\n    dims: [ 5 ]'),
  ),
  seed('model-name', 'nn1/config.pbtxt: name: "nn2", expected "nn1", the name of the folder', (r) =>
    r.edit('nn1', 'name: "nn1"', 'name: "nn2"'),
  ),
  seed('version-missing', /^nn1: versions: only one, expected a folder named by a whole number/, (r) =>
    renameSync(join(r.path, 'nn1/1'), join(r.path, 'nn1/one')),
  ),
  seed('version-missing', /^nn1: versions: none, expected/, (r) => r.remove('nn1/1')),
  seed(
    'version-name',
    /^nn1\/02: versions: passed over, expected a whole number from 1, without leading/,
    (r) => mkdirSync(join(r.path, 'nn1/02')),
  ),
  seed(
    'version-policy',
    /^nn1\/config.pbtxt: version_policy.specific.versions: 2, expected among the folders: 1$/,
    (r) =>
      r.edit('nn1', 'max_batch_size', 'version_policy { specific { versions: [ 1, 2 ] } }\nmax_batch_size'),
  ),
  seed(
    'backend-missing',
    /^nn1\/config.pbtxt: backend: none, expected one, for instance "fil" or "onnx/,
    (r) => r.edit('nn1', 'backend: "onnxruntime"\n', ''),
  ),
  seed('backend-unknown', /^nn1\/config.pbtxt: backend: "onnxruntim", expected perhaps "onnxruntime"/, (r) =>
    r.edit('nn1', 'backend: "onnxruntime"', 'backend: "onnxruntim"'),
  ),
  seed(
    'platform-unknown',
    /^nn1\/config.pbtxt: platform: "onnx_runtime", expected one of ensemble, onnxruntime_onnx/,
    (r) => r.edit('nn1', 'backend: "onnxruntime"', 'platform: "onnx_runtime"'),
  ),
  seed(
    'model-file-missing',
    /^nn1\/1\/model.onnx: file: not there, expected the file that onnxruntime reads/,
    (r) => r.remove('nn1/1/model.onnx'),
  ),
  seed(
    'model-file-missing',
    /^xgb1\/1\/forest.tl: file: not there, expected the file that fil with model_type "lightgbm"/,
    (r) => {
      r.edit('xgb1', '"treelite_checkpoint"', '"lightgbm"');
      r.edit('xgb1', 'max_batch_size', 'default_model_filename: "forest.tl"\nmax_batch_size');
    },
  ),
  seed('model-file-damaged', 'nn1/1/model.onnx: file: no model that ONNX Runtime can load', (r) =>
    r.write('nn1/1/model.onnx', 'half of one'),
  ),
  seed(
    'model-file-damaged',
    'xgb1/1/xgboost.json: learner: no XGBoost model, expected one that XGBoost saved',
    (r) => {
      r.edit('xgb1', '"treelite_checkpoint"', '"xgboost_json"');
      r.write('xgb1/1/xgboost.json', '{}');
    },
  ),
  seed(
    'checkpoint-missing',
    /^xgb1\/1\/checkpoint.tl: file: not there, .*`python -m pairstream_training checkpoint --model .*xgb1` derives it/,
    (r) => r.remove('xgb1/1/checkpoint.tl'),
  ),
  seed('golden-missing', /^nn1\/1\/golden.json: file: not there, expected rows with the answers/, (r) =>
    r.remove('nn1/1/golden.json'),
  ),
  seed(
    'golden-mismatch',
    'nn1/1/golden.json: model: "nn1_tweet", expected "nn1": the rows are of another model',
    (r) => r.write('nn1/1/golden.json', readFileSync(join(r.path, 'nn1_tweet/1/golden.json'), 'utf8')),
  ),
  seed(
    'golden-mismatch',
    'xgb1/1/golden.json: version: "2", expected "1": the rows are of another model',
    (r) => editJson(r, 'xgb1/1/golden.json', { version: '2' }),
  ),
  seed(
    'golden-mismatch',
    'xgb1/1/golden.json: outputs.output__0: rows of 4 values, expected dims [12]',
    (r) => editJson(r, 'xgb1/1/golden.json', { outputs: { output__0: [[1, 2, 3, 4]] } }),
  ),
  seed('golden-mismatch', /^xgb1\/1\/golden.json: inputs: /, (r) =>
    editJson(r, 'xgb1/1/golden.json', { inputs: 3 }),
  ),
  seed(
    'max-batch-size',
    /^nn1\/config.pbtxt: max_batch_size: 0, expected the rows of the largest batch/,
    (r) => r.edit('nn1', 'max_batch_size: 16384', 'max_batch_size: 0'),
  ),
  seed('preferred-batch-size', /preferred_batch_size: 20000, expected 1 to max_batch_size, 16384$/, (r) =>
    r.edit('nn1', 'dynamic_batching {', 'dynamic_batching {\n  preferred_batch_size: [ 64, 20000 ]'),
  ),
  seed('dynamic-batching-missing', /^nn1\/config.pbtxt: dynamic_batching: none, expected a block with/, (r) =>
    r.edit('nn1', /dynamic_batching \{[^]*?\n\}\n/g, ''),
  ),
  seed('queue-policy-missing', /default_queue_policy: none, expected one with max_queue_size/, (r) =>
    r.edit('nn1', /dynamic_batching \{[^]*?\n\}\n/g, 'dynamic_batching { }\n'),
  ),
  seed(
    'queue-timeout-zero',
    `xgb1/config.pbtxt: ${POLICY}.default_timeout_microseconds: 0, expected a long one like 60000000: a request may only shorten it, and with 0 its own is ignored`,
    (r) => r.edit('xgb1', 'default_timeout_microseconds: 60000000', 'default_timeout_microseconds: 0'),
  ),
  seed(
    'queue-timeout-fixed',
    `xgb1/config.pbtxt: ${POLICY}.allow_timeout_override: false, expected true: otherwise the timeout of a request is ignored`,
    (r) => r.edit('xgb1', 'allow_timeout_override: true', 'allow_timeout_override: false'),
  ),
  seed('queue-timeout-action', /timeout_action: DELAY, expected REJECT/, (r) =>
    r.edit('xgb1', 'timeout_action: REJECT', 'timeout_action: DELAY'),
  ),
  seed(
    'queue-unbounded',
    /^xgb1\/config.pbtxt: .*default_queue_policy.max_queue_size: 0, expected a bound like 256/,
    (r) => r.edit('xgb1', /max_queue_size: \d+/g, ''),
  ),
  seed(
    'queue-unbounded',
    /^xgb1\/config.pbtxt: dynamic_batching.priority_queue_policy\[2\].max_queue_size: 0/,
    (r) =>
      r.edit(
        'xgb1',
        'dynamic_batching {',
        `dynamic_batching {
  priority_levels: 2
  default_priority_level: 1
  priority_queue_policy { key: 2, value: { default_timeout_microseconds: 1000, allow_timeout_override: true } }`,
      ),
  ),
  seed('priority-level', /default_priority_level: 0, expected 1 to priority_levels, 3$/, (r) =>
    r.edit('xgb1', 'dynamic_batching {', 'dynamic_batching {\n  priority_levels: 3'),
  ),
  seed('instance-gpu', /^xgb1\/config.pbtxt: instance_group\[0\].kind: KIND_GPU, expected KIND_AUTO/, (r) =>
    r.edit('xgb1', 'KIND_AUTO', 'KIND_GPU'),
  ),
  seed('instance-count', /^xgb1\/config.pbtxt: instance_group\[0\].count: 0, expected 1 or more/, (r) =>
    r.edit('xgb1', 'count: 2', 'count: 0'),
  ),
  seed(
    'instance-single',
    /^nn1\/config.pbtxt: instance_group: one instance, expected 2 beside a queue policy/,
    (r) => r.edit('nn1', 'count: 2', 'count: 1'),
  ),
  seed('instance-count', /^nn1\/config.pbtxt: instance_group: none, expected/, (r) =>
    r.edit('nn1', /instance_group .*\n/g, ''),
  ),
  seed('tensor-incomplete', /^nn1\/config.pbtxt: input\[1\].dims: \[\], expected sizes of 1 or more/, (r) =>
    r.edit('nn1', /TYPE_INT32\n {4}dims: \[ 2 \]/g, 'TYPE_INT32'),
  ),
  seed('tensor-incomplete', /^nn1\/config.pbtxt: input\[1\].data_type: none, expected one like/, (r) =>
    r.edit('nn1', /data_type: TYPE_INT32\n/g, '\n'),
  ),
  seed(
    'fil-input',
    "xgb1/config.pbtxt: input: features TYPE_FP32 [70], expected input__0 TYPE_FP32 with one dimension, alone: FIL's names are fixed",
    (r) => r.edit('xgb1', 'name: "input__0"', 'name: "features"'),
  ),
  seed(
    'fil-output',
    /^xgb1\/config.pbtxt: output: output__0 TYPE_FP64 \[12\], expected output__0 TYPE_FP32/,
    (r) => r.edit('xgb1', /TYPE_FP32\n {4}dims: \[ 12 \]/g, 'TYPE_FP64\n    dims: [ 12 ]'),
  ),
  seed(
    'onnx-tensors',
    'nn1/config.pbtxt: input: features, user, tweet_vector, expected features, user_index, tweet_vector, as in 1/model.onnx',
    (r) => r.edit('nn1', 'name: "user_index"', 'name: "user"'),
  ),
  seed(
    'onnx-tensors',
    'nn1/config.pbtxt: input.user_index: TYPE_INT64, expected TYPE_INT32, as in 1/model.onnx',
    (r) => r.edit('nn1', 'TYPE_INT32', 'TYPE_INT64'),
  ),
  seed(
    'onnx-tensors',
    'nn1_tweet/config.pbtxt: output.tweet_vector: dims [416, 1], expected [416], as in 1/model.onnx',
    (r) => r.edit('nn1_tweet', 'dims: [ 416 ]', 'dims: [ 416, 1 ]'),
  ),
  seed(
    'fil-model-type',
    /parameters.model_type: "xgboost_ubjson", expected one of xgboost, xgboost_json/,
    (r) => r.edit('xgb1', '"treelite_checkpoint"', '"xgboost_ubjson"'),
  ),
  seed('fil-legacy-format', /parameters.model_type: none, which means XGBoost's old binary format/, (r) =>
    r.edit('xgb1', /.*"model_type".*\n/g, ''),
  ),
  seed('fil-is-classifier', /parameters.is_classifier: none, expected "true" where/, (r) =>
    r.edit('xgb1', /.*"is_classifier".*\n/g, ''),
  ),
  seed('fil-threshold', /parameters.threshold: none, expected a number like "0.5"/, (r) =>
    r.edit('xgb1', /,\n.*"threshold".*/g, ''),
  ),
  seed('fil-threshold', /parameters.threshold: "half", expected a number like "0.5"/, (r) =>
    r.edit('xgb1', '"0.5"', '"half"'),
  ),
  seed(
    'fil-boolean',
    'xgb1/config.pbtxt: parameters.predict_proba: "True", expected "true" or "false", exactly',
    (r) =>
      r.edit(
        'xgb1',
        /"predict_proba", value: { string_value: "true"/g,
        '"predict_proba", value: { string_value: "True"',
      ),
  ),
  seed(
    'fil-classes',
    /parameters.predict_proba: none, expected "true": FIL answers class numbers otherwise/,
    (r) => r.edit('xgb1', /.*"predict_proba".*\n/g, ''),
  ),
  seed(
    'fil-key-renamed',
    /parameters.output_class: an old name, expected is_classifier since Triton 25.09/,
    (r) => r.edit('xgb1', '"is_classifier"', '"output_class"'),
  ),
  seed('fil-key-removed', /parameters.storage_type: without effect since Triton 25.09, expected none/, (r) =>
    r.edit('xgb1', 'parameters [', parameter('storage_type', 'DENSE')),
  ),
  seed(
    'fil-key-too-new',
    'xgb1/config.pbtxt: parameters.is_classifier: not read by Triton 2.51 (24.10), expected output_class',
    () => undefined,
    '24.10',
  ),
  seed(
    'fil-multi-target',
    /^xgb1\/1\/xgboost.json: learner.learner_model_param.num_target: 4, expected 1/,
    (r) => {
      r.edit('xgb1', '"treelite_checkpoint"', '"xgboost_json"');
      r.write('xgb1/1/xgboost.json', '{"learner": {"learner_model_param": {"num_target": "4"}}}');
    },
  ),
  seed(
    'fil-many-outputs',
    /parameters.model_type: "xgboost_ubj" with 12 outputs, expected "treelite_checkpoint"/,
    (r) => r.edit('xgb1', '"treelite_checkpoint"', '"xgboost_ubj"'),
  ),
  seed(
    'parameter-typo',
    'xgb1/config.pbtxt: parameters.predict_prob: unknown, expected perhaps "predict_proba"',
    (r) => r.edit('xgb1', '"predict_proba"', '"predict_prob"'),
  ),
  seed(
    'parameter-typo',
    /parameters.intra_op_thread_counts: unknown, expected perhaps "intra_op_thread_count"/,
    (r) =>
      r.edit(
        'nn1',
        'instance_group',
        'parameters { key: "intra_op_thread_counts", value: { string_value: "1" } }\ninstance_group',
      ),
  ),
  seed(
    'parameter-typo',
    `nn1/config.pbtxt: ${TENSORRT}.parameters.trt_engine_cache_enabled: unknown, expected perhaps "trt_engine_cache_enable"`,
    (r) => r.edit('nn1', '"trt_engine_cache_enable"', '"trt_engine_cache_enabled"'),
  ),
  seed(
    'accelerator-unknown',
    `nn1/config.pbtxt: ${TENSORRT}.name: "tensor_rt", expected tensorrt or cuda`,
    (r) => r.edit('nn1', 'name: "tensorrt"', 'name: "tensor_rt"'),
  ),
  seed('tensorrt-value', /precision_mode: "FP8", expected one of FP32, FP16, BF16, INT8$/, (r) =>
    r.edit('nn1', '"FP32"', '"FP8"'),
  ),
  seed('tensorrt-value', /trt_engine_cache_enable: "yes", expected "true" or "false"$/, (r) =>
    r.edit('nn1', 'cache_enable", value: "true"', 'cache_enable", value: "yes"'),
  ),
  seed('tensorrt-precision', /precision_mode: "FP16", expected "FP32"/, (r) =>
    r.edit('nn1', '"FP32"', '"FP16"'),
  ),
  seed('tensorrt-cache', /trt_engine_cache_enable: none, expected "true"/, (r) =>
    r.edit('nn1', /.*trt_engine_cache_enable.*\n/g, ''),
  ),
  seed(
    'tensorrt-cache-prefix',
    /trt_engine_cache_prefix: none, expected one that changes with the weights/,
    (r) => r.edit('nn1', /.*trt_engine_cache_prefix.*\n/g, ''),
  ),
  seed(
    'tensorrt-warmup',
    `nn1/config.pbtxt: ${TENSORRT}: no model_warmup, expected one: the first request would wait for the engine`,
    (r) => r.edit('nn1', /model_warmup \[[^]*\n\]\n/g, ''),
  ),
  seed(
    'tensorrt-profile',
    /trt_profile_max_shapes: features has 8192 rows, expected max_batch_size, 16384/,
    (r) => r.edit('nn1', ':16384x', ':8192x'),
  ),
  seed(
    'tensorrt-profile',
    /trt_profile_opt_shapes: user_index:1024x3, expected \[-1, 2\], the shape of the input/,
    (r) => r.edit('nn1', 'user_index:1024x2', 'user_index:1024x3'),
  ),
  seed(
    'tensorrt-profile',
    /trt_profile_min_shapes: no shape of tweet_vector, expected one of every input/,
    (r) => r.edit('nn1', ',tweet_vector:1x416', ''),
  ),
  seed(
    'tensorrt-profile',
    /trt_profile_opt_shapes: none, but another profile key is there, expected shapes/,
    (r) => r.edit('nn1', /.*trt_profile_opt_shapes.*\n/g, ''),
  ),
  seed(
    'tensorrt-profile',
    /trt_profile_opt_shapes: user_index has 1, 20000, 16384 rows in min, opt and max/,
    (r) => r.edit('nn1', 'user_index:1024x2', 'user_index:20000x2'),
  ),
  seed('tensorrt-profile', /trt_profile_min_shapes: "features=1", expected shapes of all inputs like/, (r) =>
    r.edit('nn1', /(min_shapes", value: )"[^"]*"/g, '$1"features=1"'),
  ),
  seed(
    'warmup-tensors',
    'nn1/config.pbtxt: model_warmup[0].inputs: users is no input, expected features, user_index, tweet_vector',
    (r) => r.edit('nn1', /(batch_size: 1\n[^]*?key: )"user_index"/g, '$1"users"'),
  ),
  seed(
    'warmup-tensors',
    'nn1/config.pbtxt: model_warmup[0].inputs: no user_index, expected every input: features, user_index, tweet_vector',
    (r) => r.edit('nn1', /(batch_size: 1\n.*\n).*user_index.*\n/g, '$1'),
  ),
  seed(
    'warmup-tensors',
    'xgb1/config.pbtxt: model_warmup[1].inputs: input__0 has dims [71], expected [70], with a size for every -1',
    (r) => r.edit('xgb1', /(batch_size: 1024\n.*)\[ 70 \]/g, '$1[ 71 ]'),
  ),
  seed('warmup-tensors', /model_warmup\[1\].inputs: input__0 is TYPE_FP64, expected TYPE_FP32$/, (r) =>
    r.edit('xgb1', /(batch_size: 1024\n.*)TYPE_FP32/g, '$1TYPE_FP64'),
  ),
  seed('warmup-tensors', /model_warmup\[1\].inputs: input__0 has no data, expected zero_data: true/, (r) =>
    r.edit('xgb1', /(batch_size: 1024\n.*), zero_data: true/g, '$1'),
  ),
  seed(
    'warmup-batch',
    /^xgb1\/config.pbtxt: model_warmup\[1\].batch_size: 0, expected 1 to max_batch_size, 16384/,
    (r) => r.edit('xgb1', 'batch_size: 1024', 'batch_size: 0'),
  ),
  seed('warmup-batch', /batch_size: 20000, expected 1 to max_batch_size, 16384/, (r) =>
    r.edit('xgb1', 'batch_size: 1024', 'batch_size: 20000'),
  ),
  seed(
    'warmup-file-missing',
    /^xgb1\/warmup\/rows: model_warmup\[1\].inputs.input__0.input_data_file: not there/,
    (r) => r.edit('xgb1', /(batch_size: 1024\n.*)zero_data: true/g, '$1input_data_file: "rows"'),
  ),
  seed('pipeline-model-missing', 'nn1_tweet: model: not there, expected a model of the pipeline', (r) =>
    r.remove('nn1_tweet'),
  ),
  seed('pipeline-version', 'nn1: versions: 2, expected 1 as in the pipeline', (r) => {
    renameSync(join(r.path, 'nn1/1'), join(r.path, 'nn1/2'));
    editJson(r, 'nn1/2/golden.json', { version: '2' });
  }),
  seed(
    'pipeline-tensors',
    'xgb1/config.pbtxt: output.output__0: TYPE_FP32 [4], expected FP32 with 12 values per row, as in the pipeline',
    (r) => {
      r.edit('xgb1', 'dims: [ 12 ]', 'dims: [ 4 ]');
      editJson(r, 'xgb1/1/golden.json', { outputs: { output__0: [[1, 2, 3, 4]] } });
    },
  ),
  seed(
    'pipeline-batch-rows',
    'xgb1/config.pbtxt: max_batch_size: 1000, expected at least 1024, the rows of a full batch of the gateway',
    (r) => {
      r.edit('xgb1', 'max_batch_size: 16384', 'max_batch_size: 1000');
      r.edit('xgb1', 'batch_size: 1024', 'batch_size: 1000');
    },
  ),
];

function editJson(repository: SeededRepository, name: string, change: object): void {
  const document = JSON.parse(readFileSync(join(repository.path, name), 'utf8')) as object;
  repository.write(name, JSON.stringify({ ...document, ...change }));
}

describe('a check of a model repository', () => {
  it('finds nothing in a repository as the training writes it', async () => {
    using repository = new SeededRepository();
    expect(await linesOf(repository.path)).toEqual([]);
  });

  it('finds no error in triton-models', async () => {
    const lines = await linesOf(join(ROOT, 'triton-models'), NEWEST_SERVER, modelsOf(SHIPPED_PIPELINE));
    expect(lines.filter((line) => !line.startsWith('checkpoint-missing '))).toEqual([]);
  });

  it.each(SEEDS.map((each, i) => ({ ...each, name: `${i} ${each.rule}` })))(
    'tells one mistake in one line: $name',
    async ({ rule, mistake, line, server }) => {
      using repository = new SeededRepository();
      mistake(repository);
      const lines = await linesOf(
        repository.path,
        server === undefined ? undefined : parseServerVersion(server),
      );
      expect(lines).toHaveLength(1);
      const [first = ''] = lines;
      expect(first.slice(0, rule.length + 1)).toBe(`${rule} `);
      const told = first.slice(rule.length + 1);
      const isAsExpected = typeof line === 'string' ? told === line : line.test(told);
      expect({ told, isAsExpected }).toEqual({ told, isAsExpected: true });
      expect(first).not.toContain('\n');
    },
  );

  it('tells every mistake, each in its line, model after model', async () => {
    using repository = new SeededRepository();
    const rules: RuleId[] = [
      'instance-gpu',
      'queue-timeout-zero',
      'fil-boolean',
      'tensorrt-precision',
      'golden-missing',
    ];
    for (const rule of rules) SEEDS.find((each) => each.rule === rule)!.mistake(repository);
    const lines = await linesOf(repository.path);
    expect(lines.map((line) => line.split(' ')[0])).toEqual([
      'tensorrt-precision',
      'golden-missing',
      'fil-boolean',
      'queue-timeout-zero',
      'instance-gpu',
    ]);
  });

  it('has a mistake here for every rule', () => {
    expect([...new Set(SEEDS.map(({ rule }) => rule))].toSorted()).toEqual(Object.keys(RULES).toSorted());
  });

  it('takes what its servers take', async () => {
    using repository = new SeededRepository();
    // Both names of a key, for servers on either side of 25.09; a name left to the folder; what is no model.
    repository.edit(
      'xgb1',
      '{ key: "is_classifier"',
      '{ key: "output_class", value: { string_value: "true" } },\n  { key: "is_classifier"',
    );
    repository.edit('nn1', 'name: "nn1"\n', '');
    mkdirSync(join(repository.path, 'nn1/warmup'));
    writeFileSync(join(repository.path, 'README.md'), 'a file beside the models');
    expect(await linesOf(repository.path, parseServerVersion('24.10'))).toEqual([]);
  });

  it('says what is wrong with a path that is no repository', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'none-'));
    const file = join(folder, 'file');
    writeFileSync(file, '');
    const cases = [
      [join(folder, 'absent'), 'no such folder'],
      [file, 'a file, expected a folder of models'],
      [folder, 'no model folders in it, expected <model>/config.pbtxt and <model>/<version>/'],
      [join(ROOT, 'triton-models/xgb1'), 'a model folder itself, expected the folder it lies in'],
    ] as const;
    for (const [path, problem] of cases)
      await expect(linesOf(path)).rejects.toMatchObject({
        code: 'INVALID_MODEL',
        message: `${path}: ${problem}`,
      });
    rmSync(folder, { recursive: true });
  });
});

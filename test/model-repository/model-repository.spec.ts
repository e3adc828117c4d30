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
import { TWO_MODELS } from '../support/pipelines/cut-pipeline.js';
import { CHECKPOINT, SeededRepository } from '../support/repositories/seeded-repository.js';
import { EXTERNAL_ONNX, LABELS_ONNX, ZIPMAP_ONNX } from '../support/pipelines/small-onnx.js';
import { ROOT, SHIPPED_PIPELINE } from '../support/gateway/test-gateway.js';

const modelsOf = (path: string): PipelineModel[] => pipelineModels(readPipelineFile(path).definition);
const PIPELINE = modelsOf(TWO_MODELS);
const shippedForest = (): Buffer => readFileSync(join(ROOT, 'triton-models/xgb1/1/xgboost.ubj'));

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
  seed('config-missing', /^xgb1\/config.pbtxt: file: missing/, (r) => r.remove('xgb1/config.pbtxt')),
  seed('config-completed', /^nn1\/config.pbtxt: file: missing, .* without a bound for the queue$/, (r) =>
    r.remove('nn1/config.pbtxt'),
  ),
  seed(
    'config-syntax',
    "nn1/config.pbtxt: line 4: ModelConfig: unknown field 'maxBatchSize', expected 'max_batch_size': Triton takes no camelCase names",
    (r) => r.edit('nn1', 'max_batch_size:', 'maxBatchSize:'),
  ),
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
  seed('version-missing', /^nn1: versions: only one, expected a whole number without leading zeros/, (r) =>
    renameSync(join(r.path, 'nn1/1'), join(r.path, 'nn1/one')),
  ),
  seed('version-missing', /^nn1: versions: none, expected/, (r) => r.remove('nn1/1')),
  seed('version-name', /^nn1\/02: versions: skipped, expected a whole number without leading zeros/, (r) =>
    mkdirSync(join(r.path, 'nn1/02')),
  ),
  seed(
    'version-policy',
    /^nn1\/config.pbtxt: version_policy.specific.versions: 2, expected among the folders: 1$/,
    (r) =>
      r.edit('nn1', 'max_batch_size', 'version_policy { specific { versions: [ 1, 2 ] } }\nmax_batch_size'),
  ),
  seed(
    'backend-missing',
    /^xgb1\/config.pbtxt: backend: none, expected one, for instance "fil" or "onnx/,
    (r) => r.edit('xgb1', 'backend: "fil"\n', ''),
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
    /^nn1\/1\/model.onnx: file: missing, expected the file that onnxruntime reads/,
    (r) => r.remove('nn1/1/model.onnx'),
  ),
  seed(
    'model-file-missing',
    /^xgb1\/1\/forest.tl: file: missing, expected the file that fil with model_type "lightgbm"/,
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
    /^xgb1\/1\/checkpoint.tl: file: missing, .*make it with `python -m pairstream_training checkpoint --model .*xgb1`/,
    (r) => r.remove('xgb1/1/checkpoint.tl'),
  ),
  seed('golden-missing', /^nn1\/1\/golden.json: file: missing, expected rows with the answers/, (r) =>
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
  seed('warmup-batch-large', /batch_size: 20000, expected 1 to max_batch_size, 16384/, (r) =>
    r.edit('xgb1', 'batch_size: 1024', 'batch_size: 20000'),
  ),
  seed(
    'warmup-file-missing',
    /^xgb1\/warmup\/rows: model_warmup\[1\].inputs.input__0.input_data_file: missing/,
    (r) => r.edit('xgb1', /(batch_size: 1024\n.*)zero_data: true/g, '$1input_data_file: "rows"'),
  ),
  seed('pipeline-model-missing', 'nn1_tweet: model: missing, expected a model of the pipeline', (r) =>
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

/** An ensemble of nn1_tweet, with other pieces of its text. @returns the text of its config.pbtxt */
function ensembleText(...edits: readonly (readonly [piece: string, replacement: string])[]): string {
  const text = `platform: "ensemble"
max_batch_size: 1024
input [ { name: "a" data_type: TYPE_INT32 dims: [ 48 ] }, { name: "b" data_type: TYPE_FP32 dims: [ 26 ] } ]
output [ { name: "vector" data_type: TYPE_FP32 dims: [ 416 ] } ]
ensemble_scheduling { step [ {
  model_name: "nn1_tweet"
  model_version: -1
  input_map { key: "tokens" value: "a" }
  input_map { key: "features" value: "b" }
  output_map { key: "tweet_vector" value: "vector" }
} ] }`;
  return edits.reduce((edited, [piece, replacement]) => edited.replace(piece, replacement), text);
}

/** A configuration of an ONNX model with the output `label`; nothing else is wrong with it. */
function labelsText(dims: string): string {
  return `backend: "onnxruntime"
max_batch_size: 1024
input [ { name: "x" data_type: TYPE_FP32 dims: [ 3 ] } ]
output [ { name: "label" data_type: TYPE_INT64 ${dims} } ]
instance_group [ { kind: KIND_AUTO, count: 2 } ]
dynamic_batching { default_queue_policy { default_timeout_microseconds: 1000 allow_timeout_override: true max_queue_size: 8 } }`;
}

function writeLabels(repository: SeededRepository, model: Uint8Array, dims = 'dims: [ 1 ]'): void {
  repository.write('nn1/config.pbtxt', labelsText(dims));
  repository.write('nn1/1/model.onnx', model);
}

/** A repository with an ensemble `flow`; ensembles have an empty version folder. */
function writeFlow(repository: SeededRepository, text: string): void {
  repository.write('flow/config.pbtxt', text);
  mkdirSync(join(repository.path, 'flow/1'));
}

function editJson(repository: SeededRepository, name: string, change: object): void {
  const document = JSON.parse(readFileSync(join(repository.path, name), 'utf8')) as object;
  repository.write(name, JSON.stringify({ ...document, ...change }));
}

const STEP = 'ensemble_scheduling.step';
/** Faults that a server refuses, each told once. */
const REFUSED_SEEDS: readonly Seed[] = [
  seed(
    'version-misnamed',
    'nn1/2a: versions: Triton looks for version 2, expected a whole number without leading zeros, like 1',
    (r) => mkdirSync(join(r.path, 'nn1/2a')),
  ),
  seed('version-name', /^nn1\/2a: versions: Triton looks for version 2/, (r) => {
    mkdirSync(join(r.path, 'nn1/2a'));
    r.edit('nn1', 'max_batch_size', 'version_policy { specific { versions: 1 } }\nmax_batch_size');
  }),
  seed('version-none-loaded', /version_policy.specific.versions: 7, expected among the folders: 1$/, (r) =>
    r.edit('nn1', 'max_batch_size', 'version_policy { specific { versions: 7 } }\nmax_batch_size'),
  ),
  seed('version-none-loaded', /version_policy.latest.num_versions: 0, expected 1 or more$/, (r) =>
    r.edit('nn1', 'max_batch_size', 'version_policy { latest { num_versions: 0 } }\nmax_batch_size'),
  ),
  seed(
    'model-file-damaged',
    'xgb1/1/checkpoint.tl: file: empty, expected a checkpoint that treelite 4 wrote',
    (r) => r.write('xgb1/1/checkpoint.tl', ''),
  ),
  seed('model-file-damaged', /^xgb1\/1\/checkpoint.tl: file: no treelite checkpoint/, (r) =>
    r.write('xgb1/1/checkpoint.tl', new Uint8Array(64)),
  ),
  seed('model-file-damaged', /^xgb1\/1\/checkpoint.tl: file: 2000 bytes, shorter than it announces/, (r) =>
    r.write('xgb1/1/checkpoint.tl', readFileSync(CHECKPOINT).subarray(0, 2_000)),
  ),
  seed('model-file-damaged', /^xgb1\/1\/checkpoint.tl: file: more bytes than its trees have/, (r) =>
    r.write('xgb1/1/checkpoint.tl', Buffer.concat([readFileSync(CHECKPOINT), Buffer.alloc(1)])),
  ),
  seed(
    'model-file-damaged',
    /^xgb1\/1\/xgboost.ubj: .*trees\[\d+\][\w.]+: byte \d+, the file ends here: is it cut short\?$/,
    (r) => r.write('xgb1/1/xgboost.ubj', shippedForest().subarray(0, 1_000_000)),
  ),
  seed(
    'model-file-damaged',
    'xgb1/1/xgboost.ubj: file: JSON, expected a model that XGBoost saved as .ubj',
    (r) => {
      r.write('xgb1/1/xgboost.ubj', '{"learner": {}}');
    },
  ),
  seed(
    'model-file-damaged',
    /^xgb1\/1\/xgboost.ubj: .*left_children\[0\]: tree 0, node 0: child 16777217, expected/,
    (r) => {
      const forest = shippedForest();
      const key = Buffer.from('left_children[$l#L');
      forest.writeInt8(1, forest.indexOf(key) + key.length + 8);
      r.write('xgb1/1/xgboost.ubj', forest);
    },
  ),
  seed('model-file-damaged', 'xgb1/1/xgboost.ubj: file: cannot be read (a folder, expected a file)', (r) => {
    r.remove('xgb1/1/xgboost.ubj');
    mkdirSync(join(r.path, 'xgb1/1/xgboost.ubj'));
  }),
  seed('model-file-damaged', /^xgb1\/1\/model.txt: file: empty, expected a model/, (r) => {
    r.edit('xgb1', '"treelite_checkpoint"', '"lightgbm"');
    r.write('xgb1/1/model.txt', '');
  }),
  seed('max-batch-size-negative', 'nn1/config.pbtxt: max_batch_size: -1, expected 0 or more', (r) =>
    r.edit('nn1', 'max_batch_size: 16384', 'max_batch_size: -1'),
  ),
  seed('preserve-ordering', /preserve_ordering: true, expected priority_levels 1, not 2$/, (r) =>
    r.edit(
      'nn1',
      'dynamic_batching {',
      'dynamic_batching {\n preserve_ordering: true priority_levels: 2 default_priority_level: 1',
    ),
  ),
  seed('sequence-batching', /control_input\[0\].control\[0\]: 0 lists of values, expected two values/, (r) =>
    r.edit(
      'nn1',
      /dynamic_batching \{[^]*?\n\}\n/g,
      'sequence_batching { control_input { name: "START" control { } } }\n',
    ),
  ),
  seed(
    'initial-state-missing',
    'nn1/initial_state/zero: sequence_batching.state.i.initial_state.data_file: missing, expected the data of the tensor',
    (r) =>
      r.edit(
        'nn1',
        /dynamic_batching \{[^]*?\n\}\n/g,
        'sequence_batching { state { input_name: "i" output_name: "o" data_type: TYPE_FP32 dims: 1 initial_state { name: "n" data_type: TYPE_FP32 dims: 1 data_file: "zero" } } }\n',
      ),
  ),
  seed('response-cache', /response_cache.enable: true, expected false for a decoupled model$/, (r) =>
    r.edit(
      'nn1',
      'dynamic_batching {',
      'response_cache { enable: true }\nmodel_transaction_policy { decoupled: true }\ndynamic_batching {',
    ),
  ),
  seed(
    'instance-devices',
    'xgb1/config.pbtxt: instance_group[0].gpus: 0, expected none beside KIND_CPU',
    (r) => r.edit('xgb1', 'kind: KIND_AUTO', 'kind: KIND_CPU gpus: 0'),
  ),
  seed(
    'reshape',
    'nn1/config.pbtxt: input[1].reshape.shape: [3], expected as many elements as dims [2], before, between and after every -1',
    (r) => r.edit('nn1', 'dims: [ 2 ]\n', 'dims: [ 2 ] reshape { shape: 3 }\n'),
  ),
  seed(
    'tensor-format',
    'nn1/config.pbtxt: input[1].format: FORMAT_NCHW, expected 3 dims beside a format',
    (r) => r.edit('nn1', 'dims: [ 2 ]\n', 'dims: [ 2 ] format: FORMAT_NCHW\n'),
  ),
  seed('label-file-missing', 'nn1/labels.txt: output[0].label_filename: missing, expected the labels', (r) =>
    r.edit('nn1', 'dims: [ 8 ]', 'dims: [ 8 ] label_filename: "labels.txt"'),
  ),
  seed('warmup-file-missing', /input_data_file: 3 bytes, expected 286720$/, (r) => {
    r.edit('xgb1', /(batch_size: 1024\n.*)zero_data: true/g, '$1input_data_file: "rows"');
    r.write('xgb1/warmup/rows', 'abc');
  }),
  seed(
    'onnx-sequence-output',
    /output.probabilities: a sequence of maps in 1\/model.onnx, .*zipmap=False/,
    (r) => writeLabels(r, ZIPMAP_ONNX),
  ),
  seed(
    'onnx-tensors',
    /output.label: dims \[1\], expected dims: \[ 1 \] with reshape: { shape: \[ \] }/,
    (r) => writeLabels(r, LABELS_ONNX),
  ),
  seed(
    'onnx-external-data',
    /^nn1\/1\/model.onnx: file: .*weights.bin is missing, expected beside the model/,
    (r) => writeLabels(r, EXTERNAL_ONNX),
  ),
  seed(
    'ensemble-scheduling',
    /^flow\/config.pbtxt: .*step\[0\].output_map: none, expected one in every step$/,
    (r) => writeFlow(r, ensembleText(['output_map { key: "tweet_vector" value: "vector" }', ''])),
  ),
  seed(
    'ensemble-model',
    `flow/config.pbtxt: ${STEP}[0].model_name: "nn9", expected a model of the repository`,
    (r) => writeFlow(r, ensembleText(['nn1_tweet', 'nn9'])),
  ),
  seed(
    'ensemble-cycle',
    `flow/config.pbtxt: ${STEP}: flow -> flow, expected no ensemble inside itself`,
    (r) => writeFlow(r, ensembleText(['nn1_tweet', 'flow'])),
  ),
  seed(
    'ensemble-tensors',
    /step\[0\].output_map.output__O: no output of the model, expected tweet_vector, the outputs of nn1_tweet$/,
    (r) => writeFlow(r, ensembleText(['key: "tweet_vector"', 'key: "output__O"'])),
  ),
  seed('ensemble-types', /^flow\/config.pbtxt: .*TYPE_INT32, expected TYPE_FP32 of "a" in flow$/, (r) =>
    writeFlow(r, ensembleText(['TYPE_INT32', 'TYPE_FP32'])),
  ),
  seed(
    'ensemble-batch-size',
    /max_batch_size: 99999, expected at most 16384, the max_batch_size of nn1_tweet in step 0/,
    (r) => writeFlow(r, ensembleText(['1024', '99999'])),
  ),
];

const ALL_SEEDS = [...SEEDS, ...REFUSED_SEEDS];

describe('a check of a model repository', () => {
  it('finds nothing in a repository as the training writes it', async () => {
    using repository = new SeededRepository();
    expect(await linesOf(repository.path)).toEqual([]);
  });

  it('finds no error in triton-models', async () => {
    const lines = await linesOf(join(ROOT, 'triton-models'), NEWEST_SERVER, modelsOf(SHIPPED_PIPELINE));
    expect(lines.filter((line) => !line.startsWith('checkpoint-missing '))).toEqual([]);
  });

  it.each(ALL_SEEDS.map((each, i) => ({ ...each, name: `${i} ${each.rule}` })))(
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

  it('reads a forest that FIL serves from xgboost.ubj', async () => {
    using repository = new SeededRepository();
    repository.edit('xgb1', '"treelite_checkpoint"', '"xgboost_ubj"');
    expect(await linesOf(repository.path)).toHaveLength(1);
    repository.write('xgb1/1/xgboost.ubj', '');
    expect(await linesOf(repository.path)).toContain(
      'model-file-damaged xgb1/1/xgboost.ubj: file: empty, expected a model that XGBoost saved as .ubj',
    );
  });

  it('leaves models alone that are whole and no logistic forests', async () => {
    using repository = new SeededRepository();
    repository.write(
      'xgb1/1/xgboost.ubj',
      readFileSync(join(ROOT, 'test/triton/fixtures/classes/1/xgboost.ubj')),
    );
    expect(await linesOf(repository.path)).toEqual([]);
  });

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
    expect([...new Set(ALL_SEEDS.map(({ rule }) => rule))].toSorted()).toEqual(Object.keys(RULES).toSorted());
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

  it('takes an ensemble whose tensors fit its steps', async () => {
    using repository = new SeededRepository();
    writeFlow(repository, ensembleText());
    expect(await linesOf(repository.path)).toEqual([]);
  });

  it('takes a batch of labels with a reshape, versions from 0, initial states and sequence models', async () => {
    using repository = new SeededRepository();
    writeLabels(repository, LABELS_ONNX, 'dims: [ 1 ] reshape { shape: [ ] }');
    repository.edit('nn1', /dynamic_batching.*/g, 'sequence_batching { }');
    mkdirSync(join(repository.path, 'nn1/0'));
    repository.write('nn1/0/model.onnx', LABELS_ONNX);
    repository.write('nn1/initial_state/zero', '');
    const lines = await linesOf(repository.path, NEWEST_SERVER, []);
    expect(lines.filter((line) => !line.startsWith('golden-'))).toEqual([]);
  });

  it('says what is wrong with a path that is no repository', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'none-'));
    const file = join(folder, 'file');
    writeFileSync(file, '');
    const lone = join(folder, '.lone');
    mkdirSync(lone);
    writeFileSync(join(lone, 'config.pbtxt'), 'name: "ensemble"');
    const cases = [
      [join(folder, 'absent'), 'no such folder'],
      [file, 'a file, expected a folder of models'],
      [folder, 'no model folders in it, expected <model>/config.pbtxt and <model>/<version>/'],
      [lone, 'a model folder itself, expected the folder it lies in'],
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

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkModelConfig, type ModelConfigCheckOptions } from './check-model-config.js';
import { parseModelConfig } from './files/config-text.js';
import { checkExpectedModel } from './expected-model.js';
import { parseServerVersion } from './server-version.js';

const MODELS = join(import.meta.dirname, '../../../../triton-models');
const textOf = (model: string): string => readFileSync(join(MODELS, model, 'config.pbtxt'), 'utf8');
const XGB1 = textOf('xgb1');
const NN1 = textOf('nn1');
const QUEUE = /dynamic_batching \{[^]*?\n\}\n/;

/** `rule field` of every finding. */
function findingsOf(text: string, options?: ModelConfigCheckOptions): string[] {
  return checkModelConfig(parseModelConfig(text), options).map(({ rule, field }) => `${rule} ${field}`);
}

describe('checkModelConfig', () => {
  it.each([XGB1, NN1])('finds nothing in what the training writes', (text) => {
    expect(findingsOf(text)).toEqual([]);
    expect(findingsOf(text, { serverVersion: parseServerVersion('26.09') })).toEqual([]);
  });

  it('says what each finding is, how bad, where, and what to do', () => {
    const [found] = checkModelConfig(parseModelConfig(XGB1.replace('max_queue_size: 256', '')));
    expect(found).toEqual({
      rule: 'queue-unbounded',
      severity: 'error',
      field: 'dynamic_batching.default_queue_policy.max_queue_size',
      problem: '0, expected a bound like 256: 0 is none',
    });
  });

  it('knows what FIL of each version reads, and asks nothing of it without a version', () => {
    const old = XGB1.replace('"is_classifier"', '"output_class"').replace(
      'parameters [',
      'parameters [ { key: "blocks_per_sm", value: { string_value: "2" } }, { key: "algo", value: { string_value: "NAIVE" } },',
    );
    const before = { serverVersion: parseServerVersion('25.08') };
    const since = { serverVersion: parseServerVersion('2.61.0') };
    expect(findingsOf(old, before)).toEqual([]);
    expect(findingsOf(old, since)).toEqual([
      'fil-key-renamed parameters.output_class',
      'fil-key-renamed parameters.algo',
      'fil-key-removed parameters.blocks_per_sm',
    ]);
    expect(findingsOf(XGB1, before)).toEqual(['fil-key-too-new parameters.is_classifier']);
    expect(findingsOf(old)).toEqual([]);
    expect(findingsOf(XGB1)).toEqual([]);
  });

  it('lets every priority level have a policy of its own', () => {
    const policy = '{ default_timeout_microseconds: 1000, allow_timeout_override: true, max_queue_size: 8 }';
    const levels = (count: number, covered: readonly number[]): string =>
      XGB1.replace(
        QUEUE,
        `dynamic_batching {
  priority_levels: ${count}
  default_priority_level: 1
  ${covered.map((level) => `priority_queue_policy { key: ${level}, value ${policy} }`).join('\n')}
}\n`,
      );
    expect(findingsOf(levels(2, [1, 2]))).toEqual([]);
    expect(findingsOf(levels(3, [1, 2]))).toEqual([
      'queue-policy-missing dynamic_batching.default_queue_policy',
    ]);
    expect(findingsOf(levels(1, [1, 2]))).toEqual([
      'priority-level dynamic_batching.priority_queue_policy[2]',
    ]);
  });

  it('takes a regression, an explanation, a CUDA accelerator, a cache named by number, and any width', () => {
    const regression = XGB1.replace(/"is_classifier", value: { string_value: "true"/, (text) =>
      text.replace('true', 'false'),
    )
      .replace(/.*"predict_proba".*\n/, '')
      .replace(/,\n.*"threshold".*/, '');
    expect(findingsOf(regression)).toEqual([]);
    const explained = XGB1.replace(
      'output [',
      'output [ { name: "treeshap_output", data_type: TYPE_FP32, dims: [ 71 ] },',
    );
    expect(findingsOf(explained)).toEqual([]);
    expect(findingsOf(NN1.replace('name: "tensorrt"', 'name: "cuda"'))).toEqual([]);
    expect(findingsOf(NN1.replace('cache_enable", value: "true"', 'cache_enable", value: "1"'))).toEqual([]);
    expect(findingsOf(NN1.replace('dims: [ 416 ]', 'dims: [ -1 ]'))).toEqual([]);
    expect(findingsOf(NN1.replace(/ *parameters { key: "trt_profile.*\n/g, ''))).toEqual([]);
  });

  it('takes a warm-up with random data or a file, and without what is optional', () => {
    const optional = NN1.replace('dims: [ 2 ]', 'dims: [ 2 ]\n    optional: true');
    expect(findingsOf(optional.replaceAll(/ *inputs { key: "user_index".*\n/g, ''))).toEqual([]);
    expect(findingsOf(NN1.replaceAll('zero_data', 'random_data'))).toEqual([]);
    expect(findingsOf(NN1.replaceAll('zero_data: true', 'input_data_file: "rows"'))).toEqual([]);
  });

  it('asks no more of an ensemble than its steps and tensors', () => {
    const flow = `platform: "ensemble"
input [ { name: "x", data_type: TYPE_FP32, dims: [ 1 ] } ]
output [ { name: "y", data_type: TYPE_FP32, dims: [ ] } ]
ensemble_scheduling { step [ {
  model_name: "a", model_version: -1, input_map { key: "x", value: "x" }, output_map { key: "y", value: "y" }
} ] }`;
    expect(findingsOf(flow)).toEqual(['tensor-incomplete output[0].dims']);
  });

  it('counts a misspelt key as the one that was meant', () => {
    expect(findingsOf(XGB1.replace('"threshold"', '"treshold"'))).toEqual([
      'parameter-typo parameters.treshold',
    ]);
    expect(findingsOf(XGB1.replace('"0.5"', '"x"').replace('"threshold"', '"treshold"'))).toEqual([
      'parameter-typo parameters.treshold',
      'fil-threshold parameters.treshold',
    ]);
    const both = XGB1.replace(
      'parameters [',
      'parameters [ { key: "treshold", value: { string_value: "x" } },',
    );
    expect(findingsOf(both)).toEqual(['parameter-typo parameters.treshold']);
    // Keys of one's own are none of anybody's business.
    const own = XGB1.replace('parameters [', 'parameters [ { key: "owner", value: { string_value: "x" } },');
    expect(findingsOf(own)).toEqual([]);
  });

  it('gives lines, whatever the configuration', () => {
    const words = [
      ...new Set([...XGB1.matchAll(/\w+: |[\w.]+|"[^"]*"|[{}[\],]/g), ...NN1.matchAll(/"[^"]*"/g)]),
    ];
    const edits = fc.array(
      fc.tuple(fc.nat({ max: 40 }), fc.nat(), fc.constantFrom(...words.map(([word]) => word))),
      {
        minLength: 1,
        maxLength: 3,
      },
    );
    let readCount = 0;
    fc.assert(
      fc.property(fc.constantFrom(XGB1, NN1), edits, (text, changes) => {
        // Values of lines are exchanged for those of others.
        const lines = text.split('\n');
        for (const [, line, word] of changes) {
          const at = line % lines.length;
          lines[at] = lines[at]!.replace(/"[^"]*"|\d+|TYPE_\w+|KIND_\w+|true/, word);
        }
        let config;
        try {
          config = parseModelConfig(lines.join('\n'));
        } catch {
          return;
        }
        readCount += 1;
        const findings = checkModelConfig(config, { serverVersion: parseServerVersion('24.10') });
        for (const { field, problem } of findings)
          expect(`${field}${problem}`).not.toMatch(/\n|undefined|NaN/);
      }),
      { numRuns: 2_000 },
    );
    expect(readCount).toBeGreaterThan(200);
  });
});

describe('checkExpectedModel', () => {
  const expected = {
    name: 'nn1',
    version: '1',
    inputs: [
      { name: 'features', datatype: 'FP32', width: 5 },
      { name: 'user_index', datatype: 'INT32', width: 2 },
      { name: 'tweet_vector', datatype: 'FP32', width: 416 },
    ],
    outputs: [{ name: 'output__0', datatype: 'FP32', width: 8 }],
  };
  const problemsOf = (text: string, batchRows = 1_024): string[] =>
    checkExpectedModel(parseModelConfig(text), expected, batchRows).map(
      ({ field, problem }) => `${field}: ${problem}`,
    );

  it('takes the tensors of the pipeline, more outputs and inputs that are optional', () => {
    expect(problemsOf(NN1)).toEqual([]);
    const more = '{ name: "more", data_type: TYPE_INT64, dims: [ 3 ]';
    expect(problemsOf(NN1.replace('output [', `output [ ${more} },`))).toEqual([]);
    expect(problemsOf(NN1.replace('input [', `input [ ${more}, optional: true },`))).toEqual([]);
  });

  it.each([
    [
      /"user_index"/,
      '"users"',
      'input.users: not in the pipeline, expected only features, user_index, tweet_vector',
    ],
    [
      /TYPE_INT32/,
      'TYPE_INT64',
      'input.user_index: TYPE_INT64 [2], expected INT32 with 2 values per row, as in the pipeline',
    ],
    [
      /dims: \[ 5 \]/,
      'dims: [ 6 ]',
      'input.features: TYPE_FP32 [6], expected FP32 with 5 values per row, as in the pipeline',
    ],
    [/"output__0"/, '"p"', 'output: p, expected output__0 as in the pipeline'],
  ])('tells what differs: %s', (piece, replacement, problem) => {
    expect(problemsOf(NN1.replace(piece, replacement))).toEqual([problem]);
  });

  it('wants room for the batches that are sent', () => {
    expect(problemsOf(NN1, 16_384)).toEqual([]);
    expect(problemsOf(NN1, 16_385)).toEqual([
      'max_batch_size: 16384, expected at least 16385, the rows of a full batch of the gateway',
    ]);
  });
});

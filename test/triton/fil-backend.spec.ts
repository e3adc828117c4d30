import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { prepareTriton } from '../support/triton/triton.js';
import {
  PREPARE_MS,
  type TritonRunner,
  type TritonServer,
  WITH_REFUSED_MODELS,
} from '../support/triton/triton-server.js';
import {
  type FixtureRepository,
  forestGolden,
  makeFixtureRepository,
  parameterText,
} from './fixture-repository.js';
import { floats, matrix, TritonHttp } from './triton-http.js';

const FEATURES = 5;
const TOLERANCE = 1e-5;
const THRESHOLD = 0.3;

/** A way to configure a fixture, and what FIL answers for rows of such values. */
interface Case {
  readonly fixture: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly dims: number;
  /** From the values of a row to its answer. */
  readonly answer: (values: readonly number[]) => readonly number[];
}

const asIs = (values: readonly number[]): readonly number[] => values;
const likeliest = (values: readonly number[]): readonly number[] => [values.indexOf(Math.max(...values))];
const PROBABILITIES = { is_classifier: 'true', predict_proba: 'true', threshold: '0.5' };
const CLASSES = { is_classifier: 'true', predict_proba: 'false', threshold: String(THRESHOLD) };

const CASES: Readonly<Record<string, Case>> = {
  positive_probability: {
    fixture: 'binary',
    parameters: { model_type: 'xgboost_ubj', ...PROBABILITIES },
    dims: 1,
    answer: asIs,
  },
  both_probabilities: {
    fixture: 'binary',
    parameters: { model_type: 'xgboost_ubj', ...PROBABILITIES },
    dims: 2,
    answer: ([p]) => [1 - p!, p!],
  },
  above_threshold: {
    fixture: 'binary',
    parameters: { model_type: 'xgboost_ubj', ...CLASSES },
    dims: 1,
    answer: ([p]) => [p! > THRESHOLD ? 1 : 0],
  },
  name_before_25_09: {
    fixture: 'binary',
    parameters: { model_type: 'xgboost_ubj', output_class: 'true', threshold: String(THRESHOLD) },
    dims: 1,
    answer: ([p]) => [p! > THRESHOLD ? 1 : 0],
  },
  regression_value: {
    fixture: 'regression',
    parameters: { model_type: 'xgboost_json', is_classifier: 'false' },
    dims: 1,
    answer: asIs,
  },
  class_probabilities: {
    fixture: 'classes',
    parameters: { model_type: 'xgboost_ubj', ...PROBABILITIES },
    dims: 3,
    answer: asIs,
  },
  likeliest_class: {
    fixture: 'classes',
    parameters: { model_type: 'xgboost_ubj', ...CLASSES },
    dims: 1,
    answer: likeliest,
  },
  source_of_checkpoint: {
    fixture: 'targets',
    parameters: { model_type: 'treelite_checkpoint', ...PROBABILITIES },
    dims: 2,
    answer: asIs,
  },
  checkpoint: {
    fixture: 'checkpoint',
    parameters: { model_type: 'treelite_checkpoint', ...PROBABILITIES },
    dims: 1,
    answer: asIs,
  },
  lightgbm: {
    fixture: 'lightgbm',
    parameters: { model_type: 'lightgbm', ...PROBABILITIES },
    dims: 1,
    answer: asIs,
  },
  lightgbm_classes: {
    fixture: 'lightgbm_classes',
    parameters: { model_type: 'lightgbm', ...CLASSES },
    dims: 1,
    answer: likeliest,
  },
};

/** Keys for a GPU are passed over. */
const FOR_GPU = { layout: 'layered', chunk_size: '8' };

function configOf({ parameters, dims }: Pick<Case, 'parameters' | 'dims'>, features = FEATURES): string {
  return `
    backend: "fil"
    max_batch_size: 64
    input { name: "input__0" data_type: TYPE_FP32 dims: ${features} }
    output { name: "output__0" data_type: TYPE_FP32 dims: ${dims} }
    instance_group { kind: KIND_AUTO count: 1 }
    dynamic_batching {}
    ${parameterText({ ...FOR_GPU, ...parameters })}`;
}

/** Configurations of the fixture `binary` that cannot be, and the sentence about each. */
const REFUSED: Readonly<Record<string, readonly [config: string, sentence: string]>> = {
  word_for_a_number: [
    configOf({ parameters: { ...CASES['above_threshold']!.parameters, threshold: 'half' }, dims: 1 }),
    'parameters.threshold is "half", expected a number',
  ],
  other_spelling_of_true: [
    configOf({ parameters: { ...CASES['above_threshold']!.parameters, is_classifier: 'True' }, dims: 1 }),
    'parameters.is_classifier is "True", expected "true" or "false"',
  ],
  missing_file: [
    configOf({ parameters: { model_type: 'lightgbm', ...PROBABILITIES }, dims: 1 }),
    '1/model.txt is missing, expected a file: parameters.model_type is "lightgbm"',
  ],
  other_features: [
    configOf(CASES['positive_probability']!, FEATURES + 1),
    'input.dims is [6], expected [5]: the features of the model',
  ],
  other_outputs: [
    configOf({ parameters: CASES['positive_probability']!.parameters, dims: 3 }),
    'output.dims is [3], expected [1]: the model has 1 output ([2] gives both classes)',
  ],
};

describe('backend fil on a CPU', () => {
  let triton: TritonRunner;
  let server: TritonServer;
  let http: TritonHttp;
  let repository: FixtureRepository;

  beforeAll(async () => {
    triton = await prepareTriton();
    if (triton.isOptionalAndMissing) return;
    const served = Object.entries(CASES).map(([name, given]) => [
      name,
      { fixture: given.fixture, config: configOf(given) },
    ]);
    const refused = Object.entries(REFUSED).map(([name, [config]]) => [name, { fixture: 'binary', config }]);
    repository = makeFixtureRepository(Object.fromEntries([...served, ...refused]));
    server = await triton.start({ repositories: [repository.folder], flags: WITH_REFUSED_MODELS });
    http = new TritonHttp(server.httpPort, server.metricsPort);
  }, PREPARE_MS);
  afterAll(async () => {
    await server?.stop();
    repository?.[Symbol.dispose]();
  });
  beforeEach((context) => {
    if (triton.isOptionalAndMissing) context.skip(triton.reason);
  });

  it.for(Object.keys(CASES))('answers what FIL answers: %s', async (name) => {
    const { fixture, dims, answer } = CASES[name]!;
    const { rows, values } = forestGolden(fixture);
    const { output__0: output } = await http.infer(name, { input__0: matrix('FP32', rows) });
    // FIL squeezes dims of one.
    expect(output!.shape).toEqual(dims === 1 ? [rows.length] : [rows.length, dims]);
    const expected = values.flatMap(answer);
    floats(output).forEach((value, i) => expect(Math.abs(value - expected[i]!)).toBeLessThan(TOLERANCE));
    expect(new Set(expected).size).toBeGreaterThan(1);
  });

  it.for(Object.keys(REFUSED))('refuses in one sentence: %s', async (name) => {
    const reason = (await http.loadErrors())[name];
    expect(reason?.split('\n\nAt:')[0]).toBe(`Internal: ModelError: model ${name}: ${REFUSED[name]![1]}`);
  });

  it('refuses no other model', async () => {
    expect(Object.keys(await http.loadErrors()).toSorted()).toEqual(Object.keys(REFUSED).toSorted());
  });
});

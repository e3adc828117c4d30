import type { ModelConfig } from '@pairstream/triton-client';
import { type Finding, finding } from '../../finding.js';
import { BOOLEAN_KEYS, FIL_FILES, FIL_KEYS, REMOVED_KEYS, RENAMED_KEYS } from './fil-keys.js';
import { ParameterValues } from './parameter-values.js';
import { RENAMED_KEYS_MINOR, type ServerVersion } from '../../server-version.js';

/**
 * The parameters of a forest as FIL reads them.
 * @param serverVersion whose FIL it is; undefined leaves out what depends on the version
 */
export function checkFil(config: ModelConfig, serverVersion: ServerVersion | undefined): Finding[] {
  const values = filParameters(config);
  return [
    ...values.typos,
    ...checkModelType(config, values),
    ...checkVersion(values, serverVersion),
    ...checkValues(values),
    ...checkAnswers(config, values),
  ];
}

/** The parameters of a forest. */
export function filParameters({ parameters }: ModelConfig): ParameterValues {
  const strings = Object.entries(parameters).map(([key, { stringValue }]) => [key, stringValue]);
  return new ParameterValues('parameters', Object.fromEntries(strings), FIL_KEYS);
}

function checkModelType({ output }: ModelConfig, values: ParameterValues): Finding[] {
  const type = values.get('model_type');
  const types = Object.keys(FIL_FILES).join(', ');
  const field = values.fieldOf('model_type');
  if (type === undefined)
    return [
      finding(
        'fil-legacy-format',
        field,
        `none, which means XGBoost's old binary format, expected one of ${types}`,
      ),
    ];
  if (!Object.hasOwn(FIL_FILES, type))
    return [finding('fil-model-type', field, `"${type}", expected one of ${types}`)];
  const width = output[0]?.dims[0] ?? 1;
  if (type !== 'xgboost_ubj' || width <= 1) return [];
  const problem = `"${type}" with ${width} outputs, expected "treelite_checkpoint" where these are targets: FIL takes several outputs of an XGBoost file as classes only`;
  return [finding('fil-many-outputs', field, problem)];
}

function checkVersion(values: ParameterValues, server: ServerVersion | undefined): Finding[] {
  if (server === undefined) return [];
  const renamed = Object.entries(RENAMED_KEYS);
  if (server.minor < RENAMED_KEYS_MINOR)
    return renamed
      .filter(([now, before]) => values.get(now) !== undefined && values.get(before) === undefined)
      .map(([now, before]) =>
        finding(
          'fil-key-too-new',
          values.fieldOf(now),
          `not read by Triton ${server.label}, expected ${before}`,
        ),
      );
  return [
    ...renamed
      .filter(([, before]) => values.get(before) !== undefined)
      .map(([now, before]) =>
        finding('fil-key-renamed', values.fieldOf(before), `an old name, expected ${now} since Triton 25.09`),
      ),
    ...REMOVED_KEYS.filter((key) => values.get(key) !== undefined).map((key) =>
      finding('fil-key-removed', values.fieldOf(key), 'without effect since Triton 25.09, expected none'),
    ),
  ];
}

function checkValues(values: ParameterValues): Finding[] {
  const booleans = BOOLEAN_KEYS.filter((key) => !['true', 'false', undefined].includes(values.get(key))).map(
    (key) =>
      finding(
        'fil-boolean',
        values.fieldOf(key),
        `"${values.get(key)}", expected "true" or "false", exactly`,
      ),
  );
  const threshold = values.get('threshold');
  if (threshold === undefined || isNumber(threshold)) return booleans;
  return [
    ...booleans,
    finding('fil-threshold', values.fieldOf('threshold'), `"${threshold}", expected a number like "0.5"`),
  ];
}

function checkAnswers({ output }: ModelConfig, values: ParameterValues): Finding[] {
  const isClassifier = values.get('is_classifier') ?? values.get('output_class');
  if (isClassifier === undefined)
    return [
      finding(
        'fil-is-classifier',
        values.fieldOf('is_classifier'),
        'none, expected "true" where the outputs are probabilities, else "false"',
      ),
    ];
  if (isClassifier !== 'true') return [];
  const findings: Finding[] = [];
  if (values.get('threshold') === undefined)
    findings.push(
      finding(
        'fil-threshold',
        values.fieldOf('threshold'),
        'none, expected a number like "0.5": FIL wants one of every classifier',
      ),
    );
  const asProbabilities = values.get('predict_proba');
  if (asProbabilities === undefined || asProbabilities === 'false')
    findings.push(
      finding(
        'fil-classes',
        values.fieldOf('predict_proba'),
        `${asProbabilities === undefined ? 'none' : '"false"'}, expected "true": FIL answers ${output[0]?.dims[0] === 1 ? '0 or 1' : 'class numbers'} otherwise`,
      ),
    );
  return findings;
}

function isNumber(text: string): boolean {
  return text.trim() !== '' && Number.isFinite(Number(text));
}

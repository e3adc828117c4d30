import type { Parameters } from './infer-parameters.js';
import { TritonError } from './triton-error.js';

const SMALLEST_INT64 = -(2n ** 63n);
const LARGEST_UINT64 = 2n ** 64n - 1n;

/** The parts of a request that are not tensor elements. */
interface RequestHead {
  readonly modelName: string;
  readonly modelVersion?: string;
  readonly id?: string;
  readonly parameters?: Parameters;
  readonly inputs: readonly {
    readonly name: string;
    readonly shape: readonly number[];
    readonly parameters?: Parameters;
  }[];
  readonly outputs?: readonly { readonly name: string; readonly parameters?: Parameters }[];
}

/**
 * Refuses values that the encoding would silently change. JavaScript callers may pass any value.
 * @throws TritonError invalid_argument that names the field, the value and the accepted values
 */
export function checkRequestValues(request: RequestHead): void {
  const { modelName, modelVersion = '', id = '', parameters, inputs, outputs = [] } = request;
  checkText('modelName', modelName);
  checkText('modelVersion', modelVersion);
  checkText('id', id);
  checkParameters('parameters', parameters);
  for (const [i, input] of inputs.entries()) {
    checkText(`inputs[${i}].name`, input.name);
    checkShape(`inputs[${i}].shape`, input.shape);
    checkParameters(`inputs[${i}].parameters`, input.parameters);
  }
  for (const [i, output] of outputs.entries()) {
    checkText(`outputs[${i}].name`, output.name);
    checkParameters(`outputs[${i}].parameters`, output.parameters);
  }
}

/** @throws TritonError invalid_argument for anything but text without lone surrogates */
export function checkText(field: string, value: unknown): void {
  if (typeof value !== 'string') throw refused(field, value, 'a string');
  if (!value.isWellFormed())
    throw refused(field, value, 'text without lone surrogates, which UTF-8 cannot hold');
}

function checkShape(field: string, shape: readonly unknown[]): void {
  for (const [i, size] of shape.entries())
    if (!Number.isSafeInteger(size)) throw refused(`${field}[${i}]`, size, 'a whole number');
}

function checkParameters(field: string, parameters: Parameters | undefined): void {
  for (const [name, value] of Object.entries(parameters ?? {})) {
    checkText(`a name in ${field}`, name);
    checkParameter(`${field}.${name}`, value);
  }
}

function checkParameter(field: string, value: unknown): void {
  if (typeof value === 'boolean') return;
  if (typeof value === 'string') checkText(field, value);
  else if (typeof value === 'bigint') {
    if (value < SMALLEST_INT64 || value > LARGEST_UINT64)
      throw refused(field, value, 'a bigint between -2^63 and 2^64 - 1');
  } else if (typeof value !== 'number') throw refused(field, value, 'a boolean, number, bigint or string');
  else if (!Number.isFinite(value)) throw refused(field, value, 'a finite number');
  else if (Number.isInteger(value) && !Number.isSafeInteger(value) && Math.abs(value) < 2 ** 64)
    throw refused(field, value, 'a bigint for a whole number beyond 2^53 - 1');
}

function refused(field: string, value: unknown, expected: string): TritonError {
  const text = typeof value === 'string' ? JSON.stringify(value) : String(value);
  return new TritonError('invalid_argument', `${field}: ${typeof value} ${text}, expected ${expected}`);
}

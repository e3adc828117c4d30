import { ARRAY_TYPES, isDatatype } from '@pairstream/triton-client/messages';
import type { ModelConfig } from '@pairstream/triton-client';
import { checkStrings } from '../tensors/string-checks.js';
import { datatypeOf } from '../models/completed-config.js';
import { invalidArgument } from '../fake-triton-error.js';
import type { LocatedInput, LocatedOutput } from '../tensors/tensor-locations.js';

/** Id in errors about a request without an id. */
const NO_ID = '<id_unknown>';
const BATCH_NOTE =
  'NOTE: Setting a non-zero max_batch_size in the model config requires a batch dimension to be prepended to each input shape. If you want to specify the full shape including the batch dim in your input dims config, try setting max_batch_size to zero. See the model configuration docs for more info on max_batch_size.';

/** A request of which nothing is known but that it is for this model. */
export interface UncheckedRequest {
  readonly id: string;
  readonly inputs: readonly LocatedInput[];
  readonly outputs: readonly LocatedOutput[];
}

/** Text in front of most errors of a request. */
export function requestPrefix(id: string): string {
  return `[request id: ${id === '' ? NO_ID : id}] `;
}

/**
 * Checks a request against the model's configuration, in the order that Triton does.
 * @returns the rows of the request; 0 for a model without a batch axis, and for an empty batch
 * @throws FakeTritonError INVALID_ARGUMENT
 */
export function checkRequest(config: ModelConfig, request: UncheckedRequest): number {
  const { name: model, input: declared, output } = config;
  const prefix = requestPrefix(request.id);
  const names = request.inputs.map(({ name }) => name);
  const double = names.find((name, i) => names.indexOf(name) !== i);
  if (double !== undefined) throw invalidArgument(`${prefix}input '${double}' already exists in request`);
  const unknownOutput = request.outputs.find(({ name }) => !output.some((spec) => spec.name === name));
  if (unknownOutput !== undefined)
    throw invalidArgument(`unexpected inference output '${unknownOutput.name}' for model '${model}'`);
  checkInputCount(config, names, prefix);
  // Triton goes through its hash table of inputs, which gives back the last one first.
  const inputs = request.inputs.toReversed();
  const rowCount = config.maxBatchSize === 0 ? 0 : batchSize(config, inputs, prefix);
  for (const input of inputs) {
    const spec = declared.find(({ name }) => name === input.name);
    if (spec === undefined)
      throw invalidArgument(`unexpected inference input '${input.name}' for model '${model}'`);
    const expected = datatypeOf(spec.dataType);
    const { datatype } = input;
    if (!isDatatype(datatype) || datatype !== expected) {
      const seen = isDatatype(datatype) ? datatype : '<invalid>';
      throw invalidArgument(
        `${prefix}inference input '${input.name}' data-type is '${seen}', but model '${model}' expects '${expected}'`,
      );
    }
    checkShape(config, spec.dims, input, prefix);
    const elementCount = rowShape(config, input).reduce((n, size) => n * size, Math.max(1, rowCount));
    if (datatype === 'BYTES') checkStrings(model, input, elementCount, prefix);
    else checkSize(model, input, elementCount * ARRAY_TYPES[datatype].BYTES_PER_ELEMENT, prefix);
  }
  return rowCount;
}

function checkInputCount({ name, input }: ModelConfig, seen: readonly string[], prefix: string): void {
  const required = input.filter(({ optional }) => !optional).map((tensor) => tensor.name);
  if (seen.length === 0 && required.length === 0)
    throw invalidArgument(`${prefix}out of bounds index 0: request has 0 inputs`);
  // Counted, not looked at by name.
  if (seen.length >= required.length && seen.length <= input.length) return;
  const expected =
    required.length === input.length
      ? `expected ${input.length} inputs`
      : `expected number of inputs between ${required.length} and ${input.length}`;
  const missing = required.filter((tensor) => !seen.includes(tensor));
  const missingText = missing.length === 0 ? ']' : `[${quoted(missing)}]`;
  throw invalidArgument(
    `${prefix}${expected} but got ${seen.length} inputs for model '${name}'. Got input(s) [${quoted(seen.toReversed())}], but missing required input(s) ${missingText}. Please provide all required input(s).`,
  );
}

function batchSize(
  { name, maxBatchSize }: ModelConfig,
  inputs: readonly LocatedInput[],
  prefix: string,
): number {
  let rowCount = 0;
  for (const input of inputs) {
    const [rows] = input.shape;
    if (rows === undefined)
      throw invalidArgument(
        `${prefix}input '${input.name}' has no shape but model requires batch dimension for '${name}'`,
      );
    if (rowCount === 0) rowCount = rows;
    else if (rows !== rowCount || rows < 0)
      throw invalidArgument(
        `${prefix}input '${input.name}' batch size does not match other inputs for '${name}'`,
      );
  }
  if (rowCount > maxBatchSize)
    throw invalidArgument(`${prefix}inference request batch-size must be <= ${maxBatchSize} for '${name}'`);
  return rowCount;
}

function rowShape({ maxBatchSize }: ModelConfig, { shape }: LocatedInput): readonly number[] {
  return maxBatchSize === 0 ? shape : shape.slice(1);
}

function checkShape(config: ModelConfig, dims: readonly number[], input: LocatedInput, prefix: string): void {
  const { name, maxBatchSize } = config;
  const shape = rowShape(config, input);
  if (shape.length === dims.length && shape.includes(-1))
    throw invalidArgument(
      `${prefix}All input dimensions should be specified for input '${input.name}' for model '${name}', got ${listed(input.shape)}`,
    );
  if (shape.length === dims.length && dims.every((size, i) => size === -1 || size === shape[i])) return;
  const expected = listed(maxBatchSize > 0 ? [-1, ...dims] : dims);
  const note = maxBatchSize > 0 ? BATCH_NOTE : '';
  throw invalidArgument(
    `${prefix}unexpected shape for input '${input.name}' for model '${name}'. Expected ${expected}, got ${listed(input.shape)}. ${note}`,
  );
}

function checkSize(model: string, { name, bytes }: LocatedInput, expected: number, prefix: string): void {
  if (bytes.byteLength !== expected)
    throw invalidArgument(
      `${prefix}input byte size mismatch for input '${name}' for model '${model}'. Expected ${expected}, got ${bytes.byteLength}`,
    );
}

function quoted(names: readonly string[]): string {
  return names.map((name) => `'${name}'`).join(',');
}

function listed(shape: readonly number[]): string {
  return `[${shape.join(',')}]`;
}

import { type Datatype, isDatatype, type TensorData } from '@pairstream/triton-client/messages';
import type { ModelConfig } from '@pairstream/triton-client';
import { toRawContents } from '@pairstream/triton-client/messages';
import { datatypeOf } from '../models/completed-config.js';
import type { FakeOutput, FakeOutputs } from '../fake-model.js';
import { FakeTritonError } from '../fake-triton-error.js';

/** An output as it is answered. */
export interface OutputTensor {
  readonly name: string;
  readonly datatype: Datatype;
  readonly shape: readonly number[];
  readonly bytes: Uint8Array;
}

/**
 * Outputs of a run in the form of an answer. Ignores outputs that are not in the configuration, as Triton does.
 * @param rowCount rows of the request; 0 without a batch axis
 * @throws FakeTritonError INTERNAL for data that does not fit its datatype or shape
 */
export function outputTensors(config: ModelConfig, outputs: FakeOutputs, rowCount: number): OutputTensor[] {
  return Object.entries(outputs).flatMap(([name, output]) => {
    const spec = config.output.find((candidate) => candidate.name === name);
    if (spec === undefined) return [];
    const dims = config.maxBatchSize > 0 && rowCount > 0 ? [rowCount, ...spec.dims] : spec.dims;
    return outputTensor({ ...spec, dims }, output);
  });
}

function outputTensor(
  { name, dataType, dims }: ModelConfig['output'][number],
  output: FakeOutput,
): OutputTensor {
  const given: { data: TensorData; shape?: readonly number[]; datatype?: Datatype } =
    'data' in output ? output : { data: output };
  const { data, datatype = datatypeOf(dataType) } = given;
  if (!isDatatype(datatype)) throw unfit(name, `${datatype} is no datatype`);
  const shape = given.shape ?? inferShape(name, dims, data.length);
  const elementCount = shape.reduce((product, size) => product * size, 1);
  if (elementCount !== data.length)
    throw unfit(name, `${data.length} elements, expected ${elementCount} for shape [${shape.join(', ')}]`);
  return { name, datatype, shape, bytes: rawContents(name, datatype, data) };
}

function rawContents(name: string, datatype: Datatype, data: TensorData): Uint8Array {
  try {
    // A copy: the model may use its arrays again.
    return Uint8Array.from(toRawContents(name, datatype, data));
  } catch {
    throw unfit(name, `a ${data.constructor.name} does not hold ${datatype}`);
  }
}

function inferShape(name: string, dims: readonly number[], elementCount: number): number[] {
  const free = dims.filter((size) => size < 0).length;
  const fixed = dims.reduce((product, size) => (size < 0 ? product : product * size), 1);
  if (free > 1 || (free === 1 && elementCount % fixed !== 0))
    throw unfit(name, `${elementCount} elements, expected a shape that fits [${dims.join(', ')}]`);
  return dims.map((size) => (size < 0 ? elementCount / fixed : size));
}

function unfit(name: string, problem: string): FakeTritonError {
  return new FakeTritonError('INTERNAL', `output ${name}: ${problem}`);
}

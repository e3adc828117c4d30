import { type Datatype, isDatatype, type TensorData } from '@pairstream/triton-client/messages';
import { toBfloat16, toFloat16 } from '@pairstream/triton-client';
import { datatypeOf } from './completed-config.js';
import type { FakeInputs } from '../tensors/fake-inputs.js';
import type { FakeModel, FakeModelConfig, FakeTensorConfig } from '../fake-model.js';
import { FakeTritonError } from '../fake-triton-error.js';

/** Rows of tensors by name; null stands for NaN. */
export type GoldenTensors = Readonly<Record<string, readonly (readonly (number | null)[])[]>>;

/** Rows that a model answered once: a golden.json beside a model file is one. */
export interface GoldenRows {
  readonly inputs: GoldenTensors;
  readonly outputs: GoldenTensors;
}

/**
 * A model that knows the answers to some rows, and fails with INVALID_ARGUMENT for any other. It has a batch axis, and tensors
 * of numbers with one fixed dimension.
 * @throws RangeError when the rows do not fit the configuration
 */
export function goldenModel(config: FakeModelConfig, golden: GoldenRows): FakeModel {
  const rowCount = Object.values(golden.inputs)[0]?.length ?? 0;
  const columns = [
    ...config.input.map((spec) => ({ spec, tensors: golden.inputs })),
    ...config.output.map((spec) => ({ spec, tensors: golden.outputs })),
  ].map(({ spec, tensors }) => {
    const rows = tensors[spec.name] ?? [];
    if (rows.length !== rowCount || rows.some((row) => row.length !== widthOf(spec)))
      throw new RangeError(`${spec.name}: expected ${rowCount} golden rows of ${widthOf(spec)} values`);
    return rows;
  });
  const inputCount = config.input.length;
  const indexByRow = new Map(
    Array.from({ length: rowCount }, (_, i) => {
      const values = columns.slice(0, inputCount).map((rows, k) => toTensor(config.input[k], rows[i] ?? []));
      return [keyOf(values), i];
    }),
  );
  return {
    config: { maxBatchSize: 1_024, ...config },
    run: (inputs, { rowCount: count }) => {
      const indexes = Array.from({ length: count }, (_, row) => {
        const index = indexByRow.get(keyOf(rowOf(config, inputs, row)));
        if (index !== undefined) return index;
        throw new FakeTritonError('INVALID_ARGUMENT', `row ${row} is none of the golden rows`);
      });
      return Object.fromEntries(
        config.output.map((spec, k) => {
          const rows = columns[inputCount + k] ?? [];
          const values = indexes.flatMap((index) => rows[index] ?? []);
          return [spec.name, toTensor(spec, values)];
        }),
      );
    },
  };
}

function widthOf({ dims }: FakeTensorConfig): number {
  return dims.reduce((product, size) => product * size, 1);
}

function rowOf(config: FakeModelConfig, inputs: FakeInputs, row: number): TensorData[] {
  return config.input.map((spec) => {
    const width = widthOf(spec);
    return inputs.find(spec.name)?.data.slice(row * width, (row + 1) * width) ?? [];
  });
}

/** Rows are the same when they are so as numbers: NaN equals NaN. */
function keyOf(tensors: readonly TensorData[]): string {
  return tensors.map((tensor) => Array.from(tensor, String).join(' ')).join('|');
}

function toTensor(spec: FakeTensorConfig | undefined, values: readonly (number | null)[]): TensorData {
  const datatype = datatypeOf(spec?.dataType ?? '');
  if (!isDatatype(datatype)) throw new RangeError(`${spec?.name}: ${spec?.dataType} is no datatype`);
  return TO_TENSOR[datatype](values.map((value) => value ?? Number.NaN));
}

const TO_TENSOR: Readonly<Record<Datatype, (values: readonly number[]) => TensorData>> = {
  BOOL: (values) => Uint8Array.from(values),
  UINT8: (values) => Uint8Array.from(values),
  UINT16: (values) => Uint16Array.from(values),
  UINT32: (values) => Uint32Array.from(values),
  UINT64: (values) => BigUint64Array.from(values, BigInt),
  INT8: (values) => Int8Array.from(values),
  INT16: (values) => Int16Array.from(values),
  INT32: (values) => Int32Array.from(values),
  INT64: (values) => BigInt64Array.from(values, BigInt),
  FP16: toFloat16,
  FP32: (values) => Float32Array.from(values),
  FP64: (values) => Float64Array.from(values),
  BF16: toBfloat16,
  BYTES: (values) => values.map(String),
};

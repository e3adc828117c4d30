import type { ModelInput, ModelOutput } from '@pairstream/triton-client/messages';

/** An input or output of a configuration; only inputs have a format, and only they may be optional. */
export type TensorConfig = Omit<ModelOutput, 'labelFilename'> &
  Partial<Pick<ModelInput, 'format' | 'optional'>>;

/** An input or output of a model file, or of what reads a model. */
export interface ModelTensor {
  readonly name: string;
  /** As in the KServe v2 protocol: FP32, INT32, BYTES. */
  readonly datatype: string;
  /** All dimensions, the batch axis included; -1 is any size. */
  readonly shape: readonly number[];
}

/** Inputs and outputs of a model. */
export interface ModelTensors {
  readonly inputs: readonly ModelTensor[];
  readonly outputs: readonly ModelTensor[];
}

/** `input__0 TYPE_FP32 [70]`. */
export function describeTensor({ name, dataType, dims }: TensorConfig): string {
  return `${name} ${dataType} [${dims.join(', ')}]`;
}

/** The KServe v2 datatype of TYPE_FP32 and so on. */
export function datatypeOf({ dataType }: Pick<TensorConfig, 'dataType'>): string {
  return dataType === 'TYPE_STRING' ? 'BYTES' : dataType.replace(/^TYPE_/, '');
}

/** The shape a backend sees: with the batch axis where there is one, after `reshape`. */
export function shapeOf({ dims, reshape }: TensorConfig, maxBatchSize: number): readonly number[] {
  const own = reshape?.shape ?? dims;
  return maxBatchSize > 0 ? [-1, ...own] : own;
}

/** True if two lists of sizes can be equal; -1 is any size. */
export function shapesAgree(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((size, i) => size === -1 || b[i] === -1 || size === b[i]);
}

/**
 * Bytes of a tensor in a file of raw data; undefined for strings and for open sizes.
 * @param batchSize rows; 1 if the tensor has no batch axis
 */
export function byteLengthOf(
  { dataType, dims }: Pick<TensorConfig, 'dataType' | 'dims'>,
  batchSize = 1,
): number | undefined {
  const bits = dataType === 'TYPE_BOOL' ? '8' : /\d+$/.exec(dataType)?.[0];
  if (bits === undefined || dims.includes(-1)) return undefined;
  return dims.reduce((product, size) => product * size, batchSize) * (Number(bits) / 8);
}

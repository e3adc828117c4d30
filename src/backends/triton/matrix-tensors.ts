import type { InputMatrix, Matrix } from '../backend.js';
import type { InferInput, SharedMemorySlice } from '@pairstream/triton-client';
import type { RawResponse } from '@pairstream/triton-client';
import { TritonError } from '@pairstream/triton-client';

/** Inputs and outputs of one call, by tensor name. */
export interface MatrixCall {
  readonly rowCount: number;
  readonly inputs: ReadonlyMap<string, InputMatrix>;
  readonly outputs: ReadonlyMap<string, Matrix>;
}

/** View of the bytes of a matrix's first `rowCount` rows. */
export function rowBytes({ data, width }: InputMatrix, rowCount: number): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, rowCount * width * data.BYTES_PER_ELEMENT);
}

/** Input of a request. @param data location of the elements; default: in the message, from the matrix */
export function toInferInput(
  name: string,
  { data, width }: InputMatrix,
  rowCount: number,
  slice?: SharedMemorySlice,
): InferInput {
  const datatype = data instanceof Float32Array ? 'FP32' : 'INT32';
  return { name, datatype, shape: [rowCount, width], data: slice ?? data.subarray(0, rowCount * width) };
}

/**
 * Copies the outputs of a response into matrices. Checks the number of elements but not the rank, because FIL omits a last
 * dimension of 1.
 * @throws TritonError internal if an output is missing or has another type or size
 */
export function readOutputs(response: RawResponse, { rowCount, outputs }: MatrixCall): void {
  for (const [name, matrix] of outputs) {
    const { bytes } = checkOutput(response, name, rowCount, matrix.width);
    const into = rowBytes(matrix, rowCount);
    if (bytes.byteLength !== into.byteLength) {
      const seen = `${bytes.byteLength} bytes`;
      throw new TritonError('internal', `output ${name}: ${seen}, expected ${into.byteLength}`);
    }
    into.set(bytes);
  }
}

/** Checks an output of a response, whose elements may be in shared memory. @throws TritonError internal as readOutputs */
export function checkOutput(
  response: RawResponse,
  name: string,
  rowCount: number,
  width: number,
): RawResponse['outputs'] extends ReadonlyMap<string, infer O> ? O : never {
  const output = response.outputs.get(name);
  const expected = `FP32 [${rowCount}, ${width}]`;
  if (output === undefined) throw new TritonError('internal', `output ${name}: none, expected ${expected}`);
  const elementCount = output.shape.reduce((product, size) => product * size, 1);
  if (output.datatype === 'FP32' && elementCount === rowCount * width) return output;
  const seen = `${output.datatype} [${output.shape.join(', ')}]`;
  throw new TritonError('internal', `output ${name}: ${seen}, expected ${expected}`);
}

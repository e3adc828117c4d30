import type { Datatype, TensorData } from '@pairstream/triton-client';
import { fromRawContents, toRawContents } from '@pairstream/triton-client/messages';
import { invalidArgument } from '../fake-triton-error.js';
import type { OutputTensor } from './output-tensors.js';

const UNSUPPORTED: readonly Datatype[] = ['BOOL', 'FP16', 'BF16', 'BYTES'];
const FLOATS: readonly Datatype[] = ['FP32', 'FP64'];
const DECIMALS = 6;

/**
 * The largest elements of each row, as "value:index", instead of all of them.
 * @throws FakeTritonError INVALID_ARGUMENT for a datatype that has no order. (A real server ends when it is asked for BYTES.)
 */
export function classify(tensor: OutputTensor, classCount: number, hasBatchAxis: boolean): OutputTensor {
  const { name, datatype, shape, bytes } = tensor;
  if (UNSUPPORTED.includes(datatype))
    throw invalidArgument(`class result not available for output due to unsupported type '${datatype}'`);
  const [batch = 1] = hasBatchAxis ? shape : [1];
  const data: TensorData = fromRawContents(name, datatype, bytes);
  const width = batch === 0 ? 0 : data.length / batch;
  const count = Math.min(classCount, width);
  const classes: string[] = [];
  for (let row = 0; row < batch; row += 1) {
    const values = Array.from({ length: width }, (_, i) => ({ value: Number(data[row * width + i]), i }));
    values.sort((a, b) => b.value - a.value);
    for (const { value, i } of values.slice(0, count))
      classes.push(`${FLOATS.includes(datatype) ? value.toFixed(DECIMALS) : value}:${i}`);
  }
  return {
    name,
    datatype: 'BYTES',
    shape: hasBatchAxis ? [batch, count] : [count],
    bytes: toRawContents(name, 'BYTES', classes),
  };
}

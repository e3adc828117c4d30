import { ARRAY_TYPES, type Datatype, type TensorData } from './datatypes.js';
import type { InferTensorContents } from './generated/messages.js';
import { INFERENCE_MESSAGES } from './inference-service.js';
import { toRawContents } from './raw-contents.js';
import { TritonError } from './triton-error.js';

/** Field of InferTensorContents by datatype. FP16 and BF16 have no field: they are always sent as raw contents. */
const LISTS: Partial<Record<Datatype, keyof InferTensorContents>> = {
  BOOL: 'boolContents',
  INT8: 'intContents',
  INT16: 'intContents',
  INT32: 'intContents',
  INT64: 'int64Contents',
  UINT8: 'uintContents',
  UINT16: 'uintContents',
  UINT32: 'uintContents',
  UINT64: 'uint64Contents',
  FP32: 'fp32Contents',
  FP64: 'fp64Contents',
  BYTES: 'bytesContents',
};

/**
 * Converts an output that a server (MLServer or another KServe server) sent as a typed list to raw contents.
 * @param message an inference.InferTensorContents
 * @throws TritonError internal for a list of another datatype, or an element outside the range of the datatype
 */
export function rawOfTypedContents(name: string, datatype: Datatype, message: Uint8Array): Uint8Array {
  const contents = INFERENCE_MESSAGES.decodeExact('inference.InferTensorContents', message);
  const expected = LISTS[datatype];
  for (const [list, elements] of Object.entries(contents)) {
    if (list === expected || elements.length === 0) continue;
    const problem = `${elements.length} elements in ${list}, expected them in ${expected ?? 'raw_output_contents'}`;
    throw new TritonError('internal', `output ${name}: ${problem} for ${datatype}`);
  }
  if (expected === undefined) return new Uint8Array(0);
  const elements =
    datatype === 'BYTES' ? contents.bytesContents : arrayOf(name, datatype, contents[expected]);
  return toRawContents(name, datatype, elements);
}

function arrayOf(
  name: string,
  datatype: Exclude<Datatype, 'BYTES'>,
  elements: InferTensorContents<string>[keyof InferTensorContents],
): TensorData {
  const array = new ARRAY_TYPES[datatype](
    new ArrayBuffer(elements.length * ARRAY_TYPES[datatype].BYTES_PER_ELEMENT),
    0,
    elements.length,
  );
  for (const [i, sent] of elements.entries()) {
    const element = elementOf(sent);
    Reflect.set(array, i, element);
    if (datatype === 'FP32' || datatype === 'FP64' || array[i] === element) continue;
    throw new TritonError(
      'internal',
      `output ${name}: element ${i} is ${String(element)}, out of the range of ${datatype}`,
    );
  }
  return array;
}

/** 64-bit integers are decoded as text, so that no digit is lost. */
function elementOf(sent: boolean | number | string | Uint8Array): unknown {
  if (typeof sent === 'string') return BigInt(sent);
  return typeof sent === 'boolean' ? Number(sent) : sent;
}

import { z } from 'zod';
import { ARRAY_TYPES, type Datatype, type TensorData } from './datatypes.js';
import { inferenceType } from './inference-service.js';
import { toRawContents } from './raw-contents.js';
import { TritonError } from './triton-error.js';

/** z.number() refuses NaN and the infinities, which floats may be. */
const NUMBERS = z.array(z.custom<number>((value) => typeof value === 'number'));
const LONGS = z.array(z.string().transform((text) => BigInt(text)));
/** Lists of inference.InferTensorContents; 64-bit integers as text, so that no bit is lost. */
const CONTENTS = z.object({
  boolContents: z.array(z.boolean().transform(Number)),
  intContents: NUMBERS,
  int64Contents: LONGS,
  uintContents: NUMBERS,
  uint64Contents: LONGS,
  fp32Contents: NUMBERS,
  fp64Contents: NUMBERS,
  bytesContents: z.array(z.instanceof(Uint8Array)),
});
type ListName = keyof z.infer<typeof CONTENTS>;

/** The list that holds the elements of a datatype. FP16 and BF16 have none: they are sent as raw contents. */
const LISTS: Partial<Record<Datatype, ListName>> = {
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
 * The elements of an output that a server (MLServer, other KServe servers) sent as a typed list, as raw contents.
 * @param message an inference.InferTensorContents
 * @throws TritonError internal for a list of another datatype, or an element outside the range of the datatype
 */
export function rawOfTypedContents(name: string, datatype: Datatype, message: Uint8Array): Uint8Array {
  const type = inferenceType('InferTensorContents');
  const decoded = type.toObject(type.decode(message), { arrays: true, longs: String });
  const contents = CONTENTS.parse(decoded);
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
  elements: readonly unknown[],
): TensorData {
  const array = new ARRAY_TYPES[datatype](
    new ArrayBuffer(elements.length * ARRAY_TYPES[datatype].BYTES_PER_ELEMENT),
    0,
    elements.length,
  );
  for (const [i, element] of elements.entries()) {
    Reflect.set(array, i, element);
    if (datatype === 'FP32' || datatype === 'FP64' || array[i] === element) continue;
    throw new TritonError(
      'internal',
      `output ${name}: element ${i} is ${String(element)}, out of the range of ${datatype}`,
    );
  }
  return array;
}

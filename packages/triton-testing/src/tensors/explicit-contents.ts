import { type Datatype, isDatatype, type TensorData } from '@pairstream/triton-client/messages';
import { toRawContents } from '@pairstream/triton-client/messages';
import { invalidArgument } from '../fake-triton-error.js';
import type { ContentsMessage, InputMessage } from '../inference/infer-message.js';

/** A typed list of inference.InferTensorContents: what it is called in errors, and the datatypes it can hold. */
interface TypedList {
  readonly label: string;
  readonly length: (contents: ContentsMessage) => number;
  readonly arrays: Partial<Record<Datatype, (contents: ContentsMessage) => TensorData>>;
}

const LISTS: readonly TypedList[] = [
  list('BOOL', 'boolContents', { BOOL: (values) => Uint8Array.from(values, Number) }),
  list('INT32', 'intContents', {
    INT8: (values) => Int8Array.from(values),
    INT16: (values) => Int16Array.from(values),
    INT32: (values) => Int32Array.from(values),
  }),
  list('INT64', 'int64Contents', { INT64: (values) => BigInt64Array.from(values, BigInt) }),
  list('UINT32', 'uintContents', {
    UINT8: (values) => Uint8Array.from(values),
    UINT16: (values) => Uint16Array.from(values),
    UINT32: (values) => Uint32Array.from(values),
  }),
  list('UINT64', 'uint64Contents', { UINT64: (values) => BigUint64Array.from(values, BigInt) }),
  list('FP32', 'fp32Contents', { FP32: (values) => Float32Array.from(values) }),
  list('FP64', 'fp64Contents', { FP64: (values) => Float64Array.from(values) }),
  list('BYTES', 'bytesContents', { BYTES: (values) => values }),
];

/**
 * The bytes of an input whose elements came as a typed list. FP16 and BF16 have none.
 * @throws FakeTritonError INVALID_ARGUMENT for a list that is not of the input's datatype
 */
export function rawOfContents(input: InputMessage, contents: ContentsMessage, modelName: string): Uint8Array {
  const { name, datatype } = input;
  let raw = new Uint8Array(0);
  for (const { label, length, arrays } of LISTS) {
    if (length(contents) === 0) continue;
    const convert = isDatatype(datatype) ? arrays[datatype] : undefined;
    if (convert === undefined || !isDatatype(datatype))
      throw invalidArgument(
        `unexpected explicit tensor data for input tensor '${name}' for model '${modelName}' of type '${label}', expected datatype '${datatype}'`,
      );
    raw = Uint8Array.from(toRawContents(name, datatype, convert(contents)));
  }
  return raw;
}

function list<K extends keyof ContentsMessage>(
  label: string,
  key: K,
  conversions: Partial<Record<Datatype, (values: ContentsMessage[K]) => TensorData>>,
): TypedList {
  const arrays: TypedList['arrays'] = Object.fromEntries(
    Object.entries(conversions).map(([datatype, convert]) => [
      datatype,
      (contents: ContentsMessage) => convert(contents[key]),
    ]),
  );
  return { label, length: (contents) => contents[key].length, arrays };
}

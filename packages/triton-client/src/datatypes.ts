/** JavaScript type that holds the elements of a tensor, by KServe v2 datatype. Elements are row-major. */
export interface TensorDataByType {
  /** One byte each, 0 or 1. */
  BOOL: Uint8Array;
  UINT8: Uint8Array;
  UINT16: Uint16Array;
  UINT32: Uint32Array;
  UINT64: BigUint64Array;
  INT8: Int8Array;
  INT16: Int16Array;
  INT32: Int32Array;
  INT64: BigInt64Array;
  /** Bit patterns; `toFloat16` and `fromFloat16` convert. */
  FP16: Uint16Array;
  FP32: Float32Array;
  FP64: Float64Array;
  /** Bit patterns; `toBfloat16` and `fromBfloat16` convert. */
  BF16: Uint16Array;
  /** Strings are sent as UTF-8. Received elements are bytes. */
  BYTES: readonly (Uint8Array | string)[];
}

/** Name of an element type in the KServe v2 protocol. */
export type Datatype = keyof TensorDataByType;

/** Elements of a tensor of any datatype. */
export type TensorData = TensorDataByType[Datatype];

type FixedDatatype = Exclude<Datatype, 'BYTES'>;
type ArrayOf<D extends FixedDatatype> = new (
  buffer: ArrayBufferLike,
  byteOffset: number,
  length: number,
) => TensorDataByType[D];

/** The typed array of each datatype whose elements have a fixed size. */
export const ARRAY_TYPES: { readonly [D in FixedDatatype]: ArrayOf<D> & { BYTES_PER_ELEMENT: number } } = {
  BOOL: Uint8Array,
  UINT8: Uint8Array,
  UINT16: Uint16Array,
  UINT32: Uint32Array,
  UINT64: BigUint64Array,
  INT8: Int8Array,
  INT16: Int16Array,
  INT32: Int32Array,
  INT64: BigInt64Array,
  FP16: Uint16Array,
  FP32: Float32Array,
  FP64: Float64Array,
  BF16: Uint16Array,
};

/** True if a name is the name of a datatype. */
export function isDatatype(name: string): name is Datatype {
  return name === 'BYTES' || isFixed(name);
}

function isFixed(name: string): name is FixedDatatype {
  return Object.hasOwn(ARRAY_TYPES, name);
}

import type { Datatype, TensorData } from '@pairstream/triton-client';

/** Six elements of every datatype of a fixed size, with bit patterns that are easily lost. */
export const ELEMENTS = {
  BOOL: Uint8Array.of(0, 1, 1, 0, 1, 0),
  UINT8: Uint8Array.of(0, 1, 127, 128, 254, 255),
  UINT16: Uint16Array.of(0, 1, 0x7fff, 0x8000, 0xfffe, 0xffff),
  UINT32: Uint32Array.of(0, 1, 0x7fff_ffff, 0x8000_0000, 0xffff_fffe, 0xffff_ffff),
  UINT64: BigUint64Array.of(0n, 1n, 2n ** 53n + 1n, 2n ** 63n, 2n ** 64n - 2n, 2n ** 64n - 1n),
  INT8: Int8Array.of(0, 1, -1, 127, -128, 2),
  INT16: Int16Array.of(0, 1, -1, 0x7fff, -0x8000, 2),
  INT32: Int32Array.of(0, 1, -1, 0x7fff_ffff, -0x8000_0000, 2),
  INT64: BigInt64Array.of(0n, 1n, -1n, 2n ** 63n - 1n, -(2n ** 63n), 2n ** 53n + 1n),
  FP16: Uint16Array.of(0x0000, 0x8000, 0x0001, 0x7c00, 0x7e01, 0x3c00),
  FP32: new Float32Array(Uint32Array.of(0, 0x8000_0000, 1, 0x7f80_0000, 0x7fc0_0001, 0x3f80_0000).buffer),
  FP64: Float64Array.of(0, -0, Number.MIN_VALUE, Infinity, -Infinity, 1 / 3),
  BF16: Uint16Array.of(0x0000, 0x8000, 0x0001, 0x7f80, 0x7fc1, 0x3f80),
} satisfies Readonly<Record<Exclude<Datatype, 'BYTES'>, TensorData>>;

import type protobuf from 'protobufjs/minimal.js';

/** A uint64 as two 32-bit lanes, because a number would lose the low bits. The names are those of protobufjs. */
export interface Uint64Lanes {
  readonly low: number;
  readonly high: number;
}

/** Decodes a varint of 64 bits. @throws RangeError for malformed bytes */
export function readUint64(reader: protobuf.Reader): Uint64Lanes {
  // protobufjs returns a Long if the package `long` is installed (its own dependency), else a number.
  const value: Uint64Lanes | number = reader.uint64();
  if (typeof value === 'number') return { low: value >>> 0, high: Math.floor(value / 4_294_967_296) };
  return { low: value.low, high: value.high };
}

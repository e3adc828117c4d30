import type protobuf from 'protobufjs/minimal.js';

const FLOAT_BYTES = 4;
const DOUBLE_BYTES = 8;
const TWO_32 = 2 ** 32;

/** Reads the fields up to byte `end` of the message. */
export function readFields(
  reader: protobuf.Reader,
  end: number,
  readField: (field: number, wireType: number) => void,
): void {
  while (reader.pos < end) {
    const tag = reader.uint32();
    readField(tag >>> 3, tag & 7);
  }
}

/** Reads the fields of a message inside the message. @param readField returns false for a field that it does not read */
export function readMessage(reader: protobuf.Reader, readField: (field: number) => boolean): void {
  const end = reader.uint32() + reader.pos;
  readFields(reader, end, (field, wireType) => {
    if (!readField(field)) reader.skipType(wireType);
  });
}

/** Reads an unsigned number of 64 bits; numbers past 2^53 lose their low bits. */
export function readUint64(reader: protobuf.Reader): number {
  const value: number | { readonly low: number; readonly high: number } = reader.uint64();
  return typeof value === 'number' ? value : (value.high >>> 0) * TWO_32 + (value.low >>> 0);
}

/** Reads packed floats. The values are copied, so that they do not keep the message in memory. */
export function readFloats(reader: protobuf.Reader): Float32Array {
  const bytes = reader.bytes();
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Float32Array.from({ length: bytes.length / FLOAT_BYTES }, (_, i) =>
    view.getFloat32(i * FLOAT_BYTES, true),
  );
}

/** Reads packed doubles. The values are copied, as those of readFloats. */
export function readDoubles(reader: protobuf.Reader): Float64Array {
  const bytes = reader.bytes();
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Float64Array.from({ length: bytes.length / DOUBLE_BYTES }, (_, i) =>
    view.getFloat64(i * DOUBLE_BYTES, true),
  );
}

/** Reads packed varints of 32 bits. */
export function readUint32s(reader: protobuf.Reader): Uint32Array {
  const end = reader.uint32() + reader.pos;
  const values: number[] = [];
  while (reader.pos < end) values.push(reader.uint32());
  return Uint32Array.from(values);
}

/** A value that `ubjson` writes. Typed arrays become lists with a type. */
export type Ubjson =
  | string
  | number
  | boolean
  | null
  | Uint8Array
  | Int32Array
  | Float32Array
  | readonly Ubjson[]
  | { readonly [key: string]: Ubjson };

/** Bytes of a value as XGBoost writes them: lengths are int64, lists have a count, whole numbers are as short as they can be. */
export function ubjson(value: Ubjson): Buffer {
  if (value === null) return Buffer.from('Z');
  if (typeof value === 'boolean') return Buffer.from(value ? 'T' : 'F');
  if (typeof value === 'string') return Buffer.concat([Buffer.from('S'), lengthAndText(value)]);
  if (typeof value === 'number') return numberBytes(value);
  if (value instanceof Uint8Array) return typedList('U', value.length, value);
  if (value instanceof Int32Array || value instanceof Float32Array) {
    const words = Buffer.from(value.slice().buffer).swap32();
    return typedList(value instanceof Int32Array ? 'l' : 'd', value.length, words);
  }
  if (isList(value)) return Buffer.concat([Buffer.from('[#'), int64(value.length), ...value.map(ubjson)]);
  const entries = Object.entries(value).flatMap(([key, entry]) => [lengthAndText(key), ubjson(entry)]);
  return Buffer.concat([Buffer.from('{'), ...entries, Buffer.from('}')]);
}

/** Bytes of a length or a count. */
export function int64(value: number | bigint): Buffer {
  const bytes = Buffer.from('L________');
  bytes.writeBigInt64BE(BigInt(value), 1);
  return bytes;
}

function isList(value: readonly Ubjson[] | { readonly [key: string]: Ubjson }): value is readonly Ubjson[] {
  return Array.isArray(value);
}

function lengthAndText(text: string): Buffer {
  const bytes = Buffer.from(text);
  return Buffer.concat([int64(bytes.length), bytes]);
}

function typedList(type: string, count: number, elements: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from(`[$${type}#`), int64(count), elements]);
}

function numberBytes(value: number): Buffer {
  const bytes = Buffer.alloc(5);
  if (!Number.isInteger(value)) {
    bytes.write('d');
    bytes.writeFloatBE(value, 1);
    return bytes;
  }
  if (value >= -128 && value < 128) {
    bytes.write('i');
    bytes.writeInt8(value, 1);
    return bytes.subarray(0, 2);
  }
  if (value >= -32_768 && value < 32_768) {
    bytes.write('I');
    bytes.writeInt16BE(value, 1);
    return bytes.subarray(0, 3);
  }
  bytes.write('l');
  bytes.writeInt32BE(value, 1);
  return bytes;
}

import type protobuf from 'protobufjs/minimal.js';
import { FIELD_NUMBER } from './generated/fields.js';

/**
 * Value of a parameter. A number that is whole is sent as int64, any other as double; a bigint as int64, or as uint64 where it is
 * too large for that. What is received as a 64-bit integer is a number where it can be one without loss.
 */
export type ParameterValue = boolean | number | bigint | string;
/** Parameters by name. */
export type Parameters = Readonly<Record<string, ParameterValue>>;

const VARINT = 0;
const FIXED64 = 1;
const BYTES = 2;
const MAP_KEY = 1;
const MAP_VALUE = 2;
const LARGEST_INT64 = 2n ** 63n - 1n;
const PARAMETER = FIELD_NUMBER.InferParameter;

/** Writes the entries of a field `map<string, InferParameter>`. */
export function writeParameters(
  writer: protobuf.Writer,
  field: number,
  parameters: Parameters | undefined,
): void {
  for (const [key, value] of Object.entries(parameters ?? {})) {
    writer.uint32(bytesTag(field)).fork();
    writeString(writer, MAP_KEY, key);
    writer.uint32(bytesTag(MAP_VALUE)).fork();
    writeValue(writer, value);
    writer.ldelim().ldelim();
  }
}

/** Reads one entry of a field `map<string, InferParameter>`, its length first. */
export function readParameterEntry(reader: protobuf.Reader): Record<string, ParameterValue> {
  let key = '';
  let value: ParameterValue = '';
  readPart(reader, () => {
    const tag = reader.uint32();
    if (tag >>> 3 === MAP_KEY) key = reader.string();
    else if (tag >>> 3 === MAP_VALUE) value = readValue(reader);
    else reader.skipType(tag & 7);
  });
  return { [key]: value };
}

/**
 * Reads a part of a message that begins with its length.
 * @param readNext reads one thing; called until the part is over
 * @throws RangeError for a part that is longer than what it lies in
 */
export function readPart(reader: protobuf.Reader, readNext: () => void): void {
  const end = reader.uint32() + reader.pos;
  const outer = reader.len;
  if (end > outer) throw new RangeError(`a part ends at byte ${end} of ${outer}`);
  reader.len = end;
  while (reader.pos < end) readNext();
  reader.len = outer;
}

/** Writes a field of text, unless the text is empty. */
export function writeString(writer: protobuf.Writer, field: number, value: string): void {
  if (value !== '') writer.uint32(bytesTag(field)).string(value);
}

/** Tag of a field whose value has a length. */
export function bytesTag(field: number): number {
  return (field << 3) | BYTES;
}

function writeValue(writer: protobuf.Writer, value: ParameterValue): void {
  if (typeof value === 'boolean') writer.uint32((PARAMETER.boolParam << 3) | VARINT).bool(value);
  else if (typeof value === 'string') writer.uint32(bytesTag(PARAMETER.stringParam)).string(value);
  else if (typeof value === 'number' && !Number.isSafeInteger(value))
    writer.uint32((PARAMETER.doubleParam << 3) | FIXED64).double(value);
  else if (value > LARGEST_INT64)
    writer.uint32((PARAMETER.uint64Param << 3) | VARINT).uint64(value.toString());
  else writer.uint32((PARAMETER.int64Param << 3) | VARINT).int64(value.toString());
}

function readValue(reader: protobuf.Reader): ParameterValue {
  let value: ParameterValue = '';
  readPart(reader, () => {
    const tag = reader.uint32();
    switch (tag >>> 3) {
      case PARAMETER.boolParam:
        value = reader.bool();
        break;
      case PARAMETER.int64Param:
        value = integerOf(reader.int64());
        break;
      case PARAMETER.stringParam:
        value = reader.string();
        break;
      case PARAMETER.doubleParam:
        value = reader.double();
        break;
      case PARAMETER.uint64Param:
        value = integerOf(reader.uint64());
        break;
      default:
        reader.skipType(tag & 7);
    }
  });
  return value;
}

function integerOf(long: { toString(): string }): number | bigint {
  const value = BigInt(long.toString());
  return BigInt.asIntN(SAFE_BITS, value) === value ? Number(value) : value;
}

const SAFE_BITS = 54;

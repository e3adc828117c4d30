import protobuf from 'protobufjs/minimal.js';
import { FIELD_NUMBER, WIRE_TYPE } from '@pairstream/client/wire';

const { sequence: SEQUENCE, timeoutMs: TIMEOUT } = FIELD_NUMBER.PredictRequest;

/**
 * Fields to append to an encoded PredictRequest: if a field comes twice, the last one counts.
 * @param timeoutMs rounded up to whole milliseconds; undefined: none
 */
export function encodeMessageFields(sequence: number, timeoutMs: number | undefined): Uint8Array {
  const writer = protobuf.Writer.create()
    .uint32((SEQUENCE << 3) | WIRE_TYPE.varint)
    .uint32(sequence);
  if (timeoutMs !== undefined)
    writer.uint32((TIMEOUT << 3) | WIRE_TYPE.varint).uint32(Math.max(1, Math.ceil(timeoutMs)));
  return writer.finish();
}

import protobuf from 'protobufjs/minimal.js';
import { FIELD_NUMBER, WIRE_TYPE } from '@pairstream/client/wire';

const SEQUENCE_TAG = (FIELD_NUMBER.PredictRequest.sequence << 3) | WIRE_TYPE.varint;

/** A copy of an encoded PredictRequest with another sequence number: of a field that comes twice, the last one counts. */
export function withSequence(message: Buffer, sequence: number): Buffer {
  return Buffer.concat([message, protobuf.Writer.create().uint32(SEQUENCE_TAG).uint32(sequence).finish()]);
}

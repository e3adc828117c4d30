import protobuf from 'protobufjs/minimal.js';
import { decodeStatusDetails, FIELD_NUMBER, type StatusDetails, WIRE_TYPE } from '@pairstream/client/wire';

/** What a load test reads of a PredictResponse. */
export interface ResponseOutline {
  /** Low 32 bits. */
  readonly sequence: number;
  /** Why the message was refused; undefined for an answer. */
  readonly refusal: StatusDetails | undefined;
  /** Entries of the column `like`. */
  readonly pairCount: number;
  /** Pairs without probabilities. */
  readonly failedPairCount: number;
  /** Empty if no pair was scored. */
  readonly rung: string;
  readonly missingModelCount: number;
}

const FLOAT_BYTES = 4;
const FIELDS = FIELD_NUMBER.PredictResponse;

/** Reads the outline without decoding probabilities. @throws Error if the bytes are no PredictResponse */
export function readResponseOutline(bytes: Uint8Array): ResponseOutline {
  const reader = new protobuf.Reader(bytes);
  const outline = { sequence: 0, pairCount: 0, failedPairCount: 0, rung: '', missingModelCount: 0 };
  let refusal: StatusDetails | undefined;
  while (reader.pos < bytes.length) {
    const tag = reader.uint32();
    const [field, wireType] = [tag >>> 3, tag & 7];
    if (field === FIELDS.sequence) outline.sequence = reader.uint32();
    else if (field === FIELDS.status) refusal = decodeStatusDetails(reader.bytes());
    else if (field === FIELDS.like && wireType === WIRE_TYPE.bytes)
      outline.pairCount += reader.bytes().length / FLOAT_BYTES;
    else if (field === FIELDS.rung) outline.rung = reader.string();
    else {
      if (field === FIELDS.rowStatus) outline.failedPairCount += 1;
      else if (field === FIELDS.missingMembers) outline.missingModelCount += 1;
      reader.skipType(wireType);
    }
  }
  return { ...outline, refusal };
}

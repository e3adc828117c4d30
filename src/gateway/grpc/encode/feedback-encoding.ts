import protobuf from 'protobufjs/minimal.js';
import { FIELD_NUMBER, WIRE_TYPE } from '@pairstream/client/wire';
import type { PairstreamError } from '../../../errors/pairstream-error.js';
import type { Uint64Lanes } from '../decode/uint64.js';
import { encodeStatusDetails } from './status-details.js';
import { tag, writeSequence } from './wire-fields.js';

const { FeedbackResponse, EventStatus } = FIELD_NUMBER;

/** Outcome of the events of one request. */
export interface FeedbackOutcome {
  readonly acceptedCount: number;
  readonly duplicateCount: number;
  readonly tooOldCount: number;
  /** Errors of the events that were neither accepted nor duplicates, by event index, ascending. */
  readonly failures: ReadonlyMap<number, PairstreamError>;
}

/** Events of one reason that have a message. Those of a request with thousands of bad events would fill megabytes. */
const MESSAGES_PER_REASON = 20;

/** Encodes the response to a request whose events were taken. The first events of each reason have a message. */
export function encodeFeedback(sequence: Uint64Lanes, outcome: FeedbackOutcome): Uint8Array {
  const writer = protobuf.Writer.create();
  writeSequence(writer, FeedbackResponse.sequence, sequence);
  const { acceptedCount, duplicateCount, tooOldCount, failures } = outcome;
  writer.uint32(tag(FeedbackResponse.acceptedCount, WIRE_TYPE.varint)).uint32(acceptedCount);
  writer.uint32(tag(FeedbackResponse.duplicateCount, WIRE_TYPE.varint)).uint32(duplicateCount);
  writer.uint32(tag(FeedbackResponse.tooOldCount, WIRE_TYPE.varint)).uint32(tooOldCount);
  const counts = new Map<string, number>();
  for (const [eventIndex, error] of failures) {
    const count = (counts.get(error.code) ?? 0) + 1;
    counts.set(error.code, count);
    writer.uint32(tag(FeedbackResponse.eventStatus, WIRE_TYPE.bytes)).fork();
    writer.uint32(tag(EventStatus.eventIndex, WIRE_TYPE.varint)).uint32(eventIndex);
    writer.uint32(tag(EventStatus.code, WIRE_TYPE.varint)).int32(error.grpcCode);
    writer.uint32(tag(EventStatus.reason, WIRE_TYPE.bytes)).string(error.code);
    if (count <= MESSAGES_PER_REASON)
      writer.uint32(tag(EventStatus.message, WIRE_TYPE.bytes)).string(error.message);
    writer.ldelim();
  }
  return writer.finish();
}

/** Encodes the response to a request that is refused as a whole. */
export function encodeFeedbackRefusal(sequence: Uint64Lanes, error: PairstreamError): Uint8Array {
  const writer = protobuf.Writer.create();
  writeSequence(writer, FeedbackResponse.sequence, sequence);
  writer.uint32(tag(FeedbackResponse.status, WIRE_TYPE.bytes)).bytes(encodeStatusDetails(error));
  return writer.finish();
}

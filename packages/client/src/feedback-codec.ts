import { status } from '@pairstream/grpc-channel';
import { EventKind, toCodes } from './enums.js';
import type { FeedbackInput, FeedbackOutput } from './feedback-input.js';
import type { StreamMethod } from './request-stream.js';
import type { SequencedAnswer } from './response-reader.js';
import { ServerError } from './server-error.js';
import { checkColumn, checkValue, fieldsOf, optional, required } from './value-checks.js';
import { KIND } from './value-kinds.js';
import { METHOD } from './wire/generated/fields.js';
import { messageType, PAIRSTREAM_MESSAGES } from './wire/message-types.js';
import { decodeStatusDetails } from './wire/status-details.js';

const COLUMNS = {
  token: optional(KIND.bytes),
  pairIndex: optional(KIND.uint32),
  kind: required(KIND.eventKind),
  timeS: optional(KIND.timeS),
};

/** The method PairService.Feedback. Answers are checked with the number of events. */
export const FEEDBACK_METHOD: StreamMethod<FeedbackInput, number, FeedbackOutput> = {
  path: METHOD.Feedback.path,
  checkInput,
  shapeOf: eventCountOf,
  encode: encodeFeedback,
  decode: decodeFeedback,
  checkOutput,
};

/** Checks every value of a request. @throws ServerError INVALID_REQUEST */
function checkInput(input: FeedbackInput): void {
  const fields = fieldsOf('request', input, [...Object.keys(COLUMNS), 'predictionId']);
  if (fields['predictionId'] !== undefined) checkValue('predictionId', fields['predictionId'], KIND.bytes);
  for (const [name, rule] of Object.entries(COLUMNS)) checkColumn(name, fields[name], rule);
}

function eventCountOf(input: FeedbackInput): number {
  const { token, pairIndex } = (input ?? {}) as Partial<FeedbackInput>;
  return token?.length ?? pairIndex?.length ?? 0;
}

function encodeFeedback(
  { token, predictionId, pairIndex, kind, timeS }: FeedbackInput,
  sequence: number,
): Buffer {
  const bytes = messageType('pairstream.v1.FeedbackRequest')
    .encode({ sequence, token, predictionId, pairIndex, kind: toCodes(kind, EventKind), timeS })
    .finish();
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function decodeFeedback(bytes: Uint8Array): SequencedAnswer<FeedbackOutput> {
  try {
    const response = PAIRSTREAM_MESSAGES.decode('pairstream.v1.FeedbackResponse', bytes);
    const { sequence, acceptedCount, duplicateCount, tooOldCount, eventStatus, status: refusal } = response;
    if (refusal === null)
      return { sequence, output: { acceptedCount, duplicateCount, tooOldCount, eventStatus } };
    const details = messageType('google.rpc.Status').encode(refusal).finish();
    return { sequence, output: new ServerError(decodeStatusDetails(details)) };
  } catch (error) {
    const message = 'the server answers with bytes that are no FeedbackResponse';
    throw ServerError.ofTransport(status.INTERNAL, message, error);
  }
}

/** @throws ServerError INTERNAL if the response does not account for every event */
function checkOutput(output: FeedbackOutput, eventCount: number, name: string): void {
  const { acceptedCount, duplicateCount, eventStatus } = output;
  const accounted = acceptedCount + duplicateCount + eventStatus.length;
  if (accounted === eventCount && eventStatus.every(({ eventIndex }) => eventIndex < eventCount)) return;
  const message = `the server answers ${name} with the outcome of ${accounted} events, expected ${eventCount}`;
  throw ServerError.ofTransport(status.INTERNAL, message);
}

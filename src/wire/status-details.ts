import type { PairstreamError } from '../errors/pairstream-error.js';
import { ERROR_DOMAIN } from './message-fields.js';
import { messageType } from './message-types.js';

const TYPE_URL_PREFIX = 'type.googleapis.com/';

/** A google.rpc.Status with the details a gateway sends, taken apart. */
export interface StatusDetails {
  /** A google.rpc.Code. */
  readonly code: number;
  readonly message: string;
  /** Stable code of the error catalogue, from ErrorInfo; undefined when there is none. */
  readonly reason: string | undefined;
  /** Path of the offending field, from BadRequest. */
  readonly field: string | undefined;
  /** From RetryInfo. */
  readonly retryAfterMs: number | undefined;
}

interface AnyMessage {
  type_url: string;
  value: Uint8Array;
}

function packAny(fullName: string, fields: object): AnyMessage {
  return { type_url: TYPE_URL_PREFIX + fullName, value: messageType(fullName).encode(fields).finish() };
}

/** Encodes an error as a google.rpc.Status: ErrorInfo always, BadRequest for a field, RetryInfo for a delay. */
export function encodeStatusDetails(error: PairstreamError): Uint8Array {
  const details = [packAny('google.rpc.ErrorInfo', { reason: error.code, domain: ERROR_DOMAIN })];
  if (error.field !== undefined) {
    const violation = { field: error.field, description: error.message };
    details.push(packAny('google.rpc.BadRequest', { field_violations: [violation] }));
  }
  if (error.retryAfterMs !== undefined) {
    const seconds = Math.floor(error.retryAfterMs / 1000);
    const nanos = Math.round((error.retryAfterMs - seconds * 1000) * 1e6);
    details.push(packAny('google.rpc.RetryInfo', { retry_delay: { seconds, nanos } }));
  }
  return messageType('google.rpc.Status')
    .encode({ code: error.grpcCode, message: error.message, details })
    .finish();
}

/**
 * Decodes a google.rpc.Status. Details of other types are passed over.
 * @throws Error of the decoder when the bytes are no such message
 */
export function decodeStatusDetails(bytes: Uint8Array): StatusDetails {
  const type = messageType('google.rpc.Status');
  const status = type.toObject(type.decode(bytes), { defaults: true, arrays: true }) as {
    code: number;
    message: string;
    details: AnyMessage[];
  };
  const unpack = (fullName: string): unknown => {
    const any = status.details.find((detail) => detail.type_url === TYPE_URL_PREFIX + fullName);
    if (any === undefined) return undefined;
    const detailType = messageType(fullName);
    return detailType.toObject(detailType.decode(any.value), { defaults: true, arrays: true, longs: Number });
  };
  const errorInfo = unpack('google.rpc.ErrorInfo') as { reason: string } | undefined;
  const badRequest = unpack('google.rpc.BadRequest') as { field_violations: { field: string }[] } | undefined;
  const retryInfo = unpack('google.rpc.RetryInfo') as
    | { retry_delay: { seconds: number; nanos: number } | null }
    | undefined;
  const delay = retryInfo?.retry_delay;
  return {
    code: status.code,
    message: status.message,
    reason: errorInfo?.reason,
    field: badRequest?.field_violations[0]?.field,
    retryAfterMs:
      delay === undefined || delay === null ? undefined : delay.seconds * 1000 + delay.nanos / 1e6,
  };
}

import type { Messages } from './generated/messages.js';
import { PAIRSTREAM_MESSAGES } from './message-types.js';

/** Prefix of the type URLs of details. */
export const TYPE_URL_PREFIX = 'type.googleapis.com/';

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

/** Messages that a gateway puts into the details of a status. */
type DetailName = 'google.rpc.ErrorInfo' | 'google.rpc.BadRequest' | 'google.rpc.RetryInfo';

/**
 * Decodes a google.rpc.Status. Details of other types are passed over.
 * @throws Error of the decoder when the bytes are no such message
 */
export function decodeStatusDetails(bytes: Uint8Array): StatusDetails {
  const { code, message, details } = PAIRSTREAM_MESSAGES.decode('google.rpc.Status', bytes);
  const unpack = <N extends DetailName>(name: N): Messages[N] | undefined => {
    const any = details.find(({ type_url: url }) => url === TYPE_URL_PREFIX + name);
    return any === undefined ? undefined : PAIRSTREAM_MESSAGES.decode(name, any.value);
  };
  const delay = unpack('google.rpc.RetryInfo')?.retryDelay ?? undefined;
  return {
    code,
    message,
    reason: unpack('google.rpc.ErrorInfo')?.reason,
    field: unpack('google.rpc.BadRequest')?.fieldViolations[0]?.field,
    retryAfterMs: delay === undefined ? undefined : delay.seconds * 1000 + delay.nanos / 1e6,
  };
}

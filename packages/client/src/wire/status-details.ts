import { z } from 'zod';
import { messageType } from './message-types.js';

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

const anySchema = z.object({
  type_url: z.string(),
  value: z.custom<Uint8Array>((value) => value instanceof Uint8Array),
});
const statusSchema = z.object({ code: z.number(), message: z.string(), details: z.array(anySchema) });
const errorInfoSchema = z.object({ reason: z.string() }).optional();
const badRequestSchema = z.object({ field_violations: z.array(z.object({ field: z.string() })) }).optional();
const retryInfoSchema = z
  .object({ retry_delay: z.object({ seconds: z.number(), nanos: z.number() }).nullable() })
  .optional();

/**
 * Decodes a google.rpc.Status. Details of other types are passed over.
 * @throws Error of the decoder when the bytes are no such message
 */
export function decodeStatusDetails(bytes: Uint8Array): StatusDetails {
  const type = messageType('google.rpc.Status');
  const status = statusSchema.parse(type.toObject(type.decode(bytes), { defaults: true, arrays: true }));
  const unpack = (fullName: string): unknown => {
    const any = status.details.find((detail) => detail.type_url === TYPE_URL_PREFIX + fullName);
    if (any === undefined) return undefined;
    const detailType = messageType(fullName);
    return detailType.toObject(detailType.decode(any.value), { defaults: true, arrays: true, longs: Number });
  };
  const delay = retryInfoSchema.parse(unpack('google.rpc.RetryInfo'))?.retry_delay ?? undefined;
  return {
    code: status.code,
    message: status.message,
    reason: errorInfoSchema.parse(unpack('google.rpc.ErrorInfo'))?.reason,
    field: badRequestSchema.parse(unpack('google.rpc.BadRequest'))?.field_violations[0]?.field,
    retryAfterMs: delay === undefined ? undefined : delay.seconds * 1000 + delay.nanos / 1e6,
  };
}

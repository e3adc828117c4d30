import { type Any, ERROR_DOMAIN, type Messages, messageType, TYPE_URL_PREFIX } from '@pairstream/client/wire';
import type { MessageFields } from '@pairstream/grpc-channel';
import type { PairstreamError } from '../../../errors/pairstream-error.js';

function packAny<N extends keyof Messages>(fullName: N, fields: MessageFields<Messages[N]>): Any {
  return { type_url: TYPE_URL_PREFIX + fullName, value: messageType(fullName).encode(fields).finish() };
}

/** Encodes an error as a google.rpc.Status: ErrorInfo always, BadRequest for a field, RetryInfo for a delay. */
export function encodeStatusDetails(error: PairstreamError): Uint8Array {
  const details = [packAny('google.rpc.ErrorInfo', { reason: error.code, domain: ERROR_DOMAIN })];
  if (error.field !== undefined) {
    const violation = { field: error.field, description: error.message };
    details.push(packAny('google.rpc.BadRequest', { fieldViolations: [violation] }));
  }
  if (error.retryAfterMs !== undefined) {
    const seconds = Math.floor(error.retryAfterMs / 1000);
    const nanos = Math.round((error.retryAfterMs - seconds * 1000) * 1e6);
    details.push(packAny('google.rpc.RetryInfo', { retryDelay: { seconds, nanos } }));
  }
  return messageType('google.rpc.Status')
    .encode({ code: error.grpcCode, message: error.message, details })
    .finish();
}

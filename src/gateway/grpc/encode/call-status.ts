import { Metadata, type StatusObject, status } from '@grpc/grpc-js';
import { CATALOGUE } from '../../../errors/catalogue.js';
import type { PairstreamError } from '../../../errors/pairstream-error.js';
import { STATUS_DETAILS_KEY } from '@pairstream/client/wire';
import { encodeStatusDetails } from './status-details.js';

/** The gRPC status of an error: code, message, and the details ErrorInfo, BadRequest and RetryInfo. */
export function statusOf(error: PairstreamError): StatusObject {
  const metadata = new Metadata();
  metadata.set(STATUS_DETAILS_KEY, Buffer.from(encodeStatusDetails(error)));
  return { code: status[CATALOGUE[error.code].grpc], details: error.message, metadata };
}

/** An error that ends a streaming call with the status of `error`, to be emitted as the call's `error` event. */
export function callError(error: PairstreamError): Error & StatusObject {
  return Object.assign(new Error(error.message), statusOf(error));
}

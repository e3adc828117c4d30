import { STATUS_CODES } from 'node:http';
import type { IncomingHttpHeaders } from 'node:http2';
import { status } from './status-code.js';

/** Error of a call that ended with another status than OK. */
export class GrpcStatusError extends Error {
  override readonly name = 'GrpcStatusError';

  /**
   * @param code of google.rpc.Code
   * @param details the text of the status
   * @param statusDetails value of the trailer `grpc-status-details-bin`, an encoded google.rpc.Status; undefined if the server
   *   sent none
   */
  constructor(
    readonly code: number,
    readonly details: string,
    cause?: unknown,
    readonly statusDetails?: Buffer,
  ) {
    super(`${code} ${status[code]}: ${details}`, cause === undefined ? undefined : { cause });
  }
}

/** Error of a call that ended without a status of the server, for instance because the connection was lost. */
export class CallLostError extends GrpcStatusError {}

/** Empty note that grpc-js appends to the status of a failed connection. */
const EMPTY_NOTE = /\. Resolution note: $/;

/** Text of a status without the empty note of grpc-js. */
export function withoutEmptyNote(details: string): string {
  return details.replace(EMPTY_NOTE, '');
}

/**
 * The status that headers or trailers carry (gRPC over HTTP/2, "Responses").
 * @returns undefined when they carry none; an error for any but OK
 */
export function readStatus(headers: IncomingHttpHeaders): GrpcStatusError | 'ok' | undefined {
  const code = headers['grpc-status'];
  if (typeof code !== 'string') return undefined;
  if (code === '0') return 'ok';
  const text = headers['grpc-message'];
  const message = typeof text === 'string' ? percentDecoded(text) : '';
  return new GrpcStatusError(Number(code), message, undefined, statusDetailsOf(headers));
}

function statusDetailsOf(headers: IncomingHttpHeaders): Buffer | undefined {
  const text = headers['grpc-status-details-bin'];
  if (typeof text !== 'string') return undefined;
  // Node joins the values of a repeated header with commas.
  const [first = ''] = text.split(',');
  return Buffer.from(first, 'base64');
}

/**
 * Parses the head of an answer. A proxy may answer with an HTTP status alone (gRPC, "HTTP to gRPC Status Code Mapping"), or with
 * both statuses.
 * @returns undefined for a gRPC answer whose status follows in the trailers
 */
export function readResponseHead(
  headers: IncomingHttpHeaders & { ':status'?: number | undefined },
): GrpcStatusError | 'ok' | undefined {
  const { ':status': httpStatus = 0, 'content-type': contentType = 'no content-type' } = headers;
  const verdict = readStatus(headers);
  if (verdict instanceof GrpcStatusError || (verdict === 'ok' && httpStatus === 200)) return verdict;
  if (httpStatus !== 200) return statusOfHttp(httpStatus);
  if (contentType.startsWith('application/grpc')) return undefined;
  return new GrpcStatusError(status.UNKNOWN, `the server answers with ${contentType}, not with gRPC`);
}

function statusOfHttp(httpStatus: number): GrpcStatusError {
  const name = STATUS_CODES[httpStatus];
  const named = name === undefined ? `${httpStatus}` : `${httpStatus} (${name})`;
  const details = `the server answers with HTTP status ${named}, not with gRPC`;
  const code = HTTP_CODES[httpStatus] ?? status.UNKNOWN;
  return new GrpcStatusError(code, details);
}

/**
 * gRPC codes for answers with an HTTP status alone, by "HTTP to gRPC Status Code Mapping" of the gRPC specification. Other
 * statuses are UNKNOWN. 408 and 413 are additions: proxies send them, and callers can act on them.
 */
const HTTP_CODES: Readonly<Record<number, number>> = {
  400: status.INTERNAL,
  401: status.UNAUTHENTICATED,
  403: status.PERMISSION_DENIED,
  404: status.UNIMPLEMENTED,
  // A proxy stopped waiting for the request. As with 504, the caller's deadline is not the reason.
  408: status.UNAVAILABLE,
  413: status.RESOURCE_EXHAUSTED,
  429: status.UNAVAILABLE,
  502: status.UNAVAILABLE,
  503: status.UNAVAILABLE,
  504: status.UNAVAILABLE,
};

function percentDecoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

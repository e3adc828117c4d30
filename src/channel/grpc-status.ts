import type { IncomingHttpHeaders } from 'node:http2';
import { status } from '@grpc/grpc-js';

/** A call that ended with another status than OK. */
export class GrpcStatusError extends Error {
  override readonly name = 'GrpcStatusError';

  /**
   * @param code of google.rpc.Code
   * @param details the text of the status
   */
  constructor(
    readonly code: number,
    readonly details: string,
    cause?: unknown,
  ) {
    super(`${code} ${status[code]}: ${details}`, cause === undefined ? undefined : { cause });
  }
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
  return new GrpcStatusError(Number(code), typeof text === 'string' ? percentDecoded(text) : '');
}

/** What an answer stands for that is none of gRPC (gRPC, "HTTP to gRPC Status Code Mapping"). */
export function statusOfHttp(httpStatus: number): GrpcStatusError {
  const details = `the server answers with HTTP status ${httpStatus}, not with gRPC`;
  const code = HTTP_CODES[httpStatus] ?? status.UNKNOWN;
  return new GrpcStatusError(code, details);
}

const HTTP_CODES: Readonly<Record<number, number>> = {
  400: status.INTERNAL,
  401: status.UNAUTHENTICATED,
  403: status.PERMISSION_DENIED,
  404: status.UNIMPLEMENTED,
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

import { type ErrorCode, CATALOGUE } from './catalogue.js';
import { PairstreamError } from './pairstream-error.js';

/** A PairstreamError as a message between threads: a structured clone of an error loses its code. */
export interface SentError {
  readonly code: ErrorCode;
  readonly message: string;
  readonly field: string | undefined;
  readonly retryAfterMs: number | undefined;
  /** Message of the underlying error, for the log. */
  readonly cause: string | undefined;
}

/** An error as it is sent to another thread. */
export function sendError(thrown: unknown): SentError {
  const { code, message, field, retryAfterMs, cause } = PairstreamError.from(thrown);
  return { code, message, field, retryAfterMs, cause: cause instanceof Error ? cause.message : undefined };
}

/** An error as it was before it was sent. */
export function receiveError({ code, message, field, retryAfterMs, cause }: SentError): PairstreamError {
  return new PairstreamError(code in CATALOGUE ? code : 'INTERNAL', message, {
    ...(field === undefined ? {} : { field }),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    ...(cause === undefined ? {} : { cause: new Error(cause) }),
  });
}

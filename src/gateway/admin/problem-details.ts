import { HttpException } from '@nestjs/common';
import { CATALOGUE, type ErrorCode } from '../../errors/catalogue.js';
import { PairstreamError } from '../../errors/pairstream-error.js';

/** Media type of an error (RFC 9457). */
export const PROBLEM_MEDIA_TYPE = 'application/problem+json';

/** An error as the admin application answers it: problem details of RFC 9457. */
export interface ProblemDetails {
  /** `urn:pairstream:error:` and the code. */
  readonly type: string;
  /** Meaning of the code, the same for each occurrence. */
  readonly title: string;
  /** HTTP status. */
  readonly status: number;
  /** Explanation of this occurrence, in one line. */
  readonly detail: string;
  /** Path and query of the request. */
  readonly instance: string;
  /** Code of the error catalogue. */
  readonly code: ErrorCode;
  /** Field that has to be corrected. */
  readonly field?: string;
}

/** Codes of statuses that the framework answers with. Any other 4xx status is INVALID_REQUEST, any other 5xx INTERNAL. */
const CODE_OF_STATUS: ReadonlyMap<number, ErrorCode> = new Map([
  [404, 'NOT_FOUND'],
  [413, 'MESSAGE_TOO_LARGE'],
  [429, 'BUSY'],
  [503, 'NOT_READY'],
]);

const UNSUPPORTED_MEDIA_TYPE = 415;

/** The error of the catalogue that an exception of the framework stands for; any other value as PairstreamError.from. */
export function toAdminError(thrown: unknown): PairstreamError {
  if (!(thrown instanceof HttpException)) return PairstreamError.from(thrown);
  const status = thrown.getStatus();
  const code = CODE_OF_STATUS.get(status) ?? (status < 500 ? 'INVALID_REQUEST' : 'INTERNAL');
  if (code === 'INTERNAL') return new PairstreamError(code, 'internal error', { cause: thrown });
  if (status === UNSUPPORTED_MEDIA_TYPE) {
    const field = 'content-type';
    return new PairstreamError(code, `${field}: expected application/json`, { field, cause: thrown });
  }
  return new PairstreamError(code, oneLine(thrown.message), { cause: thrown });
}

/** The problem details of an error. @param instance path and query of the request */
export function problemDetails({ code, message, field }: PairstreamError, instance: string): ProblemDetails {
  const { http, meaning } = CATALOGUE[code];
  return {
    type: `urn:pairstream:error:${code}`,
    title: meaning,
    status: http,
    detail: message,
    instance,
    code,
    ...(field === undefined ? {} : { field }),
  };
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ');
}

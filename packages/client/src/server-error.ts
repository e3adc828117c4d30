import { type GrpcStatusError, status } from '@pairstream/grpc-channel';
import { decodeStatusDetails, type StatusDetails } from './wire/status-details.js';

/** A request that the server refused, or that did not reach it. */
export class ServerError extends Error {
  override readonly name = 'ServerError';
  /** A google.rpc.Code. */
  readonly code: number;
  /** Stable code of the server's error catalogue; undefined when the failure is the transport's. */
  readonly reason: string | undefined;
  /** Path of the offending field. */
  readonly field: string | undefined;
  /** When busy: how long to wait before trying again. */
  readonly retryAfterMs: number | undefined;

  constructor({ code, message, reason, field, retryAfterMs }: StatusDetails, cause?: unknown) {
    super(reason === undefined ? message : `${reason}: ${message}`, { cause });
    this.code = code;
    this.reason = reason;
    this.field = field;
    this.retryAfterMs = retryAfterMs;
  }

  /** Name of `code`, for instance UNAVAILABLE. */
  get codeName(): string {
    return status[this.code] ?? `code ${this.code}`;
  }

  /** Reads the details that a failed call carries in its trailers. */
  static fromCall(this: void, error: GrpcStatusError): ServerError {
    const { code, details, statusDetails } = error;
    if (statusDetails !== undefined) return new ServerError(decodeStatusDetails(statusDetails), error);
    return ServerError.ofTransport(code, details, error);
  }

  /**
   * A value that is refused before a request is sent.
   * @param path of the field, or name of the option
   * @param seen the value, as `shown` formats it
   * @param expected ends the sentence "expected ..."
   */
  static ofValue(this: void, path: string, seen: string, expected: string): ServerError {
    return ServerError.ofRequest(path, `${path}: ${seen}, expected ${expected}`);
  }

  /** A request that is refused before it is sent. @param message names the field, the value and what is accepted */
  static ofRequest(this: void, field: string, message: string): ServerError {
    const reason = 'INVALID_REQUEST';
    return new ServerError({
      code: status.INVALID_ARGUMENT,
      message,
      reason,
      field,
      retryAfterMs: undefined,
    });
  }

  /** A failure of the transport. @param code a google.rpc.Code */
  static ofTransport(this: void, code: number, message: string, cause?: unknown): ServerError {
    const none = { reason: undefined, field: undefined, retryAfterMs: undefined };
    return new ServerError({ code, message, ...none }, cause);
  }
}

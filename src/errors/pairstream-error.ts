import { CATALOGUE, GRPC_CODE, type ErrorCode } from './catalogue.js';

/** Optional details of an error. */
export interface ErrorOptions {
  /** Path of the offending field, for instance `pairs.tweet_index[3]` or `stages[1].models`. */
  readonly field?: string;
  /** For BUSY: how long a caller should wait before it tries again. */
  readonly retryAfterMs?: number;
  /** The underlying error: logged, never sent to a client. */
  readonly cause?: unknown;
}

/**
 * Errors without a stack trace, because there may be many: a request may have 100,000 invalid rows or 10,000 invalid events (with traces,
 * 100,000 errors took over a second), and a gateway under overload refuses thousands of requests a second.
 */
const WITHOUT_STACK: ReadonlySet<ErrorCode> = new Set([
  'INVALID_ROW',
  'INVALID_EVENT',
  'EVENT_TOO_OLD',
  'FEEDBACK_TOKEN_INVALID',
  'FEEDBACK_TOKEN_FOREIGN',
  'NOT_FOUND',
  'UNAUTHENTICATED',
  'PERMISSION_DENIED',
  'BUSY',
  'DEADLINE_EXCEEDED',
  'CANCELLED',
]);

/**
 * The one error class. `code` is a row of the catalogue, from which the gRPC and HTTP statuses follow.
 * `message` is safe to show to a client: it names the field, the value seen and what was expected.
 */
export class PairstreamError extends Error {
  override readonly name = 'PairstreamError';
  readonly code: ErrorCode;
  readonly field: string | undefined;
  readonly retryAfterMs: number | undefined;

  constructor(code: ErrorCode, message: string, options: ErrorOptions = {}) {
    const { stackTraceLimit } = Error;
    if (WITHOUT_STACK.has(code)) Error.stackTraceLimit = 0;
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    Error.stackTraceLimit = stackTraceLimit;
    this.code = code;
    this.field = options.field;
    this.retryAfterMs = options.retryAfterMs;
  }

  /** Number of the gRPC status this error is answered with. */
  get grpcCode(): number {
    return GRPC_CODE[CATALOGUE[this.code].grpc];
  }

  /** HTTP status this error is answered with by the admin application. */
  get httpStatus(): number {
    return CATALOGUE[this.code].http;
  }

  /**
   * The only funnel from anything thrown to a PairstreamError: ours stay as they are, an AbortError becomes
   * CANCELLED, all else becomes INTERNAL with a fixed text (the original is kept as `cause`, for the log).
   */
  static from(thrown: unknown): PairstreamError {
    if (thrown instanceof PairstreamError) return thrown;
    if (thrown instanceof Error && thrown.name === 'AbortError') {
      return new PairstreamError('CANCELLED', 'the caller cancelled', { cause: thrown });
    }
    return new PairstreamError('INTERNAL', 'internal error', { cause: thrown });
  }
}

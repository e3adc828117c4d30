import { status, withoutEmptyNote } from '@pairstream/grpc-channel';

/**
 * What went wrong, so that a caller knows what to do:
 * - `busy`: the queue of the model is full, or the request waited in it longer than it was allowed to. Not to be repeated at
 *   once, here or elsewhere.
 * - `down`: the server cannot be reached or is shutting down. Another replica may answer.
 * - `unknown_model`: the server has no such model, or no version of it that is ready. A server that shuts down says so of all.
 * - `unknown_region`: a shared memory region is not registered, for instance since the server was started anew.
 * - `invalid_argument`: the request does not fit the model; raised before anything is sent where that can be known.
 * - `too_large`: a message is larger than the channel allows.
 * - `unsupported`: the server does not do this.
 * - `unauthenticated`: credentials are missing or wrong, says the server or a proxy in front of it.
 * - `permission_denied`: the credentials do not allow the call, says the server or a proxy in front of it.
 * - `late`: the deadline was over.
 * - `cancelled`: the caller cancelled.
 * - `internal`: the model or the server failed.
 */
export type TritonErrorKind =
  | 'busy'
  | 'down'
  | 'unknown_model'
  | 'unknown_region'
  | 'invalid_argument'
  | 'too_large'
  | 'unsupported'
  | 'unauthenticated'
  | 'permission_denied'
  | 'late'
  | 'cancelled'
  | 'internal';

/** A request that Triton did not answer, or that was not sent because it cannot be right. */
export class TritonError extends Error {
  override readonly name = 'TritonError';

  /**
   * @param message names tensor or model, the value seen and what was expected; Triton's own words where it answered
   * @param cause the error of the call, with its gRPC `code` and `details`
   */
  constructor(
    readonly kind: TritonErrorKind,
    message: string,
    cause?: unknown,
  ) {
    super(message, cause === undefined ? undefined : { cause });
  }

  /**
   * The kind follows from status and text: Triton says UNAVAILABLE for a full queue as well as for its own end.
   * @param error status of the call: a code of google.rpc.Code and its text
   * @param wasCancelled whether the caller did it; a server that shuts down cancels, too
   */
  static fromCall(
    this: void,
    error: { readonly code: number; readonly details: string },
    wasCancelled: boolean,
  ): TritonError {
    const kind = kindOf(error.code, error.details);
    const isServersCancel = kind === 'cancelled' && !wasCancelled;
    // HTTP/2 in Node drops a text that ends in a blank, as some of Triton's do.
    const text = error.details === '' ? `${status[error.code]}, without a text` : error.details;
    return new TritonError(isServersCancel ? 'down' : kind, withoutEmptyNote(text), error);
  }

  /** Of an error that carries a text alone. */
  static fromText(text: string): TritonError {
    return new TritonError(kindOfText(undefined, text) ?? 'internal', text);
  }
}

/** Codes of google.rpc.Code. */
const CODE = {
  CANCELLED: 1,
  INVALID_ARGUMENT: 3,
  DEADLINE_EXCEEDED: 4,
  NOT_FOUND: 5,
  ALREADY_EXISTS: 6,
  PERMISSION_DENIED: 7,
  RESOURCE_EXHAUSTED: 8,
  UNIMPLEMENTED: 12,
  INTERNAL: 13,
  UNAVAILABLE: 14,
  UNAUTHENTICATED: 16,
} as const;

/** What Triton says with a status that does not tell it. */
const TEXTS: readonly {
  readonly kind: TritonErrorKind;
  readonly text: RegExp;
  /** Default: any. */
  readonly codes?: readonly number[];
}[] = [
  {
    kind: 'busy',
    text: /exceeds maximum queue size|request timeout expired/i,
    codes: [CODE.UNAVAILABLE],
  },
  {
    kind: 'unknown_region',
    text: /unable to find (system |cuda )?shared memory region/i,
    codes: [CODE.NOT_FOUND, CODE.INVALID_ARGUMENT],
  },
  {
    kind: 'unknown_model',
    text: /unknown model|has no available versions|is not ready|requested model .*is not available/i,
    codes: [CODE.NOT_FOUND, CODE.INVALID_ARGUMENT, CODE.UNAVAILABLE],
  },
  // Without explicit model control; UNAVAILABLE, as if it were gone.
  { kind: 'unsupported', text: /explicit model load \/ unload is not allowed/i, codes: [CODE.UNAVAILABLE] },
  // A header is missing or wrong (--grpc-restricted-protocol); UNAVAILABLE, as if the server were gone.
  { kind: 'unauthenticated', text: /^this protocol is restricted/i, codes: [CODE.UNAVAILABLE] },
  { kind: 'unsupported', text: /client shared memory is disabled/i },
  { kind: 'invalid_argument', text: /unable to open shared memory region/i, codes: [CODE.INTERNAL] },
];

function kindOfText(code: number | undefined, details: string): TritonErrorKind | undefined {
  return TEXTS.find(
    ({ text, codes }) =>
      (code === undefined || codes === undefined || codes.includes(code)) && text.test(details),
  )?.kind;
}

function kindOf(code: number, details: string): TritonErrorKind {
  const kind = kindOfText(code, details);
  if (kind !== undefined) return kind;
  switch (code) {
    case CODE.UNAVAILABLE:
      return 'down';
    case CODE.NOT_FOUND:
      return 'unknown_model';
    case CODE.INVALID_ARGUMENT:
    case CODE.ALREADY_EXISTS:
      return 'invalid_argument';
    case CODE.DEADLINE_EXCEEDED:
      return 'late';
    case CODE.CANCELLED:
      return 'cancelled';
    case CODE.RESOURCE_EXHAUSTED:
      return 'too_large';
    case CODE.UNIMPLEMENTED:
      return 'unsupported';
    case CODE.UNAUTHENTICATED:
      return 'unauthenticated';
    case CODE.PERMISSION_DENIED:
      return 'permission_denied';
    default:
      return 'internal';
  }
}

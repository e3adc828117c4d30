import { status, withoutEmptyNote } from '@pairstream/grpc-channel';

/**
 * Kind of a failure, by the action that it allows:
 * - `busy`: the queue of the model is full, or the request waited in the queue longer than allowed. Do not retry at once, neither
 *   here nor on another replica.
 * - `down`: the server cannot be reached or is shutting down. Another replica may answer.
 * - `unknown_model`: the server has no such model, or no ready version of the model. A server that shuts down reports this for all models.
 * - `unknown_region`: a shared memory region is not registered, for instance after a restart of the server.
 * - `invalid_argument`: the request does not fit the model. If the client can detect this, nothing is sent.
 * - `too_large`: a message is larger than the channel allows.
 * - `unsupported`: the server does not support the call, or its options forbid the call.
 * - `unauthenticated`: the server, or a proxy in front of it, reports missing or wrong credentials.
 * - `permission_denied`: the server, or a proxy in front of it, reports that the credentials do not allow the call.
 * - `late`: the deadline passed.
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

/** Error of a request that Triton refused or did not answer, or that was not sent because it is invalid. */
export class TritonError extends Error {
  override readonly name = 'TritonError';

  /**
   * @param message Triton's text if the server answered; else the tensor or model, the value and the accepted values
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
   * Converts a gRPC status. The kind depends on code and text, because Triton uses UNAVAILABLE both for a full queue and for its
   * own shutdown.
   * @param error status of the call: a code of google.rpc.Code and its text
   * @param wasCancelled true if the caller cancelled; a server that shuts down also sends CANCELLED
   */
  static fromCall(
    this: void,
    error: { readonly code: number; readonly details: string },
    wasCancelled: boolean,
  ): TritonError {
    const kind = kindOf(error.code, error.details);
    const isServersCancel = kind === 'cancelled' && !wasCancelled;
    // Node's HTTP/2 drops a status text that ends with a space. Some texts of Triton do.
    const text = error.details === '' ? `${status[error.code]}, without a text` : error.details;
    return new TritonError(isServersCancel ? 'down' : kind, withoutEmptyNote(text), error);
  }

  /** Converts an error that has only a text. */
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

/** Texts of Triton that decide the kind where the status code is ambiguous. */
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
  // The server has no explicit model control. Its code is UNAVAILABLE, as for a dead server.
  { kind: 'unsupported', text: /explicit model load \/ unload is not allowed/i, codes: [CODE.UNAVAILABLE] },
  // A header is missing or wrong (--grpc-restricted-protocol). The code is UNAVAILABLE, as for a dead server.
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

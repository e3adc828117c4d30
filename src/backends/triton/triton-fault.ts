import { PairstreamError } from '../../errors/pairstream-error.js';
import type { ErrorCode } from '../../errors/catalogue.js';
import type { TritonErrorKind } from '@pairstream/triton-client';
import { TritonError } from '@pairstream/triton-client';

const CODES: Readonly<Record<TritonErrorKind, ErrorCode>> = {
  busy: 'BUSY',
  late: 'DEADLINE_EXCEEDED',
  cancelled: 'CANCELLED',
  down: 'BACKEND_UNAVAILABLE',
  unknown_model: 'BACKEND_UNAVAILABLE',
  unknown_region: 'BACKEND_UNAVAILABLE',
  // Requests fit the checked contract. If a request does not fit now, the server has changed.
  invalid_argument: 'BACKEND_UNAVAILABLE',
  too_large: 'BACKEND_FAILED',
  unsupported: 'BACKEND_FAILED',
  // The gateway sends its own credentials, not those of the caller.
  unauthenticated: 'BACKEND_UNAVAILABLE',
  permission_denied: 'BACKEND_UNAVAILABLE',
  internal: 'BACKEND_FAILED',
};

/** Kinds of failures that may be specific to one replica: the request is retried on another one. */
const ELSEWHERE: ReadonlySet<TritonErrorKind> = new Set([
  'down',
  'unknown_model',
  'unknown_region',
  'invalid_argument',
  'internal',
  'unsupported',
  'unauthenticated',
  'permission_denied',
]);

/** True if the server is at fault, so that another replica may answer. False for a full queue and a late answer. */
export function isWorthAnotherReplica(error: TritonError): boolean {
  return ELSEWHERE.has(error.kind);
}

/** True if the failure says nothing about the server: it may be lost, busy or healthy. */
export function isUnanswered({ kind }: TritonError): boolean {
  return UNANSWERED.has(kind);
}

/**
 * True if the server could not use the shared memory of a request. The same request, with its tensors in the message, may
 * succeed. Triton has no status of its own for this, so the text decides.
 */
export function isAboutSharedMemory({ kind, message }: TritonError): boolean {
  if (kind === 'unknown_region') return true;
  return SHARED_MEMORY_KINDS.has(kind) && /shared[ _-]memory|\bshm\b/i.test(message);
}

const SHARED_MEMORY_KINDS: ReadonlySet<TritonErrorKind> = new Set([
  'invalid_argument',
  'internal',
  'unsupported',
]);

const UNANSWERED: ReadonlySet<TritonErrorKind> = new Set(['down', 'late', 'cancelled']);

/** Converts any failure to a TritonError. */
export function toTritonError(thrown: unknown): TritonError {
  if (thrown instanceof TritonError) return thrown;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new TritonError('internal', message, thrown);
}

/**
 * Error for callers of the backend, without addresses.
 * @param retryAfterMs for BUSY
 */
export function toPairstreamError(model: string, error: TritonError, retryAfterMs: number): PairstreamError {
  const code = CODES[error.kind];
  const message = `model ${model}: ${OWN_WORDS[error.kind] ?? error.message}`;
  return new PairstreamError(code, message, { cause: error, ...(code === 'BUSY' ? { retryAfterMs } : {}) });
}

/** The error of a server that an operator told to load or unload a model; operators read it, so it names the server. */
export function toChangeError(target: string, model: string, error: TritonError): PairstreamError {
  const place = `${target}: model ${model}`;
  if (error.kind === 'unsupported') {
    const remedy = 'start the server with --model-control-mode=explicit';
    const message = `${place}: the server does not let clients load and unload models: ${remedy}`;
    return new PairstreamError('CONFLICT', message, { field: 'model', cause: error });
  }
  const isOfModel = error.kind === 'invalid_argument' || error.kind === 'internal';
  const code = isOfModel ? 'INVALID_MODEL' : CODES[error.kind];
  return new PairstreamError(code, `${place}: ${OWN_WORDS[error.kind] ?? error.message}`, { cause: error });
}

/** Messages that replace those of gRPC, because the latter name hosts. */
const OWN_WORDS: Partial<Record<TritonErrorKind, string>> = {
  down: 'no server answers',
  late: 'no answer within the deadline',
  cancelled: 'the caller cancelled',
  unauthenticated: 'the server refuses the credentials of the gateway',
  permission_denied: 'the server refuses the credentials of the gateway',
};

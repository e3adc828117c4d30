/** Names of the gRPC statuses that Triton answers with. */
export type TritonStatus =
  | 'UNKNOWN'
  | 'INTERNAL'
  | 'NOT_FOUND'
  | 'INVALID_ARGUMENT'
  | 'UNAVAILABLE'
  | 'UNIMPLEMENTED'
  | 'ALREADY_EXISTS'
  | 'CANCELLED';

/** Fails a call with a status and a text. Models may throw it; any other error of a model is INTERNAL. */
export class FakeTritonError extends Error {
  override readonly name = 'FakeTritonError';

  constructor(
    readonly status: TritonStatus,
    message: string,
  ) {
    super(message);
  }
}

/** INVALID_ARGUMENT with a text. */
export function invalidArgument(message: string): FakeTritonError {
  return new FakeTritonError('INVALID_ARGUMENT', message);
}

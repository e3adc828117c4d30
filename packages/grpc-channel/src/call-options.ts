/** Limits of one call. */
export interface BytesCallOptions {
  /**
   * Milliseconds from now until the call fails with DEADLINE_EXCEEDED, fractions included. With 0 or less the call fails at
   * once. More than 24 days counts as 24 days. NaN is refused with INVALID_ARGUMENT. Default and Infinity: no limit.
   */
  readonly timeoutMs?: number | undefined;
  /** Cancels the call when it aborts. */
  readonly signal?: AbortSignal | undefined;
}

/** A clock that a load test reads and waits by. */
export interface Clock {
  /** The present instant, milliseconds from an arbitrary zero. */
  nowMs(): number;
  /**
   * Waits until an instant, never less. If the instant has passed, other work of the event loop runs at least every millisecond.
   * @throws AbortError after the signal
   */
  waitUntil(instantMs: number, signal?: AbortSignal): Promise<void>;
}

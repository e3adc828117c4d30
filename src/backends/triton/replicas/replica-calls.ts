import { InFlight } from '../../../concurrency/in-flight.js';

const LONGEST_RETRY_MS = 10_000;

/** Calls in flight to one server. */
export class ReplicaCalls {
  private readonly controllers = new Set<AbortController>();
  private readonly rows = new InFlight();
  /** Smoothed duration of answered calls, milliseconds; 0 before the first. */
  private meanMs = 0;
  private lastMs = -Infinity;

  /** @param onChange called with the rows in flight after every change */
  constructor(private readonly onChange: (rowCount: number) => void) {}

  /** Rows in flight. */
  get rowCount(): number {
    return this.rows.count;
  }

  /** True if no call is in flight. */
  get isIdle(): boolean {
    return this.controllers.size === 0;
  }

  /** Instant of the last answered call (performance.now()); -Infinity before the first. */
  get lastAnsweredMs(): number {
    return this.lastMs;
  }

  /** Retry delay for a caller that was refused because of a full queue, milliseconds. */
  get retryAfterMs(): number {
    return Math.min(LONGEST_RETRY_MS, Math.max(1, Math.ceil(2 * this.meanMs)));
  }

  /**
   * Counts a call while it runs.
   * @param signal of the caller
   * @param send gets a signal that is also aborted by `abort`
   * @throws what `send` throws
   */
  async run(
    rowCount: number,
    signal: AbortSignal,
    send: (signal: AbortSignal) => Promise<void>,
  ): Promise<void> {
    const controller = new AbortController();
    const cancel = (): void => controller.abort();
    signal.addEventListener('abort', cancel, { once: true });
    if (signal.aborted) cancel();
    this.controllers.add(controller);
    this.rows.enter(rowCount);
    this.onChange(this.rows.count);
    try {
      await send(controller.signal);
    } finally {
      signal.removeEventListener('abort', cancel);
      this.controllers.delete(controller);
      this.rows.leave(rowCount);
      this.onChange(this.rows.count);
    }
  }

  /** Records the duration of an answered call. */
  answered(elapsedMs: number): void {
    this.lastMs = performance.now();
    this.meanMs = this.meanMs === 0 ? elapsedMs : 0.9 * this.meanMs + 0.1 * elapsedMs;
  }

  /** Aborts the calls in flight. */
  abort(): void {
    for (const controller of this.controllers) controller.abort();
  }

  /** Waits until no call is in flight, at most `timeoutMs`. */
  async whenIdle(timeoutMs: number): Promise<void> {
    await this.rows.whenIdle(timeoutMs);
  }
}

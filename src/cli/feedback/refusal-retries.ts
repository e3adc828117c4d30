import { setTimeout as sleep } from 'node:timers/promises';
import { ServerError } from '@pairstream/client';

/** Bounds how long requests are sent again, from the last request that the gateway took. */
export class RefusalRetries {
  private lastTakenMs = performance.now();

  /** @param maxMs maximum time of refusals without a request that is taken between them */
  constructor(private readonly maxMs: number) {}

  /** A request was taken. */
  taken(): void {
    this.lastTakenMs = performance.now();
  }

  /** @throws ServerError the refusal itself, if it names no delay or the time of refusals is over */
  check(refusal: ServerError): number {
    const { retryAfterMs } = refusal;
    if (retryAfterMs === undefined || performance.now() - this.lastTakenMs > this.maxMs) throw refusal;
    return retryAfterMs;
  }

  /**
   * Sends a request until it is taken.
   * @param first refusal of the request
   * @param send sends the request once more
   * @throws ServerError the last refusal, see `check`; AbortError after the signal
   */
  async until<T>(first: ServerError, send: () => Promise<T>, signal: AbortSignal): Promise<T> {
    for (let refusal = first; ;) {
      await sleep(this.check(refusal), undefined, { signal });
      try {
        const result = await send();
        this.taken();
        return result;
      } catch (error) {
        if (!(error instanceof ServerError)) throw error;
        refusal = error;
      }
    }
  }
}

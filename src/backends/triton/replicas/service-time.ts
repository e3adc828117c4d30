/** Time in which an observed service time loses most of its weight, milliseconds. */
const DECAY_MS = 10_000;

/**
 * Service time of a model on one server: the peak-sensitive moving average of Finagle's balancer ("Peak EWMA"). A slower call counts at
 * once, faster calls lower the value step by step. Without calls the value decays towards zero, so that a slow server is tried again.
 */
export class ServiceTime {
  private ms = 0;
  private observedMs = 0;

  /** Records the duration of a call. @param nowMs instant on the clock of performance.now() */
  observe(elapsedMs: number, nowMs: number): void {
    const kept = this.keptAt(nowMs);
    this.ms = elapsedMs > this.ms * kept ? elapsedMs : this.ms * kept + elapsedMs * (1 - kept);
    this.observedMs = nowMs;
  }

  /** Expected duration of a call, milliseconds; 0 before the first call. */
  at(nowMs: number): number {
    return this.ms * this.keptAt(nowMs);
  }

  private keptAt(nowMs: number): number {
    return Math.exp((this.observedMs - nowMs) / DECAY_MS);
  }
}

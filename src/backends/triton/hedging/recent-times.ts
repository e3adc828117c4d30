const CAPACITY = 256;
/** Number of calls before the first percentile, and between two. */
const REFRESH_CALLS = 32;
const PERCENTILE = 0.95;

/** 95th percentile of the durations of the last 256 calls of a model. Recomputed every 32 calls. */
export class RecentTimes {
  private readonly times = new Float64Array(CAPACITY);
  private count = 0;
  private current: number | undefined;

  /** Milliseconds; undefined before 32 calls. */
  get p95Ms(): number | undefined {
    return this.current;
  }

  /** Records the duration of an answered call. */
  add(elapsedMs: number): void {
    this.times[this.count % CAPACITY] = elapsedMs;
    this.count += 1;
    if (this.count % REFRESH_CALLS !== 0) return;
    const sorted = this.times.slice(0, Math.min(this.count, CAPACITY)).sort();
    this.current = sorted[Math.floor(PERCENTILE * (sorted.length - 1))];
  }
}

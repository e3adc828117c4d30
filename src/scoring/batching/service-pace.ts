/** Busy time after which a measurement weighs half, milliseconds. */
const HALF_LIFE_MS = 1_000;

/**
 * Service pace: busy time per row, over recent batches. Busy time is the wall time during which rows wait or run. The pace
 * therefore includes the time for features, decoding and refusals, and the CPU time that other programs take. Recent batches
 * weigh more: the weight of a batch halves with every second of busy time.
 */
export class ServicePace {
  private busyMs = 0;
  private rowCount = 0;
  /** Start of the busy time that is not counted yet; undefined while idle. */
  private countedToMs: number | undefined;

  /** @param clock milliseconds, monotonic; default: performance.now */
  constructor(private readonly clock: () => number = () => performance.now()) {}

  /** Milliseconds of busy time per row; undefined until the first batch has ended. */
  get msPerRow(): number | undefined {
    return this.rowCount === 0 ? undefined : this.busyMs / this.rowCount;
  }

  /** Busy time since the last `batchDone` or `begin`, milliseconds; 0 while idle. */
  get uncountedMs(): number {
    return this.countedToMs === undefined ? 0 : this.clock() - this.countedToMs;
  }

  /** Starts the busy time, unless the pace is busy already. */
  begin(): void {
    this.countedToMs ??= this.clock();
  }

  /** Counts the busy time and the rows of a batch that has ended. */
  batchDone(rowCount: number): void {
    const nowMs = this.clock();
    const elapsedMs = nowMs - (this.countedToMs ?? nowMs);
    const kept = 2 ** (-elapsedMs / HALF_LIFE_MS);
    this.busyMs = this.busyMs * kept + elapsedMs;
    this.rowCount = this.rowCount * kept + rowCount;
    this.countedToMs = nowMs;
  }

  /** Ends the busy time, when no rows wait or run. */
  end(): void {
    this.countedToMs = undefined;
  }
}

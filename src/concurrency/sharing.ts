/** Time for which a caller counts as active after its last use, milliseconds. */
const ACTIVE_MS = 5_000;

/**
 * Tells if several callers use a resource: two of them did within the last 5 s. Remembers one caller and two times, however many
 * callers there are.
 */
export class Sharing {
  private lastCaller: string | undefined;
  private lastMs = -Infinity;
  private sharedUntilMs = -Infinity;

  /** @param clock milliseconds, monotonic. Default: performance.now */
  constructor(private readonly clock: () => number = () => performance.now()) {}

  /** A caller uses the resource. */
  note(caller: string): void {
    const nowMs = this.clock();
    const isOther = this.lastCaller !== undefined && caller !== this.lastCaller;
    if (isOther && nowMs - this.lastMs <= ACTIVE_MS) this.sharedUntilMs = nowMs + ACTIVE_MS;
    this.lastCaller = caller;
    this.lastMs = nowMs;
  }

  /** True if two callers used the resource within the last 5 s. */
  get isShared(): boolean {
    return this.clock() < this.sharedUntilMs;
  }
}

/** Counts work in flight, in units of its owner (runs, rows or pairs), and waits until none is left. */
export class InFlight {
  private units = 0;
  /** Resolved when the count falls to 0. Created by `whenIdle`. */
  private idle: PromiseWithResolvers<true> | undefined;

  /** Units in flight. */
  get count(): number {
    return this.units;
  }

  /** Adds work that starts. */
  enter(units = 1): void {
    this.units += units;
  }

  /** Subtracts work that has ended. */
  leave(units = 1): void {
    this.units -= units;
    if (this.units > 0) return;
    this.idle?.resolve(true);
    this.idle = undefined;
  }

  /**
   * Waits until the count is 0. Work that starts before then is waited for, too.
   * @param timeoutMs at most 2^31 - 1; default: no limit
   * @returns true if nothing is in flight, false if the timeout passed before
   */
  async whenIdle(timeoutMs?: number): Promise<boolean> {
    if (this.units === 0) return true;
    this.idle ??= Promise.withResolvers();
    const { promise } = this.idle;
    if (timeoutMs === undefined) return await promise;
    let timer: NodeJS.Timeout | undefined;
    const timeOver = new Promise<false>((resolve) => {
      timer = setTimeout(() => resolve(false), timeoutMs);
    });
    return await Promise.race([promise, timeOver]).finally(() => clearTimeout(timer));
  }
}

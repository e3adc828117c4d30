/** Maximum number of hedges that can be saved up. */
const MOST_SAVED = 10;

/** Token bucket that bounds hedges to a share of the calls. */
export class HedgeBudget {
  private saved = 0;

  /** @param share of calls that may be hedged, 0 to 1 */
  constructor(private readonly share: number) {}

  /** Counts a call. */
  earn(): void {
    this.saved = Math.min(MOST_SAVED, this.saved + this.share);
  }

  /** @returns false if the budget is used up */
  take(): boolean {
    if (this.saved < 1) return false;
    this.saved -= 1;
    return true;
  }
}

/** Room for the rows and outputs of one walk, in the memory of a forest. */
export interface RowRegion {
  /** Number of the scratch that goes with the region. */
  readonly thread: number;
  /** Address of float32 [capacity, featureCount]. */
  readonly rowsAddress: number;
  /** Address of float32 [capacity, outputCount]. */
  readonly outsAddress: number;
}

/** The regions of a forest. A walk that finds none free waits for its turn. */
export class RowRegions {
  private readonly free: RowRegion[];
  private readonly waiting: ((region: RowRegion) => void)[] = [];

  constructor(regions: readonly RowRegion[]) {
    this.free = [...regions];
  }

  /** Gives a region to one walk, the longest waiting first. */
  async acquire(): Promise<RowRegion> {
    return this.free.pop() ?? (await new Promise((resolve) => this.waiting.push(resolve)));
  }

  /** Takes a region back. No thread may use it any more. */
  release(region: RowRegion): void {
    const next = this.waiting.shift();
    if (next === undefined) this.free.push(region);
    else next(region);
  }
}

/** Row of a pool that has no free row. */
export const NO_ROW = -1;

/**
 * Numbers of the rows of a SharedRows. A row is free, filled by a request, or on its way through the writer. The number of rows
 * bounds the memory of the feature log: without a free row, nothing waits.
 */
export class RowPool {
  private readonly free: Uint32Array;
  private freeCount: number;

  /** @param rowCount bound */
  constructor(readonly rowCount: number) {
    this.free = Uint32Array.from({ length: rowCount }, (_, row) => row);
    this.freeCount = rowCount;
  }

  /** Number of rows that are not free. */
  get usedCount(): number {
    return this.rowCount - this.freeCount;
  }

  /** Takes a free row; NO_ROW if there is none. */
  take(): number {
    if (this.freeCount === 0) return NO_ROW;
    this.freeCount -= 1;
    return this.free[this.freeCount]!;
  }

  /** Gives a row back. */
  give(row: number): void {
    this.free[this.freeCount] = row;
    this.freeCount += 1;
  }
}

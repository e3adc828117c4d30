import type { RecordedForest } from './recorded-forests.js';
import { loadForest, WalkedForest } from './walked-forest.js';

/** Calls of a load. */
export interface CallLoad {
  /** Rows of a call. */
  readonly rowCount: number;
  /** Calls between two looks at the clock. */
  readonly callCount: number;
}

/** A forest of this thread with its rows, and the place of the next call in them. */
class WalkedRows {
  private readonly forest: WalkedForest;
  private at = 0;

  constructor(private readonly recorded: RecordedForest) {
    this.forest = new WalkedForest(loadForest(recorded.path, 'probabilities'));
  }

  /** Computes the next rows; begins again if fewer are left. */
  call(rowCount: number): void {
    const { rows, width } = this.recorded;
    const length = rowCount * width;
    if (this.at + length > rows.length) this.at = 0;
    this.forest.predict(rows.subarray(this.at, this.at + length));
    this.at += length;
  }
}

/** The forest walker on this thread, with all forests and their rows in memory, as the peer has them. */
export class WalkedEnsemble {
  private readonly forests: ReadonlyMap<string, WalkedRows>;

  /** @throws PairstreamError INVALID_MODEL */
  constructor(recorded: readonly RecordedForest[]) {
    this.forests = new Map(recorded.map((forest) => [forest.location.name, new WalkedRows(forest)]));
  }

  /** Measures forests one after another in each call. @returns CPU microseconds per row of all of them together */
  usPerRow(names: readonly string[], { rowCount, callCount }: CallLoad, cpuMs: number): number {
    const chosen = names.map((name) => this.forests.get(name)!);
    const before = process.threadCpuUsage();
    for (let rows = 0; ;) {
      for (let i = 0; i < callCount; i += 1) for (const forest of chosen) forest.call(rowCount);
      rows += rowCount * callCount;
      const { user, system } = process.threadCpuUsage(before);
      if (user + system >= cpuMs * 1_000) return (user + system) / rows;
    }
  }
}

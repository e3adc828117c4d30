import type { InferenceContext } from '../backend.js';
import { requireTime, whenTimeIsUp } from '../call-time.js';

/** Room for the rows and outputs of one walk, in the memory of a forest. */
export interface RowRegion {
  /** Number of the scratch that goes with the region. */
  readonly scratch: number;
  /** Address of float32 [rows of the region, featureCount]. */
  readonly rowsAddress: number;
  /** Address of float32 [rows of the region, outputCount]. */
  readonly outsAddress: number;
  /** Address of int32: 1 if a walk may begin, else 0. */
  readonly mayBeginAddress: number;
}

/** The regions of a forest. A walk that finds none free waits for its turn. */
export class RowRegions {
  private readonly free: RowRegion[];
  /** Waiting walks, the longest waiting first. */
  private readonly waiting = new Set<(region: RowRegion) => void>();

  constructor(regions: readonly RowRegion[]) {
    this.free = [...regions];
  }

  /** Number of walks that wait for a region. */
  get waitingCount(): number {
    return this.waiting.size;
  }

  /**
   * Gives a region to one walk, the longest waiting first.
   * @throws PairstreamError CANCELLED, DEADLINE_EXCEEDED as soon as the caller cancels or the deadline passes
   */
  async acquire(context: InferenceContext): Promise<RowRegion> {
    requireTime(context);
    return this.free.pop() ?? (await this.wait(context));
  }

  /** Takes a region back. No thread may begin or go on to use it. */
  release(region: RowRegion): void {
    const [next] = this.waiting;
    if (next === undefined) this.free.push(region);
    else next(region);
  }

  private async wait(context: InferenceContext): Promise<RowRegion> {
    return await new Promise<RowRegion>((resolve, reject) => {
      const take = (region: RowRegion): void => {
        stop();
        this.waiting.delete(take);
        resolve(region);
      };
      this.waiting.add(take);
      const stop = whenTimeIsUp(context, (error) => {
        // Leaves the line at once: a region must not go to a walk that no longer waits.
        this.waiting.delete(take);
        reject(error);
      });
    });
  }
}

import type { PairstreamError } from '../../errors/pairstream-error.js';
import type { InferenceContext } from '../backend.js';
import { cancelled, deadlinePassed, requireTime } from '../call-time.js';

/** Longest delay of a timer in Node, milliseconds. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** Room for the rows and outputs of one walk, in the memory of a forest. */
export interface RowRegion {
  /** Number of the scratch that goes with the region. */
  readonly scratch: number;
  /** Address of float32 [rows of the region, featureCount]. */
  readonly rowsAddress: number;
  /** Address of float32 [rows of the region, outputCount]. */
  readonly outsAddress: number;
}

/** The regions of a forest. A walk that finds none free waits for its turn. */
export class RowRegions {
  private readonly free: RowRegion[];
  /** Waiting walks, the longest waiting first. */
  private readonly waiting = new Set<(region: RowRegion) => void>();

  constructor(regions: readonly RowRegion[]) {
    this.free = [...regions];
  }

  /**
   * Gives a region to one walk, the longest waiting first.
   * @throws PairstreamError CANCELLED, DEADLINE_EXCEEDED as soon as the caller cancels or the deadline passes
   */
  async acquire(context: InferenceContext): Promise<RowRegion> {
    requireTime(context);
    return this.free.pop() ?? (await this.wait(context));
  }

  /** Takes a region back. No thread may use it any more. */
  release(region: RowRegion): void {
    const [next] = this.waiting;
    if (next === undefined) this.free.push(region);
    else next(region);
  }

  private async wait({ signal, deadlineMs }: InferenceContext): Promise<RowRegion> {
    return await new Promise<RowRegion>((resolve, reject) => {
      let timer: NodeJS.Timeout | undefined;
      // Leaves the line at once: a region must not go to a walk that no longer waits.
      const leave = (): void => {
        this.waiting.delete(take);
        signal.removeEventListener('abort', cancel);
        clearTimeout(timer);
      };
      const take = (region: RowRegion): void => {
        leave();
        resolve(region);
      };
      const fail = (error: PairstreamError): void => {
        leave();
        reject(error);
      };
      const cancel = (): void => fail(cancelled());
      this.waiting.add(take);
      signal.addEventListener('abort', cancel, { once: true });
      const timeoutMs = Math.max(0, deadlineMs - performance.now());
      if (timeoutMs <= LONGEST_TIMER_MS) timer = setTimeout(() => fail(deadlinePassed()), timeoutMs);
    });
  }
}

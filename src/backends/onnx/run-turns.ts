import TinyQueue from 'tinyqueue';

interface WaitingRun {
  readonly batchNumber: number;
  readonly runNumber: number;
  readonly begin: () => void;
}

/**
 * Queue that starts one run at a time: runs of the oldest batch first, runs of one batch in the order of their calls. ONNX Runtime
 * computes on the thread of the event loop. Runs that start together take one turn of the loop, in which no request is read and
 * no answer is sent. Between runs that start one by one, the loop reads requests and sends answers.
 */
export class RunTurns {
  private readonly waiting = new TinyQueue<WaitingRun>([], inOrder);
  private readonly numberOfBatch = new WeakMap<AbortSignal, number>();
  private batchCount = 0;
  private runCount = 0;
  private isTaken = false;

  /**
   * Calls `run` when no earlier run is in flight. The next run starts when the promise of this one has settled.
   * @param batchSignal identifies the batch: the signal that its runs share
   * @throws what `run` throws
   */
  async take<T>(batchSignal: AbortSignal, run: () => Promise<T>): Promise<T> {
    const batchNumber = this.numberOf(batchSignal);
    if (this.isTaken) {
      await new Promise<void>((begin) => {
        this.runCount += 1;
        this.waiting.push({ batchNumber, runNumber: this.runCount, begin });
      });
    }
    this.isTaken = true;
    try {
      return await run();
    } finally {
      const next = this.waiting.pop();
      if (next === undefined) this.isTaken = false;
      else next.begin();
    }
  }

  private numberOf(batchSignal: AbortSignal): number {
    const known = this.numberOfBatch.get(batchSignal);
    if (known !== undefined) return known;
    this.batchCount += 1;
    this.numberOfBatch.set(batchSignal, this.batchCount);
    return this.batchCount;
  }
}

function inOrder(a: WaitingRun, b: WaitingRun): number {
  return a.batchNumber - b.batchNumber || a.runNumber - b.runNumber;
}

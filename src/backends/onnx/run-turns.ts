import TinyQueue from 'tinyqueue';

interface WaitingRun {
  readonly batchNumber: number;
  readonly runNumber: number;
  readonly begin: () => void;
}

/**
 * Lets one run at a time begin, the oldest batch first. ONNX Runtime computes on the thread of the event loop: runs that begin
 * together are one turn of the loop, in which no request is read and no answer is sent. Runs that take turns leave the loop free
 * between them, and a batch that came first ends first. At most one run per model and batch in flight waits.
 */
export class RunTurns {
  private readonly waiting = new TinyQueue<WaitingRun>([], inOrder);
  private readonly numberOfBatch = new WeakMap<AbortSignal, number>();
  private batchCount = 0;
  private runCount = 0;
  private isTaken = false;

  /**
   * Calls `run` on its turn; the next turn comes when its promise has settled.
   * @param batch the signal that the runs of one batch share
   */
  async take<T>(batch: AbortSignal, run: () => Promise<T>): Promise<T> {
    const batchNumber = this.numberOf(batch);
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

  private numberOf(batch: AbortSignal): number {
    const known = this.numberOfBatch.get(batch);
    if (known !== undefined) return known;
    this.batchCount += 1;
    this.numberOfBatch.set(batch, this.batchCount);
    return this.batchCount;
  }
}

function inOrder(a: WaitingRun, b: WaitingRun): number {
  return a.batchNumber - b.batchNumber || a.runNumber - b.runNumber;
}

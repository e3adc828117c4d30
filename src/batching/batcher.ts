import { PairstreamError } from '../errors/pairstream-error.js';
import type { InferenceContext } from '../inference/backend.js';
import { BatchJob, type BatchTiming, type BatchWork } from './batch-job.js';

/** When batches are sent. */
export interface BatchPolicy {
  /** Rows of a full batch: the capacity of every slot. */
  readonly maxBatchRows: number;
  /** How long the oldest waiting row may wait for company while a batch is running, microseconds. */
  readonly maxBatchDelayUs: number;
}

/** What the batcher tells of itself. */
export interface BatchObserver {
  /** A batch was sent with so many rows of so many calls. */
  batchSent(rowCount: number, callCount: number): void;
  batchDone(elapsedUs: number): void;
  /** Rows that wait for a slot, after every change. */
  waitingRows(rowCount: number): void;
}

/** Runs the first `rowCount` rows of a slot. */
export type RunBatch<S> = (slot: S, rowCount: number, context: InferenceContext) => Promise<void>;

interface Part<S> {
  readonly job: BatchJob<S>;
  readonly startRow: number;
  readonly fromRow: number;
  readonly rowCount: number;
}

/**
 * Gathers the rows of many calls into batches. Rows are written into a free slot at the moment the batch is sent: when
 * nothing is running, when a batch is full, or when the oldest row has waited long enough. A large call takes turns with
 * the others, so that it does not hold them up. The number of slots bounds the batches in
 * flight; the caller bounds the rows that wait.
 */
export class Batcher<S> {
  private waiting: BatchJob<S>[] = [];
  private waitingRowCount = 0;
  /** Upper bound of the settled jobs that are still in the queue. */
  private settledCount = 0;
  private runningCount = 0;
  private delayTimer: NodeJS.Timeout | undefined;
  private readonly freeSlots: S[];

  /** @param slots at least one, each with room for maxBatchRows; the batcher owns them */
  constructor(
    slots: readonly S[],
    private readonly policy: BatchPolicy,
    private readonly runBatch: RunBatch<S>,
    private readonly observer: BatchObserver,
  ) {
    this.freeSlots = [...slots];
  }

  /**
   * Takes a call's rows in.
   * @returns its timing when all its rows were read
   * @throws PairstreamError DEADLINE_EXCEEDED, CANCELLED as soon as it is so; what the run threw, for calls of that batch
   */
  submit(work: BatchWork<S>): Promise<BatchTiming> {
    const job = new BatchJob(work, () => this.forget(job));
    this.waiting.push(job);
    this.changeWaiting(work.rowCount);
    this.pump();
    return job.done;
  }

  /** A settled job's unwritten rows wait no longer; the queue is tidied when half of it has settled. */
  private forget(job: BatchJob<S>): void {
    const unwritten = job.work.rowCount - job.writtenRowCount;
    if (unwritten === 0) return;
    this.changeWaiting(-unwritten);
    this.settledCount += 1;
    if (this.settledCount <= this.waiting.length / 2) return;
    this.waiting = this.waiting.filter((other) => !other.isSettled);
    this.settledCount = 0;
  }

  private changeWaiting(rowCount: number): void {
    this.waitingRowCount += rowCount;
    this.observer.waitingRows(this.waitingRowCount);
  }

  private pump(): void {
    while (this.waitingRowCount > 0 && this.freeSlots.length > 0) {
      const leftMs = this.leftToWaitMs();
      if (leftMs > 0) {
        clearTimeout(this.delayTimer);
        this.delayTimer = setTimeout(this.endDelay, leftMs);
        return;
      }
      this.send(this.freeSlots.pop()!);
    }
  }

  private leftToWaitMs(): number {
    if (this.runningCount === 0 || this.waitingRowCount >= this.policy.maxBatchRows) return 0;
    const now = performance.now();
    let leftMs = Infinity;
    for (const { isSettled, submittedMs, work } of this.waiting) {
      if (isSettled) continue;
      // A call waits for company no longer than half of the time it came with.
      const patienceMs = Math.min(this.policy.maxBatchDelayUs / 1_000, (work.deadlineMs - submittedMs) / 2);
      leftMs = Math.min(leftMs, submittedMs + patienceMs - now);
    }
    return leftMs;
  }

  private readonly endDelay = (): void => {
    this.delayTimer = undefined;
    this.pump();
  };

  private send(slot: S): void {
    const parts = this.fill(slot);
    const rowCount = parts.reduce((sum, part) => sum + part.rowCount, 0);
    if (rowCount === 0) {
      this.freeSlots.push(slot);
      return;
    }
    this.observer.batchSent(rowCount, new Set(parts.map(({ job }) => job)).size);
    this.runningCount += 1;
    void this.run(slot, parts, rowCount);
  }

  /**
   * Lets waiting calls write their rows, first come first served. While others wait, a call gets at most half a batch and
   * then goes to the back; what is left of the batch after everyone's turn goes round again.
   */
  private fill(slot: S): Part<S>[] {
    const parts: Part<S>[] = [];
    const { maxBatchRows } = this.policy;
    let startRow = 0;
    for (const mostRows of [Math.ceil(maxBatchRows / 2), maxBatchRows]) {
      for (let turns = this.waiting.length; turns > 0 && startRow < maxBatchRows; turns -= 1) {
        const job = this.waiting.shift();
        // A job that settles on its turn may have tidied the queue.
        if (job === undefined) break;
        job.expireIfLate();
        const fromRow = job.writtenRowCount;
        const rowCount = Math.min(job.waitingRowCount, mostRows, maxBatchRows - startRow);
        if (rowCount === 0) continue;
        this.changeWaiting(-rowCount);
        job.write(slot, startRow, rowCount);
        if (job.isSettled) continue;
        parts.push({ job, startRow, fromRow, rowCount });
        startRow += rowCount;
        if (job.waitingRowCount === 0) continue;
        if (startRow === maxBatchRows && rowCount < mostRows) this.waiting.unshift(job);
        else this.waiting.push(job);
      }
    }
    return parts;
  }

  private async run(slot: S, parts: readonly Part<S>[], rowCount: number): Promise<void> {
    const startedMs = performance.now();
    try {
      await this.runBatch(slot, rowCount, contextOf(parts));
      const span = { startedMs, endedMs: performance.now() };
      this.observer.batchDone((span.endedMs - startedMs) * 1_000);
      for (const { job, startRow, fromRow, rowCount } of parts)
        job.read(slot, startRow, fromRow, rowCount, span);
    } catch (error) {
      const failure = PairstreamError.from(error);
      for (const { job } of parts) job.fail(failure);
    }
    this.runningCount -= 1;
    this.freeSlots.push(slot);
    this.pump();
  }
}

/** A batch is worth running while any of its calls waits: the latest deadline, and a cancel only when all cancelled. */
function contextOf<S>(parts: readonly Part<S>[]): InferenceContext {
  const deadlineMs = Math.max(...parts.map(({ job }) => job.work.deadlineMs));
  const controller = new AbortController();
  const abortIfAll = (): void => {
    if (parts.every(({ job }) => job.isSettled)) controller.abort();
  };
  for (const { job } of parts) job.done.catch(abortIfAll);
  return { deadlineMs, signal: controller.signal };
}

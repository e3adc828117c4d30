import { setImmediate as nextTurn } from 'node:timers/promises';
import { PairstreamError } from '../../errors/pairstream-error.js';
import type { InferenceContext, RowRange } from '../../backends/backend.js';
import { BatchJob, type BatchTiming, type BatchWork } from './batch-job.js';
import { ServicePace } from './service-pace.js';

/** Bounds that decide when a batch is sent. */
export interface BatchPolicy {
  /** Rows of a full batch: the capacity of every slot. */
  readonly maxBatchRows: number;
  /** Longest time that a row waits for its batch to fill while another batch runs, microseconds. */
  readonly maxBatchDelayUs: number;
}

/** Receives measurements of a batcher. */
export interface BatchObserver {
  /** A batch was sent. @param callCount number of calls with rows in the batch */
  batchSent(rowCount: number, callCount: number): void;
  batchDone(elapsedUs: number): void;
  /** Busy time per row after a batch, and the estimated time until all admitted rows are done. */
  paceMeasured(msPerRow: number, queueMs: number): void;
  /** Number of rows that wait for a slot, after every change. */
  waitingRows(rowCount: number): void;
}

/** Runs the first `rowCount` rows of a slot. */
export type RunBatch<S> = (slot: S, rowCount: number, context: InferenceContext) => Promise<void>;

/** Estimated times of a call that would arrive now, milliseconds. */
export interface QueueEstimate {
  /** Queue time: until the rows ahead of the call are done. */
  readonly queueMs: number;
  /** Service time of the call's own rows. */
  readonly serviceMs: number;
}

/** Turns of the event loop between two batches of a slot: an answer needs four turns to reach its socket. */
const ANSWER_TURNS = 4;
/** Largest share of the running rows that an estimate counts as done: a batch may be slower than estimated. */
const MOST_DONE = 0.8;
/** Fraction of the time until a call's deadline that its batch may take. The rest is a margin for the answer and a slower pace. */
const SHARE_OF_SLACK = 0.8;

interface Part<S> {
  readonly job: BatchJob<S>;
  readonly range: RowRange;
}

/**
 * Gathers the rows of many calls into batches. Rows are written into a free slot at the moment the batch is sent: when
 * no batch is running, when a batch is full, when the delay has passed, or when a deadline is near. A large call takes turns
 * with the others, so that it does not delay them. The number of slots bounds the batches in flight. The caller bounds the
 * rows that wait.
 */
export class Batcher<S> {
  private waiting: BatchJob<S>[] = [];
  private waitingRowCount = 0;
  /** Rows that waiting calls may write on their next turn. */
  private turnRowCount = 0;
  /** Rows of the batches in flight. */
  private runningRowCount = 0;
  /** Upper bound of the settled jobs that are still in the queue. */
  private settledCount = 0;
  private runningCount = 0;
  private delayTimer: NodeJS.Timeout | undefined;
  private readonly freeSlots: S[];

  /**
   * @param slots at least one, each with room for maxBatchRows; the batcher owns them
   * @param pace measured here; default: a new one
   */
  constructor(
    slots: readonly S[],
    private readonly policy: BatchPolicy,
    private readonly runBatch: RunBatch<S>,
    private readonly observer: BatchObserver,
    private readonly pace = new ServicePace(),
  ) {
    this.freeSlots = [...slots];
  }

  /**
   * Queues the rows of a call.
   * @returns the timing of the call, when the results of all its rows have been read
   * @throws PairstreamError DEADLINE_EXCEEDED or CANCELLED at the moment of either event; the error of `runBatch`, for every
   *   call with rows in the failed batch
   */
  submit(work: BatchWork<S>): Promise<BatchTiming> {
    const job = new BatchJob(work, () => this.forget(job));
    this.waiting.push(job);
    this.pace.begin();
    this.changeWaiting(0, work.rowCount);
    this.pump();
    return job.done;
  }

  /**
   * Estimates the queue time and service time of a call that would arrive now, from the pace of recent batches. A large call
   * ahead counts only with the rows that it writes before the new call has had its turns.
   * @returns undefined while idle, and until the first batch has ended
   */
  estimate(rowCount: number): QueueEstimate | undefined {
    const { msPerRow } = this.pace;
    const isIdle = this.waitingRowCount === 0 && this.runningCount === 0;
    if (isIdle || msPerRow === undefined) return undefined;
    const turnCount = Math.ceil(rowCount / this.mostTurnRows);
    const waitingMs = Math.min(this.waitingRowCount, turnCount * this.turnRowCount) * msPerRow;
    const runningMs = this.runningRowCount * msPerRow;
    const doneMs = Math.min(this.pace.uncountedMs, MOST_DONE * runningMs);
    return { queueMs: waitingMs + runningMs - doneMs, serviceMs: rowCount * msPerRow };
  }

  /** Rows that a call may write on its turn while others wait. */
  private get mostTurnRows(): number {
    return Math.ceil(this.policy.maxBatchRows / 2);
  }

  /** Subtracts the unwritten rows of a settled job, and removes settled jobs from the queue when they are half of it. */
  private forget(job: BatchJob<S>): void {
    const unwritten = job.work.rowCount - job.writtenRowCount;
    if (unwritten === 0) return;
    this.changeWaiting(unwritten, 0);
    this.settledCount += 1;
    if (this.settledCount <= this.waiting.length / 2) return;
    this.waiting = this.waiting.filter((other) => !other.isSettled);
    this.settledCount = 0;
  }

  /** Counts the change of a call's waiting rows. */
  private changeWaiting(before: number, after: number): void {
    const { mostTurnRows } = this;
    this.waitingRowCount += after - before;
    this.turnRowCount += Math.min(after, mostTurnRows) - Math.min(before, mostTurnRows);
    if (this.waitingRowCount === 0 && this.runningCount === 0) this.pace.end();
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
    this.runningCount += 1;
    const parts = this.fill(slot);
    const rowCount = parts.reduce((sum, { range }) => sum + range.rowCount, 0);
    if (rowCount === 0) {
      this.endRun();
      this.freeSlots.push(slot);
      return;
    }
    this.runningRowCount += rowCount;
    this.observer.batchSent(rowCount, new Set(parts.map(({ job }) => job)).size);
    void this.run(slot, parts, rowCount);
  }

  /**
   * Lets waiting calls write their rows, in the order of arrival. While others wait, a call writes at most half a batch and
   * then moves to the back of the queue. A second round fills the rest of the batch.
   */
  private fill(slot: S): Part<S>[] {
    const parts: Part<S>[] = [];
    const maxBatchRows = this.batchRowsInTime();
    const mostTurnRows = Math.min(this.mostTurnRows, Math.ceil(maxBatchRows / 2));
    let batchRow = 0;
    for (const mostRows of [mostTurnRows, maxBatchRows]) {
      for (let turns = this.waiting.length; turns > 0 && batchRow < maxBatchRows; turns -= 1) {
        const job = this.waiting.shift();
        // A job that settles on its turn may have removed other jobs from the queue.
        if (job === undefined) break;
        job.expireIfLate();
        const rowCount = Math.min(job.waitingRowCount, mostRows, maxBatchRows - batchRow);
        if (rowCount === 0) continue;
        this.changeWaiting(job.waitingRowCount, job.waitingRowCount - rowCount);
        const range = job.write(slot, batchRow, rowCount);
        if (job.isSettled) continue;
        parts.push({ job, range });
        batchRow += rowCount;
        if (job.waitingRowCount === 0) continue;
        if (batchRow === maxBatchRows && rowCount < mostRows) this.waiting.unshift(job);
        else this.waiting.push(job);
      }
    }
    return parts;
  }

  /** Maximum rows of a batch that ends, at the measured pace, before the first deadline that a waiting call can still meet. */
  private batchRowsInTime(): number {
    const { maxBatchRows } = this.policy;
    const { msPerRow } = this.pace;
    if (msPerRow === undefined) return maxBatchRows;
    const nowMs = performance.now();
    let timeMs = Infinity;
    for (const { waitingRowCount, work } of this.waiting) {
      const leftMs = SHARE_OF_SLACK * (work.deadlineMs - nowMs);
      if (waitingRowCount > 0 && waitingRowCount * msPerRow <= leftMs) timeMs = Math.min(timeMs, leftMs);
    }
    return Math.max(1, Math.min(maxBatchRows, Math.floor(timeMs / msPerRow)));
  }

  private async run(slot: S, parts: readonly Part<S>[], rowCount: number): Promise<void> {
    const startedMs = performance.now();
    try {
      await this.runBatch(slot, rowCount, contextOf(parts));
      const span = { startedMs, endedMs: performance.now() };
      this.observer.batchDone((span.endedMs - startedMs) * 1_000);
      for (const { job, range } of parts) job.read(slot, range, span);
    } catch (error) {
      const failure = PairstreamError.from(error);
      for (const { job } of parts) job.fail(failure);
    }
    this.runningRowCount -= rowCount;
    this.countPace(rowCount);
    this.endRun();
    for (let turn = 0; turn < ANSWER_TURNS; turn += 1) await nextTurn();
    this.freeSlots.push(slot);
    this.pump();
  }

  private countPace(rowCount: number): void {
    this.pace.batchDone(rowCount);
    const { msPerRow = 0 } = this.pace;
    this.observer.paceMeasured(msPerRow, (this.waitingRowCount + this.runningRowCount) * msPerRow);
  }

  private endRun(): void {
    this.runningCount -= 1;
    if (this.waitingRowCount === 0 && this.runningCount === 0) this.pace.end();
  }
}

/** Context of a batch: the latest deadline of its calls, and a signal that aborts when all of them have settled. */
function contextOf<S>(parts: readonly Part<S>[]): InferenceContext {
  const deadlineMs = Math.max(...parts.map(({ job }) => job.work.deadlineMs));
  const controller = new AbortController();
  const abortIfAll = (): void => {
    if (parts.every(({ job }) => job.isSettled)) controller.abort();
  };
  for (const { job } of parts) job.done.catch(abortIfAll);
  return { deadlineMs, signal: controller.signal };
}

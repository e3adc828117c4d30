import { setImmediate as nextTurn } from 'node:timers/promises';
import { PairstreamError } from '../../errors/pairstream-error.js';
import type { InferenceContext } from '../../backends/backend.js';
import { Sharing } from '../../concurrency/sharing.js';
import type { BatchTiming, BatchWork } from './batch-job.js';
import type { Part } from './caller-queue.js';
import { CallerTurns } from './caller-turns.js';
import { type AnswerSoFar, EarlyAnswers } from './early-answers.js';
import { RunningCallers } from './running-callers.js';
import { ServicePace } from './service-pace.js';

/** Bounds that decide when a batch is sent. */
export interface BatchPolicy {
  /** Rows of a full batch: the capacity of every slot. */
  readonly maxBatchRows: number;
  /** Longest time that a row waits for its batch to fill while another batch runs, microseconds. */
  readonly maxBatchDelayUs: number;
  /** Longest estimated time of a batch while several callers are active, milliseconds. Default: no bound. */
  readonly maxSharedBatchMs?: number | undefined;
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
/**
 * Gathers the rows of many calls into batches. Rows are written into a free slot at the moment the batch is sent: when
 * no batch is running, when a batch is full, when the delay has passed, or when a deadline is near. Callers take
 * turns (CallerTurns). The number of slots bounds the batches in flight. The caller bounds the rows that wait.
 */
export class Batcher<S> {
  private readonly turns: CallerTurns<S>;
  /** Rows of the batches in flight. */
  private runningRowCount = 0;
  private runningCount = 0;
  private delayTimer: NodeJS.Timeout | undefined;
  private readonly sharing = new Sharing();
  private readonly running = new RunningCallers();
  private readonly slotCount: number;
  private readonly freeSlots: S[];

  /**
   * @param slots at least one, each with room for maxBatchRows; the batcher owns them
   * @param pace measured here; default: a new one
   * @param answerSoFar answers calls whose deadline is near while their batch runs; default: they are late
   */
  constructor(
    slots: readonly S[],
    private readonly policy: BatchPolicy,
    private readonly runBatch: RunBatch<S>,
    private readonly observer: BatchObserver,
    private readonly pace = new ServicePace(),
    private readonly answerSoFar: AnswerSoFar<S> = () => false,
  ) {
    this.freeSlots = [...slots];
    this.slotCount = slots.length;
    this.turns = new CallerTurns(policy.maxBatchRows, () => this.noteWaiting());
  }

  /**
   * Queues the rows of a call.
   * @returns the timing of the call, when the results of all its rows have been read
   * @throws PairstreamError DEADLINE_EXCEEDED or CANCELLED at the moment of either event; the error of `runBatch`, for every
   *   call with rows in the failed batch
   */
  submit(work: BatchWork<S>): Promise<BatchTiming> {
    this.sharing.note(work.caller ?? '');
    const job = this.turns.add(work);
    this.pace.begin();
    this.pump();
    return job.done;
  }

  /** Number of callers with waiting rows. */
  get waitingCallerCount(): number {
    return this.turns.callerCount;
  }

  /**
   * Estimates the queue time and service time of a call that would arrive now, from the pace of recent batches.
   * @returns undefined while idle, and until the first batch has ended
   */
  estimate(rowCount: number, caller = ''): QueueEstimate | undefined {
    const { msPerRow } = this.pace;
    const isIdle = this.waitingRowCount === 0 && this.runningCount === 0;
    if (isIdle || msPerRow === undefined) return undefined;
    const waitingMs = this.turns.rowsAhead(rowCount, caller) * msPerRow;
    const runningMs = this.runningRowCount * msPerRow;
    const doneMs = Math.min(this.pace.uncountedMs, MOST_DONE * runningMs);
    return { queueMs: waitingMs + runningMs - doneMs, serviceMs: rowCount * msPerRow };
  }

  private get waitingRowCount(): number {
    return this.turns.rowCount;
  }

  private noteWaiting(): void {
    if (this.waitingRowCount === 0 && this.runningCount === 0) this.pace.end();
    this.observer.waitingRows(this.waitingRowCount);
  }

  private pump(): void {
    while (this.waitingRowCount > 0 && this.freeSlots.length > 0) {
      if (this.isLastSlotKept) {
        if (!this.turns.hasWriter(this.isNotRunning) || !this.send(this.isNotRunning)) return;
        continue;
      }
      const leftMs = this.leftToWaitMs();
      if (leftMs > 0) {
        clearTimeout(this.delayTimer);
        this.delayTimer = setTimeout(this.endDelay, leftMs);
        return;
      }
      this.send();
    }
  }

  private leftToWaitMs(): number {
    if (this.runningCount === 0 || this.waitingRowCount >= this.policy.maxBatchRows) return 0;
    const now = performance.now();
    let leftMs = Infinity;
    for (const { isSettled, submittedMs, work } of this.turns.jobs()) {
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

  /**
   * While several callers are active, the last slot is kept for callers without rows in a batch in flight: a caller that arrives need not
   * wait for the batch of a flood to end.
   */
  private get isLastSlotKept(): boolean {
    const { slotCount, freeSlots, runningCount, sharing } = this;
    return slotCount > 1 && freeSlots.length === 1 && runningCount > 0 && sharing.isShared;
  }

  private readonly isNotRunning = (caller: string): boolean => !this.running.has(caller);

  /** Fills a free slot and runs it. @returns false if no row was written */
  private send(mayWrite?: (caller: string) => boolean): boolean {
    const slot = this.freeSlots.pop();
    if (slot === undefined) return false;
    this.runningCount += 1;
    const parts = this.turns.writeInto(slot, this.batchRowsInTime(), mayWrite);
    const rowCount = parts.reduce((sum, { range }) => sum + range.rowCount, 0);
    if (rowCount === 0) {
      this.endRun();
      this.freeSlots.push(slot);
      return false;
    }
    this.running.enter(parts);
    this.runningRowCount += rowCount;
    this.observer.batchSent(rowCount, new Set(parts.map(({ job }) => job)).size);
    void this.run(slot, parts, rowCount);
    return true;
  }

  /**
   * Maximum rows of a batch that ends, at the measured pace, before the first deadline that a waiting call can still meet. While several
   * callers are active, batches are short: a caller that arrives waits for the batches in flight, whoever filled them.
   */
  private batchRowsInTime(): number {
    const { maxBatchRows, maxSharedBatchMs = Infinity } = this.policy;
    const { msPerRow } = this.pace;
    if (msPerRow === undefined) return maxBatchRows;
    const nowMs = performance.now();
    let timeMs = this.sharing.isShared ? maxSharedBatchMs : Infinity;
    for (const { waitingRowCount, work } of this.turns.jobs()) {
      const leftMs = SHARE_OF_SLACK * (work.deadlineMs - nowMs);
      if (waitingRowCount > 0 && waitingRowCount * msPerRow <= leftMs) timeMs = Math.min(timeMs, leftMs);
    }
    return Math.max(1, Math.min(maxBatchRows, Math.floor(timeMs / msPerRow)));
  }

  private async run(slot: S, parts: readonly Part<S>[], rowCount: number): Promise<void> {
    const startedMs = performance.now();
    const context = contextOf(parts);
    const early = new EarlyAnswers(
      { slot, rowCount, parts, startedMs },
      context.deadlineMs,
      this.answerSoFar,
    );
    try {
      await this.runBatch(slot, rowCount, context);
      early.stop();
      const span = { startedMs, endedMs: performance.now() };
      this.observer.batchDone((span.endedMs - startedMs) * 1_000);
      for (const part of parts) early.read(part, span);
    } catch (error) {
      early.stop();
      const failure = PairstreamError.from(error);
      for (const part of parts) if (!early.hasRead(part)) part.job.fail(failure);
    }
    this.running.leave(parts);
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

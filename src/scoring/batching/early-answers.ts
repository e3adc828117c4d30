import type { RunSpan } from './batch-job.js';
import type { Part } from './caller-queue.js';

/** A batch that runs. */
export interface RunningBatch<S> {
  readonly slot: S;
  readonly rowCount: number;
  readonly parts: readonly Part<S>[];
  /** Start of the run, on the clock of performance.now(). */
  readonly startedMs: number;
}

/** Answers the rows of a slot during its run, from what is there. Synchronous. @returns false if no answer is possible yet */
export type AnswerSoFar<S> = (slot: S, rowCount: number) => boolean;

/** Fraction of the time until a call's deadline after which the call no longer waits for its batch. The rest is for the answer. */
const SHARE_OF_TIME = 0.9;
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/**
 * Answers calls of a running batch whose deadline is near. A batch has the latest deadline of its calls; a model that hangs would make
 * the calls with earlier deadlines late.
 */
export class EarlyAnswers<S> {
  private readonly readParts = new Set<Part<S>>();
  private timer: NodeJS.Timeout | undefined;
  private readonly due: { readonly part: Part<S>; readonly atMs: number }[];

  /** @param deadlineMs of the batch; calls with this deadline wait for the run */
  constructor(
    private readonly batch: RunningBatch<S>,
    deadlineMs: number,
    private readonly answerSoFar: AnswerSoFar<S>,
  ) {
    const { parts, startedMs } = batch;
    this.due = parts
      .filter(({ job }) => job.work.deadlineMs < deadlineMs)
      .map((part) => ({ part, atMs: startedMs + SHARE_OF_TIME * (part.job.work.deadlineMs - startedMs) }))
      .toSorted((a, b) => a.atMs - b.atMs);
    this.wait();
  }

  /** Answers no more calls: the run has ended. */
  stop(): void {
    clearTimeout(this.timer);
  }

  /** Lets a call read its rows from the slot, once. */
  read(part: Part<S>, span: RunSpan): void {
    if (this.readParts.has(part)) return;
    this.readParts.add(part);
    part.job.read(this.batch.slot, part.range, span);
  }

  /** True if a call has read its rows. */
  hasRead(part: Part<S>): boolean {
    return this.readParts.has(part);
  }

  private wait(): void {
    const [next] = this.due;
    if (next === undefined) return;
    const leftMs = Math.max(0, next.atMs - performance.now());
    if (leftMs < LONGEST_TIMER_MS) this.timer = setTimeout(this.answer, leftMs);
  }

  private readonly answer = (): void => {
    const { slot, rowCount, startedMs } = this.batch;
    const nowMs = performance.now();
    // A timer may fire a little early.
    const next = this.due.findIndex(({ atMs }) => atMs > nowMs);
    const near = this.due
      .splice(0, next < 0 ? this.due.length : next)
      .filter(({ part }) => !part.job.isSettled);
    if (near.length > 0 && this.answerSoFar(slot, rowCount))
      for (const { part } of near) this.read(part, { startedMs, endedMs: nowMs });
    this.wait();
  };
}

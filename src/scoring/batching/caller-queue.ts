import type { RowRange } from '../../backends/backend.js';
import type { BatchJob } from './batch-job.js';
import type { RingMember } from './caller-ring.js';

/** Rows of a job in a batch. */
export interface Part<S> {
  readonly job: BatchJob<S>;
  readonly range: RowRange;
}

/** The waiting calls of one caller. A large call takes turns with the others, so that it does not delay them. */
export class CallerQueue<S> implements RingMember<CallerQueue<S>> {
  previous: CallerQueue<S> | undefined;
  next: CallerQueue<S> | undefined;
  /** Rows that the caller may still write on its turn. */
  deficit = 0;
  /** Rows that wait. */
  rowCount = 0;
  /** Rows that the waiting calls may write on their next turn. */
  turnRowCount = 0;
  private jobs: BatchJob<S>[] = [];
  /** Jobs before this index have left the queue. */
  private head = 0;
  /** Upper bound of the settled jobs that are still in the queue. */
  private settledCount = 0;

  /**
   * @param mostTurnRows rows that a call may write before the next call has its turn
   * @param onChange called with every change of `rowCount`
   */
  constructor(
    readonly caller: string,
    private readonly mostTurnRows: number,
    private readonly onChange: (change: number) => void,
  ) {}

  /** Adds a job at the end. */
  add(job: BatchJob<S>): void {
    this.jobs.push(job);
    this.change(0, job.work.rowCount);
  }

  /** Subtracts the unwritten rows of a settled job. Removes settled jobs when they are half of the queue. */
  forget(job: BatchJob<S>): void {
    const unwritten = job.work.rowCount - job.writtenRowCount;
    if (unwritten === 0) return;
    this.change(unwritten, 0);
    this.settledCount += 1;
    if (this.settledCount > (this.jobs.length - this.head) / 2) {
      this.replaceJobs(({ isSettled }) => !isSettled);
      this.settledCount = 0;
    }
  }

  /**
   * Lets calls write their rows, in the order of arrival.
   * @param batchRow first row in the slot
   * @param mostRows most rows that are written, 1 or more
   * @param turnRows rows after which a call moves to the end of the queue
   * @param parts what is written is added here
   * @returns rows written
   */
  write(slot: S, batchRow: number, mostRows: number, turnRows: number, parts: Part<S>[]): number {
    let written = 0;
    for (let job = this.first; job !== undefined && written < mostRows; job = this.first) {
      job.expireIfLate();
      if (job.waitingRowCount === 0) this.leave(job);
      else if (job.turnRowCount >= turnRows) this.endTurn(job);
      else
        written += this.writeJob(
          job,
          slot,
          batchRow + written,
          Math.min(turnRows - job.turnRowCount, mostRows - written),
          parts,
        );
    }
    return written;
  }

  /** Calls that wait, in the order of arrival; settled ones may be among them. */
  *[Symbol.iterator](): Generator<BatchJob<S>> {
    for (let at = this.head; at < this.jobs.length; at += 1) {
      const job = this.jobs[at];
      if (job !== undefined) yield job;
    }
  }

  private get first(): BatchJob<S> | undefined {
    return this.jobs[this.head];
  }

  private writeJob(job: BatchJob<S>, slot: S, batchRow: number, mostRows: number, parts: Part<S>[]): number {
    const rowCount = Math.min(job.waitingRowCount, mostRows);
    this.change(job.waitingRowCount, job.waitingRowCount - rowCount);
    job.turnRowCount += rowCount;
    const range = job.write(slot, batchRow, rowCount);
    if (job.isSettled) {
      this.leave(job);
      return 0;
    }
    parts.push({ job, range });
    if (job.waitingRowCount === 0) this.leave(job);
    return rowCount;
  }

  private endTurn(job: BatchJob<S>): void {
    job.turnRowCount = 0;
    this.leave(job);
    this.jobs.push(job);
  }

  /** Removes the first job. A settled job may have left before. */
  private leave(job: BatchJob<S>): void {
    if (this.first !== job) return;
    this.head += 1;
    if (this.head > this.jobs.length / 2) this.replaceJobs(() => true);
  }

  private replaceJobs(stays: (job: BatchJob<S>) => boolean): void {
    this.jobs = this.jobs.filter((job, at) => at >= this.head && stays(job));
    this.head = 0;
  }

  /** Counts the change of a call's waiting rows. */
  private change(before: number, after: number): void {
    const { mostTurnRows } = this;
    this.rowCount += after - before;
    this.turnRowCount += Math.min(after, mostTurnRows) - Math.min(before, mostTurnRows);
    this.onChange(after - before);
  }
}

import type { RowRange } from '../../backends/backend.js';
import { PairstreamError } from '../../errors/pairstream-error.js';

/** The rows of one call. `S` is the slot type: the matrices of one batch. */
export interface BatchWork<S> {
  readonly rowCount: number;
  /** Instant on the clock of performance.now(); Infinity: no deadline. */
  readonly deadlineMs: number;
  readonly signal: AbortSignal;
  /** Name of the caller. Callers take turns, and so do the calls of one caller. Default: empty. */
  readonly caller?: string | undefined;
  /** Writes rows of the call into a slot; synchronous. */
  writeRows(slot: S, range: RowRange): void;
  /** Reads the results of the same rows from the slot; synchronous. */
  readRows(slot: S, range: RowRange): void;
}

/** Time per phase of a call, microseconds. */
export interface BatchTiming {
  /** From submission until the first row was written. */
  queueUs: number;
  /** Total time in writeRows. */
  featuresUs: number;
  /** Time during which at least one batch with rows of the call was running. */
  inferenceUs: number;
}

/** Start and end of a batch run, on the clock of performance.now(). */
export interface RunSpan {
  readonly startedMs: number;
  readonly endedMs: number;
}

const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** One call in the batcher. `done` settles once: with the timing, or with the first error. */
export class BatchJob<S> {
  readonly submittedMs = performance.now();
  readonly done: Promise<BatchTiming>;
  /** Rows written into slots so far. */
  writtenRowCount = 0;
  /** Rows written on the current turn of the job; kept by its queue. */
  turnRowCount = 0;
  isSettled = false;
  private readRowCount = 0;
  private lastRunEndedMs = 0;
  private readonly timing: BatchTiming = { queueUs: 0, featuresUs: 0, inferenceUs: 0 };
  private readonly timer: NodeJS.Timeout | undefined;
  private resolve: (timing: BatchTiming) => void = () => undefined;
  private reject: (error: PairstreamError) => void = () => undefined;

  /** @param onSettled called once, when the job succeeds or fails */
  constructor(
    readonly work: BatchWork<S>,
    private readonly onSettled: () => void,
  ) {
    this.done = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
    const leftMs = work.deadlineMs - this.submittedMs;
    if (leftMs < LONGEST_TIMER_MS) this.timer = setTimeout(this.expire, Math.max(0, leftMs));
    work.signal.addEventListener('abort', this.cancel, { once: true });
  }

  get waitingRowCount(): number {
    return this.isSettled ? 0 : this.work.rowCount - this.writtenRowCount;
  }

  /** Fails the job if its deadline has passed. The timer may fire late in a busy process. */
  expireIfLate(): void {
    if (performance.now() >= this.work.deadlineMs) this.expire();
  }

  /** Writes the next `rowCount` rows into a slot, from `batchRow` on. An error fails only this job. @returns the rows written */
  write(slot: S, batchRow: number, rowCount: number): RowRange {
    const startedMs = performance.now();
    if (this.writtenRowCount === 0) this.timing.queueUs = (startedMs - this.submittedMs) * 1_000;
    const range = { batchRow, requestRow: this.writtenRowCount, rowCount };
    this.writtenRowCount += rowCount;
    try {
      this.work.writeRows(slot, range);
    } catch (error) {
      this.fail(PairstreamError.from(error));
    }
    this.timing.featuresUs += (performance.now() - startedMs) * 1_000;
    return range;
  }

  /** Reads the results of a row range from a slot after its run. The last row settles the job. */
  read(slot: S, range: RowRange, run: RunSpan): void {
    if (this.isSettled) return;
    this.work.readRows(slot, range);
    this.readRowCount += range.rowCount;
    // Batches of one call may overlap: time in which several ran counts once.
    this.timing.inferenceUs +=
      Math.max(0, run.endedMs - Math.max(run.startedMs, this.lastRunEndedMs)) * 1_000;
    this.lastRunEndedMs = Math.max(this.lastRunEndedMs, run.endedMs);
    if (this.readRowCount < this.work.rowCount) return;
    this.settle();
    this.resolve(this.timing);
  }

  fail(error: PairstreamError): void {
    if (this.isSettled) return;
    this.settle();
    this.reject(error);
  }

  private readonly expire = (): void => {
    const leftMs = Math.max(0, Math.round(this.work.deadlineMs - this.submittedMs));
    const waitedMs = Math.round(performance.now() - this.submittedMs);
    const message = `not answered by the deadline: ${leftMs} ms were left on admission, ${waitedMs} ms have passed since`;
    this.fail(new PairstreamError('DEADLINE_EXCEEDED', message));
  };

  private readonly cancel = (): void => this.fail(new PairstreamError('CANCELLED', 'the caller cancelled'));

  private settle(): void {
    this.isSettled = true;
    clearTimeout(this.timer);
    this.work.signal.removeEventListener('abort', this.cancel);
    this.onSettled();
  }
}

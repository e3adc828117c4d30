import type { Worker } from 'node:worker_threads';
import { startWorkerBeside } from '../../concurrency/worker-beside.js';
import { workerEnd, type WorkerEnd } from '../../concurrency/worker-end.js';
import { PairstreamError } from '../../errors/pairstream-error.js';
import type { Hash64 } from '../../pairs/murmur3.js';
import type { FeatureLogReply, FeatureLogRequest, FeatureLogThreadData } from './log-messages.js';
import type { LogWriterCounts } from './log-writer.js';

/** Receiver of what the thread of a feature log publishes. */
export interface LogThreadEvents {
  /** A row is copied, or lost, and may be used again. */
  readonly onRowFree: (row: number) => void;
  /** One line for the log of the process. */
  readonly onWarning: (line: string) => void;
}

/** One life of the thread of a feature log: it starts, writes rows, and ends. */
export class LogThread {
  /** Resolves when the thread has ended, with the reason; undefined after `close`. */
  readonly ended: Promise<PairstreamError | undefined>;
  private readonly worker: Worker;
  private readonly ready = Promise.withResolvers<void>();
  /** Rows that the thread has not copied yet, the oldest first. */
  private readonly uncopied: Uint32Array[] = [];
  /** Calls of `forget` without an answer, the oldest first. */
  private readonly forgetting: PromiseWithResolvers<number>[] = [];
  private sentCount = 0;
  private isClosing = false;
  private countsNow: LogWriterCounts = { writtenCount: 0, failedCount: 0, removedFileCount: 0, diskBytes: 0 };

  constructor(
    data: FeatureLogThreadData,
    private readonly events: LogThreadEvents,
  ) {
    this.worker = startWorkerBeside(import.meta.filename, 'feature-log-worker', data);
    // A gateway that fails to start does not wait for the thread; `close` waits.
    this.worker.unref();
    this.worker.on('message', (reply: FeatureLogReply) => this.receive(reply));
    this.ended = workerEnd(this.worker, (end) => this.end(end));
    // The owner may only wait for the end.
    this.ready.promise.catch(() => undefined);
  }

  /** Counts of the writer since the thread started. */
  get counts(): LogWriterCounts {
    return this.countsNow;
  }

  /** Rows that were sent and are neither in a complete file nor counted as failed. If the thread has ended, they are lost. */
  get openRowCount(): number {
    return this.sentCount - this.countsNow.writtenCount - this.countsNow.failedCount;
  }

  /** Resolves when the folder is open. @throws PairstreamError OUTPUT_FAILED if the thread ends before */
  async whenReady(): Promise<void> {
    await this.ready.promise;
  }

  /** Sends complete rows of one release. */
  write(indexes: Uint32Array, releaseId: string): void {
    this.sentCount += indexes.length;
    this.uncopied.push(indexes);
    this.post({ kind: 'rows', indexes, releaseId });
  }

  /** Removes the rows of a user. @returns rows removed @throws PairstreamError OUTPUT_FAILED */
  async forget({ lo, hi }: Readonly<Hash64>): Promise<number> {
    const answer = Promise.withResolvers<number>();
    this.forgetting.push(answer);
    this.post({ kind: 'forget', user: { lo, hi } });
    return await answer.promise;
  }

  /** Writes all rows and ends. After a timeout, the thread is ended as it is. */
  async close(timeoutMs: number): Promise<void> {
    this.isClosing = true;
    this.post({ kind: 'close' });
    const timer = setTimeout(() => void this.kill(), timeoutMs);
    await this.ended;
    clearTimeout(timer);
  }

  /** Ends the thread at once, as a crash does. */
  async kill(): Promise<void> {
    await this.worker.terminate();
  }

  private post(request: FeatureLogRequest): void {
    this.worker.postMessage(request, []);
  }

  private receive(reply: FeatureLogReply): void {
    if (reply.kind === 'warning') return this.events.onWarning(reply.line);
    if (reply.kind === 'forgotten') return this.forgotten(reply.rowCount, reply.problem);
    this.countsNow = reply.counts;
    this.ready.resolve();
    if (reply.indexes.length === 0) return;
    this.uncopied.shift();
    reply.indexes.forEach((row) => this.events.onRowFree(row));
  }

  private forgotten(rowCount: number, problem?: string): void {
    const answer = this.forgetting.shift();
    if (problem === undefined) return answer?.resolve(rowCount);
    answer?.reject(new PairstreamError('OUTPUT_FAILED', `the feature log still holds the user: ${problem}`));
  }

  /** Frees the rows, and fails everything that waits. @returns the reason of the end */
  private end({ error: cause, reason }: WorkerEnd): PairstreamError | undefined {
    for (const rows of this.uncopied.splice(0)) rows.forEach((row) => this.events.onRowFree(row));
    while (this.forgetting.length > 0) this.forgotten(0, 'its thread has ended');
    const message = `the thread of the feature log has ended: ${reason}`;
    const error = new PairstreamError('OUTPUT_FAILED', message, { cause });
    this.ready.reject(error);
    return this.isClosing ? undefined : error;
  }
}

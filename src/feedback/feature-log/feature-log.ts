import { setTimeout as sleep } from 'node:timers/promises';
import { ExponentialBackoff, handleAll, retry } from 'cockatiel';
import { PairstreamError } from '../../errors/pairstream-error.js';
import { makeFolder } from '../../files/output-folder.js';
import type { Hash64 } from '../../pairs/murmur3.js';
import { PairIds } from '../events/pair-id.js';
import { OwnerLock } from '../log/owner-lock.js';
import { LogThread } from './log-thread.js';
import type { LogWriterCounts, LogWriterSettings } from './log-writer.js';
import { NO_ROW, RowPool } from './row-pool.js';
import { type RowStore, ServedRequest } from './served-request.js';
import { SharedRows } from './shared-rows.js';

/** Complete rows that are sent to the writer together, and the longest time that a row waits for others, milliseconds. */
const SEND_ROWS = 256;
const SEND_MS = 100;
const CLOSE_TIMEOUT_MS = 30_000;
/** First and longest delay before an ended thread is started anew, milliseconds. */
const FIRST_RESTART_MS = 500;
const LAST_RESTART_MS = 30_000;

/** Settings of a feature log. */
export interface FeatureLogSettings extends LogWriterSettings {
  /** Bound of the rows in memory, ROW_BYTES each. */
  readonly maxRowCount: number;
}

/** Counts and bounds of a feature log since its start, for metrics. */
export interface FeatureLogLevels extends LogWriterCounts {
  /** Sampled rows that were not logged, because no row of the memory was free or the thread did not run. */
  readonly droppedCount: number;
  /** Rows that were in memory or in the open file when the thread crashed. */
  readonly lostCount: number;
  /** Number of times that the thread was started anew. */
  readonly restartCount: number;
  /** Rows in memory. */
  readonly usedRowCount: number;
  readonly maxRowCount: number;
  /** Bound of diskBytes. */
  readonly maxDiskBytes: number;
}

/**
 * Log of the features that a gateway served, for training: a sample of the answered pairs, written to Arrow files by a thread of its
 * own. Serving never waits: rows beyond the bound of the memory are dropped and counted. If the thread crashes, the rows that are
 * not in complete files are lost and counted, and the thread starts anew. One serving thread uses it.
 */
export class FeatureLog implements RowStore {
  readonly rows: SharedRows;
  readonly pairIds = new PairIds();
  readonly oneIn: number;
  private readonly pool: RowPool;
  private readonly closing = new AbortController();
  private readonly pending: number[] = [];
  /** Settles when no thread runs and none will. */
  private readonly supervised: Promise<void>;
  /** The running thread; undefined between its end and its next start. */
  private thread: LogThread | undefined;
  private pendingReleaseId = '';
  private timer: NodeJS.Timeout | undefined;
  private droppedCount = 0;
  private lostCount = 0;
  private restartCount = 0;
  /** Counts of the threads that have ended. */
  private pastCounts = { writtenCount: 0, failedCount: 0, removedFileCount: 0 };

  private constructor(
    private readonly settings: FeatureLogSettings,
    private readonly lock: OwnerLock,
    private readonly warn: (line: string) => void,
  ) {
    this.oneIn = settings.oneIn;
    this.rows = SharedRows.allocate(settings.maxRowCount);
    this.pool = new RowPool(settings.maxRowCount);
    this.thread = this.newThread();
    this.supervised = this.superviseFrom(this.thread);
  }

  /**
   * Opens the log, and creates its folder if needed.
   * @param warn writes one line to the log of the process
   * @throws PairstreamError OUTPUT_FAILED if the folder cannot be created, or another process uses it
   */
  static open(settings: FeatureLogSettings, warn: (line: string) => void): FeatureLog {
    const { folder } = settings;
    makeFolder(folder);
    try {
      return new FeatureLog(settings, OwnerLock.take(folder), warn);
    } catch (error) {
      const { message } = PairstreamError.from(error);
      throw new PairstreamError('OUTPUT_FAILED', `the feature log cannot use its folder: ${message}`, {
        field: folder,
        cause: error,
      });
    }
  }

  /** Begins to log a request. The predictor calls the methods of the result. */
  request(): ServedRequest {
    return new ServedRequest(this);
  }

  get levels(): FeatureLogLevels {
    const { pastCounts, droppedCount, lostCount, restartCount, pool, settings } = this;
    const counts = this.thread?.counts;
    return {
      writtenCount: pastCounts.writtenCount + (counts?.writtenCount ?? 0),
      failedCount: pastCounts.failedCount + (counts?.failedCount ?? 0),
      removedFileCount: pastCounts.removedFileCount + (counts?.removedFileCount ?? 0),
      diskBytes: counts?.diskBytes ?? 0,
      droppedCount,
      lostCount,
      restartCount,
      usedRowCount: pool.usedCount,
      maxRowCount: pool.rowCount,
      maxDiskBytes: settings.maxBytes,
    };
  }

  take(): number {
    const row = this.thread === undefined ? NO_ROW : this.pool.take();
    if (row === NO_ROW) this.droppedCount += 1;
    return row;
  }

  give(row: number): void {
    this.pool.give(row);
  }

  complete(row: number, releaseId: string): void {
    if (releaseId !== this.pendingReleaseId) this.send();
    this.pendingReleaseId = releaseId;
    this.pending.push(row);
    if (this.pending.length >= SEND_ROWS) this.send();
    else this.timer ??= setTimeout(() => this.send(), SEND_MS);
  }

  /**
   * Removes the rows of a user, as author or as reader, from all files. Rows of requests in flight may be written later.
   * @param user hash of the user's id
   * @returns number of rows removed
   * @throws PairstreamError OUTPUT_FAILED; the caller then repeats it
   */
  async forget(user: Readonly<Hash64>): Promise<number> {
    this.send();
    if (this.thread !== undefined) return await this.thread.forget(user);
    throw new PairstreamError(
      'OUTPUT_FAILED',
      'the feature log still holds the user: its thread starts anew',
    );
  }

  /** Writes all complete rows and ends. Later rows are dropped. */
  async close(): Promise<void> {
    this.closing.abort();
    this.send();
    await this.thread?.close(CLOSE_TIMEOUT_MS);
    await this.supervised;
    this.lock[Symbol.dispose]();
  }

  private send(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    if (this.pending.length === 0) return;
    const indexes = Uint32Array.from(this.pending.splice(0));
    if (this.thread !== undefined) return this.thread.write(indexes, this.pendingReleaseId);
    this.lostCount += indexes.length;
    indexes.forEach((row) => this.pool.give(row));
  }

  private newThread(): LogThread {
    const { settings, rows, warn, pool } = this;
    const events = { onRowFree: (row: number): void => pool.give(row), onWarning: warn };
    return new LogThread({ settings, rows: rows.buffer }, events);
  }

  /** Starts an ended thread anew, until `close`. */
  private async superviseFrom(first: LogThread): Promise<void> {
    let thread = first;
    for (;;) {
      const error = await thread.ended;
      this.settle(thread);
      if (error === undefined || this.closing.signal.aborted) return;
      this.warn(`${error.message}; ${thread.openRowCount} rows are lost, and the thread starts anew`);
      const next = await this.restarted();
      if (next === undefined) return;
      thread = next;
    }
  }

  /** Starts a thread until one runs. @returns undefined after `close` */
  private async restarted(): Promise<LogThread | undefined> {
    const { signal } = this.closing;
    const backoff = new ExponentialBackoff({ initialDelay: FIRST_RESTART_MS, maxDelay: LAST_RESTART_MS });
    const policy = retry(handleAll, { maxAttempts: Number.MAX_SAFE_INTEGER, backoff });
    const start = async (): Promise<LogThread | undefined> => {
      if (signal.aborted) return undefined;
      const thread = this.newThread();
      await thread.whenReady().catch((error: unknown) => {
        this.warn(`${PairstreamError.from(error).message}; the thread starts anew`);
        throw error;
      });
      return thread;
    };
    try {
      // A thread that ends again and again keeps a core busy no longer than this allows.
      await sleep(FIRST_RESTART_MS, undefined, { signal });
      this.thread = await policy.execute(start, signal);
    } catch {
      return undefined;
    }
    if (signal.aborted) await this.thread?.close(CLOSE_TIMEOUT_MS);
    this.restartCount += 1;
    return this.thread;
  }

  /** Adds the counts of a thread that has ended. */
  private settle({ counts, openRowCount }: LogThread): void {
    const { writtenCount, failedCount, removedFileCount } = this.pastCounts;
    this.thread = undefined;
    this.lostCount += openRowCount;
    this.pastCounts = {
      writtenCount: writtenCount + counts.writtenCount,
      failedCount: failedCount + counts.failedCount,
      removedFileCount: removedFileCount + counts.removedFileCount,
    };
  }
}

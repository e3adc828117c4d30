import { PairstreamError } from '../../errors/pairstream-error.js';
import { CATALOGUE_VERSION } from '../../features/catalogue-version.js';
import { FEATURE_FILE_METADATA } from '../../features/feature-file-contract.js';
import { ArrowFileWriter } from '../../files/arrow-file.js';
import type { Hash64 } from '../../pairs/murmur3.js';
import { forgetRows } from './forget-rows.js';
import { FEATURE_LOG_METADATA, LOG_COLUMNS, LogColumns } from './log-columns.js';
import { LogFolder } from './log-folder.js';
import { ROW_BYTES, type SharedRows } from './shared-rows.js';

/** Rows of a record batch. */
const BATCH_ROWS = 4_096;
/** Bytes of a file besides its values: schema and footer. */
const FILE_SPARE_BYTES = 128 * 1_024;
/** Time after a failed write in which rows are dropped, milliseconds. */
const RETRY_MS = 10_000;

/** Settings of the files of a feature log. Structured data: it is copied to the thread. */
export interface LogWriterSettings {
  /** Folder that exists. One writer uses it. */
  readonly folder: string;
  /** Bound of all files, bytes. */
  readonly maxBytes: number;
  /** A file of this size is completed, bytes. At most half of maxBytes counts. */
  readonly maxFileBytes: number;
  /** A file of this age is completed, milliseconds. */
  readonly maxFileMs: number;
  /** One pair in so many is logged; goes into the metadata. */
  readonly oneIn: number;
  /** Of the release. */
  readonly vocabularySha256: string;
}

/** Counts of a writer since its start. */
export interface LogWriterCounts {
  /** Rows in complete files. */
  readonly writtenCount: number;
  /** Rows lost because a file could not be written. */
  readonly failedCount: number;
  readonly removedFileCount: number;
  /** Bytes of the files. */
  readonly diskBytes: number;
}

/** The file that is being written. */
interface OpenFile {
  readonly path: string;
  readonly writer: ArrowFileWriter;
  readonly releaseId: string;
  readonly openedMs: number;
  /** Rows in the file, without those of the batch in memory. */
  rowCount: number;
}

/**
 * Writes rows of the feature log to Arrow files `served-<time>-<number>.arrow`. A file has its name when it is complete. If the disk
 * fails, the rows of the open file are lost and counted, and rows are dropped until the next try. The caller awaits each call
 * before the next.
 */
export class LogWriter {
  private readonly batch = new LogColumns(BATCH_ROWS);
  private readonly files: LogFolder;
  private open: OpenFile | undefined;
  private writtenCount = 0;
  private failedCount = 0;
  private isFailing = false;
  private retryAtMs = 0;

  /**
   * @param warn writes one line to the log of the process
   * @param clock Unix milliseconds; default: Date.now
   */
  constructor(
    private readonly settings: LogWriterSettings,
    private readonly warn: (line: string) => void,
    private readonly clock: () => number = Date.now,
  ) {
    this.files = new LogFolder(settings.folder, settings.maxBytes);
  }

  get counts(): LogWriterCounts {
    const { writtenCount, failedCount, files, open } = this;
    return {
      writtenCount,
      failedCount,
      removedFileCount: files.removedCount,
      diskBytes: files.bytes + (open?.writer.byteCount ?? 0),
    };
  }

  /** Copies rows of one release, and writes full batches. */
  async append(rows: SharedRows, indexes: Uint32Array, releaseId: string): Promise<void> {
    if (this.open !== undefined && this.open.releaseId !== releaseId) await this.complete();
    for (const [i, row] of indexes.entries()) {
      if (!(await this.ensureOpen(releaseId))) {
        this.failedCount += indexes.length - i;
        return;
      }
      this.batch.add(rows, row);
      if (this.batch.isFull) await this.flush();
    }
    await this.completeIfDue();
  }

  /** Completes the file if its age or size says so. */
  async completeIfDue(): Promise<void> {
    const { open, settings } = this;
    if (open === undefined) return;
    const maxBytes = Math.min(settings.maxFileBytes, settings.maxBytes / 2);
    const bytes = open.writer.byteCount + this.batch.rowCount * ROW_BYTES;
    if (bytes >= maxBytes || this.clock() - open.openedMs >= settings.maxFileMs) await this.complete();
  }

  /** Completes the open file, if there is one. */
  async complete(): Promise<void> {
    await this.flush();
    const { open } = this;
    if (open === undefined) return;
    await this.guard(async () => {
      await open.writer.close();
      this.open = undefined;
      this.files.add(open.path);
      this.writtenCount += open.rowCount;
      if (this.isFailing) this.warn('the feature log is written again');
      this.isFailing = false;
    });
  }

  /**
   * Removes the rows of a user from all files, and completes the open file first. Rewrites one file at a time.
   * @param user hash of the user's id
   * @returns number of rows removed
   * @throws PairstreamError INVALID_DATA_FILE for a damaged file, OUTPUT_FAILED; the caller then repeats it
   */
  async forget(user: Readonly<Hash64>): Promise<number> {
    await this.complete();
    let removedCount = 0;
    for (const path of this.files.paths) {
      const count = await forgetRows(path, user);
      if (count > 0) this.files.changed(path);
      removedCount += count;
    }
    return removedCount;
  }

  /** @returns false if rows must be dropped */
  private async ensureOpen(releaseId: string): Promise<boolean> {
    if (this.open !== undefined) return true;
    const openedMs = this.clock();
    if (openedMs < this.retryAtMs) return false;
    const { oneIn, vocabularySha256 } = this.settings;
    return await this.guard(async () => {
      const path = this.files.nextPath(openedMs);
      const writer = await ArrowFileWriter.open(path, LOG_COLUMNS, {
        [FEATURE_FILE_METADATA.catalogueVersion]: CATALOGUE_VERSION,
        [FEATURE_FILE_METADATA.vocabularySha256]: vocabularySha256,
        [FEATURE_LOG_METADATA.releaseId]: releaseId,
        [FEATURE_LOG_METADATA.oneIn]: String(oneIn),
      });
      this.open = { path, writer, releaseId, openedMs, rowCount: 0 };
    });
  }

  private async flush(): Promise<void> {
    const { open, batch, files } = this;
    const { rowCount } = batch;
    if (open === undefined || rowCount === 0) return;
    await this.guard(async () => {
      files.makeRoom(open.writer.byteCount + rowCount * ROW_BYTES + FILE_SPARE_BYTES);
      await open.writer.writeBatch(batch.columns, rowCount);
      open.rowCount += rowCount;
      batch.rowCount = 0;
    });
  }

  /** Runs a step of the open file. If it fails, the file and its rows are dropped. @returns true if it did not fail */
  private async guard(step: () => Promise<void>): Promise<boolean> {
    try {
      await step();
      return true;
    } catch (error) {
      await this.drop(error);
      return false;
    }
  }

  private async drop(error: unknown): Promise<void> {
    const { open, batch } = this;
    this.open = undefined;
    this.failedCount += (open?.rowCount ?? 0) + batch.rowCount;
    batch.rowCount = 0;
    this.retryAtMs = this.clock() + RETRY_MS;
    await abort(open);
    if (!this.isFailing)
      this.warn(`the feature log drops rows until it can be written: ${PairstreamError.from(error).message}`);
    this.isFailing = true;
  }
}

/** Removes the incomplete file, best effort: the next start of the log removes what is left. */
async function abort(open: OpenFile | undefined): Promise<void> {
  try {
    await open?.writer.abort();
  } catch {
    // The disk fails.
  }
}

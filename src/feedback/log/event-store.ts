import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { RootDatabase } from 'lmdb';
import { PairstreamError } from '../../errors/pairstream-error.js';
import { makeFolder } from '../../files/output-folder.js';
import { commitProblem, isDiskFull, withDeadline } from './commit-problem.js';
import { damaged, reasonOf } from './log-errors.js';
import { openDatabase } from './open-database.js';
import { OwnerLock } from './owner-lock.js';
import { PageBudget } from './page-budget.js';
import { keyOf, SEQUENCE_END, sequenceOf } from './sequence-key.js';
import { type PackedRecord, parseRecord, type StoredRecord } from './stored-record.js';

/**
 * Records in an LMDB file, `data.mdb` of a folder that one process owns. Reads are synchronous. Writes are transactions that are
 * synced when their promise resolves; the caller runs one at a time.
 */
export class EventStore {
  private readonly budget: PageBudget;
  private readonly breaking = Promise.withResolvers<never>();
  private problem: unknown;

  private constructor(
    readonly folder: string,
    /** Bound of data.mdb. */
    readonly maxBytes: number,
    private readonly lock: OwnerLock,
    private readonly database: RootDatabase<Buffer, Buffer>,
  ) {
    this.budget = new PageBudget(folder, maxBytes, database);
    this.breaking.promise.catch(() => undefined);
  }

  /**
   * Takes the folder and opens the store in it. Creates both if needed.
   * @throws PairstreamError EVENT_LOG_DAMAGED, EVENT_LOG_UNAVAILABLE, OUTPUT_FAILED (the folder cannot be created)
   */
  static async open(folder: string, maxBytes: number): Promise<EventStore> {
    makeFolder(folder);
    const lock = OwnerLock.take(folder);
    try {
      return new EventStore(folder, maxBytes, lock, await openDatabase(folder, maxBytes));
    } catch (error) {
      lock[Symbol.dispose]();
      throw error;
    }
  }

  /** Never resolves. Rejects when a commit has left the file in an unknown state; the store then refuses writes until it is opened anew. */
  get broken(): Promise<never> {
    return this.breaking.promise;
  }

  /** Sequence number of the oldest record. Default: undefined, the store is empty. */
  get oldest(): number | undefined {
    const [first = SEQUENCE_END] = this.sequences(0, 1);
    return first < SEQUENCE_END ? first : undefined;
  }

  /** Newest record. Default: undefined, the store is empty. @throws PairstreamError EVENT_LOG_DAMAGED */
  get newest(): StoredRecord | undefined {
    const last = this.lastUpTo(SEQUENCE_END - 1);
    return last === undefined ? undefined : this.read(last, 1)[0];
  }

  /** Sequence number of the last record that begins at or before a position. */
  lastUpTo(position: number): number | undefined {
    const range = { start: keyOf(position), limit: 1, reverse: true };
    const [last] = this.guard(() => [...this.database.getKeys(range)]);
    return last === undefined ? undefined : this.numberOf(last);
  }

  /** Pages of data.mdb that hold nothing, or an older version of a page. */
  get freePages(): number {
    return this.budget.freePages;
  }

  /** Bytes of pages that hold records or the trees of LMDB. */
  get usedBytes(): number {
    return this.budget.usedBytes;
  }

  /** Size of data.mdb, free pages included. */
  get diskBytes(): number {
    return statSync(join(this.folder, 'data.mdb')).size;
  }

  /** Sequence numbers of records in order, from `start` on. */
  sequences(start: number, limit: number): number[] {
    const range = { start: keyOf(start), limit };
    return this.guard(() => [...this.database.getKeys(range)].map((key) => this.numberOf(key)));
  }

  /**
   * Reads records in order. The caller owns their bytes.
   * @param start sequence number; the first record is the first one at or after it
   * @throws PairstreamError EVENT_LOG_DAMAGED
   */
  read(start: number, limit: number): StoredRecord[] {
    const range = { start: keyOf(start), end: keyOf(SEQUENCE_END), limit };
    const entries = this.guard(() => [...this.database.getRange(range)]);
    return entries.map(({ key, value: bytes }) => this.parse(this.numberOf(key), bytes));
  }

  /**
   * Record that begins at a sequence number. Its bytes are valid until the next read of any LMDB file by this thread.
   * @throws PairstreamError EVENT_LOG_DAMAGED
   */
  at(sequence: number): StoredRecord | undefined {
    const bytes = this.guard(() => this.database.getBinaryFast(keyOf(sequence)));
    // lmdb-js sets the length of a larger buffer, which views of the buffer do not follow.
    return bytes === undefined ? undefined : this.parse(sequence, bytes.subarray(0, bytes.length));
  }

  /**
   * Stores records in one transaction. A record with the sequence number of a stored one replaces it. The caller must not modify the
   * bytes until the promise settles.
   * @throws PairstreamError EVENT_LOG_UNAVAILABLE; then none of the records is stored
   */
  async put(records: readonly PackedRecord[]): Promise<void> {
    this.budget.check(records.length);
    await this.overwrite(records);
  }

  /** Stores records that take free pages, in one transaction. */
  async overwrite(records: readonly PackedRecord[]): Promise<void> {
    await this.commit(() => records.map(({ sequence, bytes }) => this.database.put(keyOf(sequence), bytes)));
  }

  /** Deletes records in one transaction. */
  async remove(sequences: readonly number[]): Promise<void> {
    await this.commit(() => sequences.map((sequence) => this.database.remove(keyOf(sequence))));
  }

  /** Makes the pages of deleted records usable. LMDB keeps pages for the transactions right after the one that freed them. */
  async releasePages(): Promise<void> {
    for (let i = 0; i < PageBudget.DELAY; i += 1) {
      const { newest } = this;
      if (newest !== undefined)
        await this.commit(() => [this.database.put(keyOf(newest.sequence), newest.bytes)]);
    }
  }

  /** Closes the store and gives the folder up. */
  async close(): Promise<void> {
    await this.database.close();
    this.lock[Symbol.dispose]();
  }

  private async commit(write: () => readonly Promise<boolean>[]): Promise<void> {
    if (this.problem !== undefined) throw this.problem;
    try {
      // All writes of one turn of the event loop are one transaction of LMDB.
      await withDeadline(Promise.all(write()));
      this.budget.committed();
    } catch (error) {
      const problem = await commitProblem(this.folder, error);
      if (!isDiskFull(problem.cause)) {
        this.problem = problem;
        this.breaking.reject(problem);
      }
      throw problem;
    }
  }

  private parse(sequence: number, bytes: Buffer): StoredRecord {
    const record = parseRecord(bytes);
    if (record?.sequence !== sequence || record.bytes.length !== bytes.length)
      throw damaged(this.folder, `the checksum of the record at position ${sequence} does not match`);
    return record;
  }

  private numberOf(key: Buffer): number {
    const sequence = sequenceOf(key);
    if (sequence === undefined) throw damaged(this.folder, `a key has ${key.length} bytes`);
    return sequence;
  }

  private guard<T>(read: () => T): T {
    try {
      return read();
    } catch (error) {
      throw error instanceof PairstreamError ? error : damaged(this.folder, reasonOf(error), error);
    }
  }
}

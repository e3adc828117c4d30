import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { RootDatabase } from 'lmdb';
import { damaged, noLog, reasonOf } from './log-errors.js';
import { hasLog } from './log-format.js';
import { loadLmdb } from './open-database.js';
import { OwnerLock } from './owner-lock.js';
import { checkPages } from './page-check.js';
import { keyOf, SEQUENCE_END } from './sequence-key.js';
import { parseRecord } from './stored-record.js';

/** Records that are read together. */
const RECORDS_PER_READ = 256;

/**
 * Reads the events of an embedded log, oldest first, without changing the log. A running gateway may own the log and append to it:
 * events that it trims meanwhile are left out. One group of records is in memory at a time.
 * @param folder of the log: log in the state directory
 * @returns groups of event records; blank events are among them
 * @throws PairstreamError EVENT_LOG_DAMAGED; EVENT_LOG_UNAVAILABLE for a log of another version; INVALID_DATA_FILE if the folder
 *   holds no log
 */
export async function* readLog(folder: string): AsyncGenerator<Uint8Array> {
  if (!existsSync(join(folder, 'data.mdb'))) throw noLog(folder);
  hasLog(folder);
  using lock = lockIfFree(folder);
  // While a gateway owns the log, pages change; the gateway has checked them when it opened the log.
  if (lock !== undefined) checkPages(folder);
  const database = await openReadOnly(folder);
  try {
    for (let start = 0; ;) {
      const range = { start: keyOf(start), end: keyOf(SEQUENCE_END), limit: RECORDS_PER_READ };
      const records = [...database.getRange(range)].map(({ value }) => parseRecord(value));
      for (const record of records) {
        if (record === undefined) throw damaged(folder, `a record after position ${start} is unreadable`);
        yield record.events;
        start = record.sequence + 1;
      }
      if (records.length < RECORDS_PER_READ) return;
    }
  } finally {
    await database.close();
  }
}

/** The lock of the folder; undefined if another process has it, or the folder cannot be written. */
function lockIfFree(folder: string): OwnerLock | undefined {
  try {
    return OwnerLock.take(folder);
  } catch {
    return undefined;
  }
}

async function openReadOnly(folder: string): Promise<RootDatabase<Buffer, Buffer>> {
  const lmdb = await loadLmdb(folder);
  try {
    return lmdb.open<Buffer, Buffer>({
      path: folder,
      readOnly: true,
      keyEncoding: 'binary',
      encoding: 'binary',
      cache: false,
    });
  } catch (error) {
    throw damaged(folder, `data.mdb cannot be opened (${reasonOf(error)})`, error);
  }
}

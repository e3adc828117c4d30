import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { RootDatabase } from 'lmdb';
import { damaged, reasonOf, unavailable } from './log-errors.js';
import { hasLog, writeFormat } from './log-format.js';
import { checkPages } from './page-check.js';

/** Address space above the bound of the file: one transaction may let the file grow a little past its bound. */
const MAP_SPARE_BYTES = 2 ** 26;

/**
 * Opens data.mdb in a folder, or creates it.
 * @throws PairstreamError EVENT_LOG_DAMAGED; EVENT_LOG_UNAVAILABLE if the file cannot be written, or lmdb has no binary for this platform
 */
export async function openDatabase(folder: string, maxBytes: number): Promise<RootDatabase<Buffer, Buffer>> {
  const data = join(folder, 'data.mdb');
  const isNew = !hasLog(folder);
  if (!isNew && !(existsSync(data) && statSync(data).size > 0))
    throw damaged(folder, 'data.mdb is missing or empty');
  checkPages(folder);
  const lmdb = await loadLmdb(folder);
  let database: RootDatabase<Buffer, Buffer>;
  const options = {
    path: folder,
    // A commit then resolves when its pages and its header page are synced. lmdb-js's default syncs after the commit.
    overlappingSync: false,
    keyEncoding: 'binary' as const,
    encoding: 'binary' as const,
    cache: false,
    // Writes of one turn of the event loop are then one transaction, begun after the turn. With lmdb-js's own batching of a turn, a
    // failed commit also rejects a promise that nobody can handle, which ends the process.
    eventTurnBatching: false,
    txnStartThreshold: Number.MAX_SAFE_INTEGER,
    mapSize: maxBytes + MAP_SPARE_BYTES,
  };
  try {
    database = lmdb.open<Buffer, Buffer>(options);
  } catch (error) {
    if (isNew) throw unavailable(folder, `data.mdb cannot be created (${reasonOf(error)})`, error);
    throw damaged(folder, `data.mdb cannot be opened (${reasonOf(error)})`, error);
  }
  if (isNew) writeFormat(folder);
  return database;
}

/** Loads lmdb. @throws PairstreamError EVENT_LOG_UNAVAILABLE if lmdb has no binary for this platform */
export async function loadLmdb(folder: string): Promise<typeof import('lmdb')> {
  try {
    return await import('lmdb');
  } catch (error) {
    throw unavailable(folder, `lmdb has no binary for this platform (${reasonOf(error)})`, error);
  }
}

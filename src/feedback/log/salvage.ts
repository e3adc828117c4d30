import { closeSync, existsSync, mkdtempSync, openSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { EVENT_BYTES } from '../events/event-record.js';
import { EventStore } from './event-store.js';
import { PairstreamError } from '../../errors/pairstream-error.js';
import { hasLog } from './log-format.js';
import { noLog, reasonOf, unavailable } from './log-errors.js';
import { OwnerLock } from './owner-lock.js';
import { PageFile } from './page-file.js';
import { newestOf, readHeaders } from './page-header.js';
import {
  endOfRecord,
  type PackedRecord,
  parseRecord,
  restartRecord,
  type StoredRecord,
} from './stored-record.js';

/** Records that are copied in one transaction. */
const RECORDS_PER_STEP = 512;
/**
 * Sequence numbers that are left out after the last readable event. More than a log can hold, so the numbers of lost events, which
 * snapshots may know, are not used again.
 */
const LEFT_OUT = 2 ** 32;
/** Page size of a file whose headers are lost: the default of LMDB on most systems. */
const PAGE_BYTES = 4_096;
/** Bound of the new file above twice the size of the damaged one. */
const SPARE_BYTES = 2 ** 24;
const FILES = ['data.mdb', 'lock.mdb', 'format'];

/** Result of a salvage. */
export interface Salvaged {
  /** Events that the new log holds. */
  readonly keptCount: number;
  /** Events missing between the kept ones. Events lost after the last kept one cannot be counted. */
  readonly missingCount: number;
  /** Folder that the damaged files were moved to. */
  readonly damagedFolder: string;
}

/**
 * Replaces the log of a folder by a new one with every record that is still readable, in order. No process may have the log open.
 * The damaged files are kept in a folder beside them.
 * @throws PairstreamError EVENT_LOG_UNAVAILABLE if a process holds the log or the disk is full; INVALID_DATA_FILE if there is no log
 */
export async function salvage(folder: string): Promise<Salvaged> {
  if (!existsSync(join(folder, 'data.mdb'))) throw noLog(folder);
  expectThisVersion(folder);
  const damagedFolder = moveAside(folder);
  const { size } = statSync(join(damagedFolder, 'data.mdb'));
  const store = await EventStore.open(folder, 2 * size + SPARE_BYTES);
  try {
    return { ...(await copyReadable(join(damagedFolder, 'data.mdb'), store)), damagedFolder };
  } finally {
    await store.close();
  }
}

/** Records of another version cannot be read. @throws PairstreamError EVENT_LOG_UNAVAILABLE */
function expectThisVersion(folder: string): void {
  try {
    hasLog(folder);
  } catch (error) {
    // A damaged file of the version is replaced, too.
    if (PairstreamError.from(error).code !== 'EVENT_LOG_DAMAGED') throw error;
  }
}

function moveAside(folder: string): string {
  const lock = OwnerLock.take(folder);
  try {
    const aside = mkdtempSync(join(folder, 'damaged-'));
    for (const file of FILES)
      if (existsSync(join(folder, file))) renameSync(join(folder, file), join(aside, file));
    return aside;
  } catch (error) {
    throw unavailable(folder, `the damaged files cannot be moved (${reasonOf(error)})`, error);
  } finally {
    lock[Symbol.dispose]();
  }
}

async function copyReadable(path: string, store: EventStore): Promise<Omit<Salvaged, 'damagedFolder'>> {
  const file = openSync(path, 'r');
  let keptCount = 0;
  let missingCount = 0;
  let end: number | undefined;
  let step: PackedRecord[] = [];
  try {
    for (const record of readableRecords(file)) {
      if (end !== undefined && record.sequence < end) continue;
      const missing = record.events.length === 0 ? 0 : record.sequence - (end ?? record.sequence);
      if (missing > 0) step.push(restartRecord(record.sequence - 1));
      missingCount += missing;
      step.push(record);
      end = endOfRecord(record);
      keptCount += record.events.length / EVENT_BYTES;
      if (step.length < RECORDS_PER_STEP) continue;
      await store.put(step);
      step = [];
    }
    step.push(restartRecord((end ?? 0) + LEFT_OUT));
    await store.put(step);
  } finally {
    closeSync(file);
  }
  return { keptCount, missingCount };
}

/**
 * Records of all pages by sequence number: the pages that the header names may be lost while older pages are not. If several
 * pages hold a record of the same number, the one of the newest transaction counts.
 */
function* readableRecords(file: number): Generator<StoredRecord> {
  const pages = new PageFile(file, newestOf(readHeaders(file))?.pageBytes ?? PAGE_BYTES);
  const places = new Map<number, { readonly page: number; readonly transaction: number }>();
  for (let page = 2; page <= pages.lastPage; page += 1) {
    const transaction = pages.transactionOf(page);
    for (const { sequence } of recordsIn(pages, page))
      if (!((places.get(sequence)?.transaction ?? -1) > transaction))
        places.set(sequence, { page, transaction });
  }
  const sequences = Float64Array.from(places.keys()).sort();
  for (const sequence of sequences)
    for (const record of recordsIn(pages, places.get(sequence)!.page))
      if (record.sequence === sequence) yield record;
}

function recordsIn(pages: PageFile, page: number): StoredRecord[] {
  return pages.valuesIn(page).flatMap((bytes) => parseRecord(bytes) ?? []);
}

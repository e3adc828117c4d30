import { readFileSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { folderUnavailable, reasonOf } from './log-errors.js';

/** SQLITE_BUSY: another connection holds the lock. */
const BUSY = 5;

/**
 * The one owner of a folder. The lock is the file lock of an empty SQLite database, because Node has no other call for file locks.
 * The kernel frees the lock when the process ends, also by kill -9, and the lock holds across containers on one machine. A second
 * owner in the same process is refused, too.
 */
export class OwnerLock implements Disposable {
  private constructor(private readonly database: DatabaseSync) {}

  /** Takes the lock. @throws PairstreamError EVENT_LOG_UNAVAILABLE with the pid of the owner if the folder has one */
  static take(folder: string): OwnerLock {
    const owner = join(folder, 'owner');
    let database: DatabaseSync;
    try {
      database = new DatabaseSync(join(folder, 'owner.lock'), { timeout: 0 });
    } catch (error) {
      throw folderUnavailable(folder, `owner.lock cannot be written (${reasonOf(error)})`, error);
    }
    try {
      database.exec('BEGIN EXCLUSIVE');
      writeFileSync(owner, `${ownerOf(process.pid)}\n`);
    } catch (error) {
      database.close();
      if (isBusy(error)) throw folderUnavailable(folder, `already open in ${describe(owner)}`, error);
      throw folderUnavailable(folder, `the folder cannot be written (${reasonOf(error)})`, error);
    }
    return new OwnerLock(database);
  }

  [Symbol.dispose](): void {
    if (this.database.isOpen) this.database.close();
  }
}

function ownerOf(pid: number): string {
  return `process ${pid} on ${hostname()}`;
}

function isBusy(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && error.errcode === BUSY;
}

function describe(owner: string): string {
  try {
    const text = readFileSync(owner, 'utf8').trim();
    return text === ownerOf(process.pid) ? `${text} (this process: two settings name one folder)` : text;
  } catch {
    return 'another process';
  }
}

import { readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { PairstreamError } from '../../errors/pairstream-error.js';
import { makeFolder } from '../../files/output-folder.js';
import { syncFolder } from './state-snapshot-file.js';

const NAME = /^state-(\d{10})\.snapshot$/;
const PARTIAL_NAME = /^state-\d{10}\.snapshot\.partial$/;
const NUMBER_DIGITS = 10;

/** Paths of the complete snapshots of a folder, newest first. */
export function snapshotPaths(folder: string): string[] {
  return numbersIn(folder)
    .toSorted((a, b) => b - a)
    .map((number) => pathIn(folder, number))
    .filter((path) => statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true);
}

/** Numbers of all names of snapshots, also of folders with such a name. */
function numbersIn(folder: string): number[] {
  return readdirSync(folder).flatMap((name) => {
    const number = NAME.exec(name)?.[1];
    return number === undefined ? [] : [Number(number)];
  });
}

function pathIn(folder: string, number: number): string {
  return join(folder, `state-${String(number).padStart(NUMBER_DIGITS, '0')}.snapshot`);
}

/** The folder of the snapshots of the learned state: `state-<number>.snapshot`, numbered upwards. Other files stay untouched. */
export class SnapshotFolder {
  private readonly folder: string;
  private lastNumber: number;

  /**
   * Makes the folder if it is missing, and removes unfinished snapshots.
   * @throws PairstreamError OUTPUT_FAILED if the folder cannot be made or written
   */
  constructor(folder: string) {
    this.folder = folder;
    makeFolder(folder);
    try {
      for (const name of readdirSync(folder))
        if (PARTIAL_NAME.test(name)) rmSync(join(folder, name), { force: true });
    } catch (cause) {
      const reason = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause);
      throw new PairstreamError('OUTPUT_FAILED', `${folder}: ${reason}, expected a writable folder`, {
        field: folder,
        cause,
      });
    }
    this.lastNumber = Math.max(0, ...numbersIn(folder));
  }

  /** Paths of the complete snapshots, newest first. */
  paths(): string[] {
    return snapshotPaths(this.folder);
  }

  /** Path of the next snapshot. */
  nextPath(): string {
    this.lastNumber += 1;
    return pathIn(this.folder, this.lastNumber);
  }

  /** Removes every snapshot except some, durably. @throws Error of node:fs */
  async removeAllBut(kept: readonly string[]): Promise<void> {
    for (const path of this.paths()) if (!kept.includes(path)) rmSync(path, { force: true });
    await syncFolder(this.folder);
  }
}

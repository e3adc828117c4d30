import { readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';

const FILE_NAME = /^served-\d{8}T\d{9}Z-\d{6}\.arrow$/;
const PARTIAL = '.partial';
/** Folder of a worker thread in the folder of a gateway. */
const WORKER_FOLDER = /^worker-\d+$/;

/** Folder of the feature log of a worker thread. @param folder of the gateway */
export function workerLogFolder(folder: string, worker: number): string {
  return join(folder, `worker-${worker}`);
}

/** Folders of the feature log of a gateway: its own, and those of its worker threads. @throws the error of node:fs if it cannot be read */
export function listLogFolders(folder: string): string[] {
  const workers = readdirSync(folder).filter((name) => WORKER_FOLDER.test(name));
  return [folder, ...workers.toSorted().map((name) => join(folder, name))];
}

/** Complete files of a feature log, oldest first. @throws the error of node:fs if the folder cannot be read */
export function listLogFiles(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => FILE_NAME.test(name))
    .sort()
    .map((name) => join(folder, name));
}

/**
 * Complete files of a feature log, with a bound on their bytes: the oldest files are removed to make room. One writer uses a
 * folder. Files that a killed process left incomplete are removed when the folder is opened.
 */
export class LogFolder {
  /** Files removed to make room, since the folder was opened. */
  removedCount = 0;
  private files: { readonly path: string; readonly bytes: number }[];
  private completeBytes: number;
  private fileCount = 0;

  /** @param folder that exists @param maxBytes bound of complete files and the file that is being written */
  constructor(
    readonly folder: string,
    private readonly maxBytes: number,
  ) {
    for (const name of readdirSync(folder))
      if (name.endsWith(PARTIAL) && FILE_NAME.test(name.slice(0, -PARTIAL.length)))
        rmSync(join(folder, name));
    this.files = listLogFiles(folder).map((path) => ({ path, bytes: statSync(path).size }));
    this.completeBytes = this.files.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /** Bytes of the complete files. */
  get bytes(): number {
    return this.completeBytes;
  }

  /** Paths of the complete files, oldest first. */
  get paths(): string[] {
    return this.files.map(({ path }) => path);
  }

  /** Path of the next file. Paths ascend. */
  nextPath(nowMs: number): string {
    this.fileCount += 1;
    const time = new Date(nowMs).toISOString().replaceAll(/[-:.]/g, '');
    return join(this.folder, `served-${time}-${String(this.fileCount % 1e6).padStart(6, '0')}.arrow`);
  }

  /** A file is complete. */
  add(path: string): void {
    const bytes = statSync(path).size;
    this.files.push({ path, bytes });
    this.completeBytes += bytes;
  }

  /** A file was rewritten or removed. */
  changed(path: string): void {
    const bytes = statSync(path, { throwIfNoEntry: false })?.size;
    this.files = this.files.flatMap((file) => {
      if (file.path !== path) return [file];
      return bytes === undefined ? [] : [{ path, bytes }];
    });
    this.completeBytes = this.files.reduce((sum, file) => sum + file.bytes, 0);
  }

  /** Removes the oldest files until `bytes` more fit. */
  makeRoom(bytes: number): void {
    while (this.completeBytes + bytes > this.maxBytes) {
      const oldest = this.files.shift();
      if (oldest === undefined) return;
      rmSync(oldest.path, { force: true });
      this.completeBytes -= oldest.bytes;
      this.removedCount += 1;
    }
  }
}

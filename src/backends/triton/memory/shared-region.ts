import {
  closeSync,
  fstatSync,
  ftruncateSync,
  futimesSync,
  openSync,
  readSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';

/** Folder of system shared memory on Linux: /name in POSIX shm_open is the file `name` in this folder. */
export const SHARED_MEMORY_FOLDER = '/dev/shm';

/** File mode: only the same user, or root, may map a region. */
const MODE = 0o600;
const CHUNK = new Uint8Array(1_048_576);

/**
 * A file in /dev/shm that a Triton server on this machine maps. It is written and read by file calls, because Node has no mmap.
 * On tmpfs these calls copy memory.
 */
export class SharedRegion {
  private readonly path: string;
  private readonly fd: number;
  private isClosed = false;

  /**
   * Creates the file and allocates its memory, so that no process that maps it runs out of memory later.
   * @throws Error of the file system: ENOSPC without space, ENOENT without /dev/shm
   */
  constructor(
    readonly name: string,
    readonly byteLength: number,
    folder: string = SHARED_MEMORY_FOLDER,
  ) {
    this.path = join(folder, name);
    this.fd = openSync(this.path, 'wx+', MODE);
    try {
      ftruncateSync(this.fd, byteLength);
      for (let at = 0; at < byteLength; at += CHUNK.byteLength)
        this.write(CHUNK.subarray(0, Math.min(CHUNK.byteLength, byteLength - at)), at);
    } catch (error) {
      this.unlink();
      throw error;
    }
  }

  /** Key of the region for servers. */
  get key(): string {
    return `/${this.name}`;
  }

  /** Copies bytes into the region. @throws Error after `unlink` */
  write(bytes: Uint8Array, byteOffset: number): void {
    this.checkOpen();
    let done = 0;
    while (done < bytes.byteLength)
      done += writeSync(this.fd, bytes, done, bytes.byteLength - done, byteOffset + done);
  }

  /** Fills an array from the region. @throws Error after `unlink` */
  read(into: Uint8Array, byteOffset: number): void {
    this.checkOpen();
    let done = 0;
    while (done < into.byteLength) {
      const count = readSync(this.fd, into, done, into.byteLength - done, byteOffset + done);
      if (count === 0) throw new RangeError(`${this.path}: ends at byte ${byteOffset + done}`);
      done += count;
    }
  }

  /** True if the file still has its name and its size. A server crashes if it accesses memory beyond the end of a file. */
  isIntact(): boolean {
    const { nlink, size } = fstatSync(this.fd);
    return nlink > 0 && size === this.byteLength;
  }

  /** Renews the file: sets its time to now, so that no other process sweeps it. */
  renew(): void {
    const now = new Date();
    futimesSync(this.fd, now, now);
  }

  /** Removes the file. A server that has mapped it keeps the memory until it unregisters the region. */
  unlink(): void {
    this.isClosed = true;
    closeSync(this.fd);
    // Another process may have swept it.
    rmSync(this.path, { force: true });
  }

  /** Throws after `unlink`, because the file descriptor may belong to another file now. */
  private checkOpen(): void {
    if (this.isClosed) throw new Error(`${this.path}: was given up`);
  }
}

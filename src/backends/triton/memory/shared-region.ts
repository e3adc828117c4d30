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

/** Where system shared memory lies on Linux: what POSIX shm_open calls /name is the file of that name here. */
export const SHARED_MEMORY_FOLDER = '/dev/shm';

/** Only the same user, or root, may map it. */
const MODE = 0o600;
const CHUNK = new Uint8Array(1_048_576);

/**
 * A file in /dev/shm that a Triton server on this machine maps. It is written and read by file calls: Node has no mmap, and
 * on tmpfs they are copies in memory.
 */
export class SharedRegion {
  private readonly path: string;
  private readonly fd: number;
  private isClosed = false;

  /**
   * Makes the file and takes its memory, so that nobody who maps it can run out of it later.
   * @throws Error of the file system: ENOSPC when there is no room, ENOENT where there is no /dev/shm
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

  /** What a server is told to map. */
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

  /** True if the file still has its name and its size. A server that touches memory beyond the end of a file dies. */
  isIntact(): boolean {
    const { nlink, size } = fstatSync(this.fd);
    return nlink > 0 && size === this.byteLength;
  }

  /** Marks the file as one that somebody uses. */
  touch(): void {
    const now = new Date();
    futimesSync(this.fd, now, now);
  }

  /** Removes the file; a server that has mapped it keeps the memory until it is told to let go. */
  unlink(): void {
    this.isClosed = true;
    closeSync(this.fd);
    // Others may have swept it away.
    rmSync(this.path, { force: true });
  }

  /** The number of a file that is closed may be another file's by now. */
  private checkOpen(): void {
    if (this.isClosed) throw new Error(`${this.path}: was given up`);
  }
}

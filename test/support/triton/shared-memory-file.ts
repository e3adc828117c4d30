import { closeSync, ftruncateSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { randomUUID } from 'node:crypto';

/** A file in /dev/shm that is removed when it is disposed. */
export class SharedMemoryFile implements Disposable {
  /** What servers call it. */
  readonly key: string;
  private readonly descriptor: number;

  constructor(byteLength: number) {
    this.key = `/pairstream-test-${randomUUID()}`;
    this.descriptor = openSync(this.path, 'w+');
    ftruncateSync(this.descriptor, byteLength);
  }

  get path(): string {
    return `/dev/shm${this.key}`;
  }

  write(bytes: Uint8Array | Float32Array | Int32Array, byteOffset = 0): void {
    writeSync(this.descriptor, bytes, 0, bytes.byteLength, byteOffset);
  }

  /** @returns hex */
  read(byteOffset: number, byteLength: number): string {
    const bytes = Buffer.alloc(byteLength);
    readSync(this.descriptor, bytes, 0, byteLength, byteOffset);
    return bytes.toString('hex');
  }

  [Symbol.dispose](): void {
    closeSync(this.descriptor);
    rmSync(this.path, { force: true });
  }
}

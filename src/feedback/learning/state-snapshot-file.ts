import { crc32 } from 'node:zlib';
import { dirname } from 'node:path';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { PairstreamError } from '../../errors/pairstream-error.js';
import type { StateSnapshotHeader } from './state-snapshot-header.js';

/** Bytes in front of the payload of a chunk: its length, its kind and the CRC-32 of both and the payload, u32 little-endian each. */
export const CHUNK_HEAD_BYTES = 12;

/** Kind of the last chunk. Its payload is the CRC-32 of the whole file before it. */
export const END_CHUNK = 0xff_ff_ff_ff;

/** Small chunks are collected until they have this size. */
const WRITE_BYTES = 1 << 18;

/**
 * Writes a snapshot of the learned state. The file has a partial name until it is complete and on disk:
 *
 *   header   one line of JSON, readable with `head -1`
 *   chunks   head (CHUNK_HEAD_BYTES) and payload each
 *   end      a chunk of kind END_CHUNK
 *
 * Errors of the file system are OUTPUT_FAILED; the caller then calls `discard`.
 */
export class StateSnapshotWriter {
  private readonly path: string;
  private readonly file: FileHandle;
  private crc = 0;
  private waiting: Uint8Array[] = [];
  private waitingBytes = 0;

  private constructor(path: string, file: FileHandle) {
    this.path = path;
    this.file = file;
  }

  /** Creates `<path>.partial` with the header. @throws PairstreamError OUTPUT_FAILED */
  static async create(path: string, header: StateSnapshotHeader): Promise<StateSnapshotWriter> {
    const writer = await failing(
      path,
      async () => new StateSnapshotWriter(path, await open(`${path}.partial`, 'w')),
    );
    writer.collect(Buffer.from(`${JSON.stringify(header)}\n`));
    return writer;
  }

  /** Appends a chunk. The caller must not modify the payload until the next call resolves. @throws PairstreamError OUTPUT_FAILED */
  async write(kind: number, payload: Uint8Array): Promise<void> {
    this.collect(chunkHead(kind, payload));
    this.collect(payload);
    if (this.waitingBytes >= WRITE_BYTES) await this.flush();
  }

  /** Completes the file, syncs it and its folder, and gives it its final name. @throws PairstreamError OUTPUT_FAILED */
  async commit(): Promise<void> {
    const whole = Buffer.alloc(4);
    whole.writeUInt32LE(this.crc);
    await this.write(END_CHUNK, whole);
    await this.flush();
    await failing(this.path, async () => {
      await this.file.sync();
      await this.file.close();
      await rename(`${this.path}.partial`, this.path);
      await syncFolder(dirname(this.path));
    });
  }

  /** Removes the unfinished file, best effort. */
  async discard(): Promise<void> {
    await this.file.close().catch(() => undefined);
    await rm(`${this.path}.partial`, { force: true }).catch(() => undefined);
  }

  private collect(bytes: Uint8Array): void {
    this.crc = crc32(bytes, this.crc);
    this.waiting.push(bytes);
    this.waitingBytes += bytes.length;
  }

  private async flush(): Promise<void> {
    const bytes = Buffer.concat(this.waiting);
    this.waiting = [];
    this.waitingBytes = 0;
    await failing(this.path, async () => await this.file.writeFile(bytes));
  }
}

/** CRC-32 of a chunk. @param head with the length and the kind */
export function chunkCrc(head: Uint8Array, payload: Uint8Array): number {
  return crc32(payload, crc32(head.subarray(0, 8)));
}

function chunkHead(kind: number, payload: Uint8Array): Buffer {
  const head = Buffer.alloc(CHUNK_HEAD_BYTES);
  head.writeUInt32LE(payload.length, 0);
  head.writeUInt32LE(kind, 4);
  head.writeUInt32LE(chunkCrc(head, payload), 8);
  return head;
}

/** Makes renamed and removed files of a folder durable. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function failing<T>(path: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (cause) {
    const reason = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause);
    const problem = `snapshot ${path} cannot be written (${reason}), expected a writable folder with free space`;
    throw new PairstreamError('OUTPUT_FAILED', problem, { field: path, cause });
  }
}

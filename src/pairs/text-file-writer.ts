import { once } from 'node:events';
import { createWriteStream, type WriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import type { Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { createGzip } from 'node:zlib';

/**
 * Writes text to `<path>.partial`, gzipped when the path ends in .gz, and renames it to `path` on close, so that there
 * is never half a file at `path`.
 */
export class TextFileWriter {
  private failure: Error | undefined;

  private constructor(
    private readonly path: string,
    private readonly file: WriteStream,
    private readonly sink: Writable,
  ) {
    for (const stream of new Set([file, sink]))
      stream.on('error', (error: Error) => (this.failure ??= error));
  }

  /** @throws the system's error when the file cannot be created */
  static async open(path: string): Promise<TextFileWriter> {
    const file = createWriteStream(`${path}.partial`);
    await once(file, 'open');
    if (!path.endsWith('.gz')) return new TextFileWriter(path, file, file);
    const gzip = createGzip();
    gzip.pipe(file);
    return new TextFileWriter(path, file, gzip);
  }

  /** Writes a piece of text and waits while the disk is behind. */
  async write(text: string): Promise<void> {
    this.throwIfFailed();
    if (!this.sink.write(text)) await once(this.sink, 'drain');
  }

  /** Finishes the file and gives it its name. */
  async close(): Promise<void> {
    this.throwIfFailed();
    this.sink.end();
    await finished(this.file);
    await rename(`${this.path}.partial`, this.path);
  }

  /** Takes the unfinished file away. */
  async abort(): Promise<void> {
    this.sink.destroy();
    this.file.destroy();
    await rm(`${this.path}.partial`, { force: true });
  }

  private throwIfFailed(): void {
    if (this.failure !== undefined) throw this.failure;
  }
}

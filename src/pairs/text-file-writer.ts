import { once } from 'node:events';
import { pipeline } from 'node:stream/promises';
import { createGzip, type Gzip } from 'node:zlib';
import { PartialFile } from '../files/partial-file.js';

/**
 * Writes text to `<path>.partial`, gzipped when the path ends in .gz, and renames it to `path` on close, so that there
 * is never half a file at `path`. Every method throws PairstreamError OUTPUT_FAILED when the system refuses.
 */
export class TextFileWriter {
  private constructor(
    private readonly file: PartialFile,
    private readonly packer: GzipPacker | undefined,
  ) {}

  static async open(path: string): Promise<TextFileWriter> {
    const file = await PartialFile.open(path);
    return new TextFileWriter(file, path.toLowerCase().endsWith('.gz') ? new GzipPacker(file) : undefined);
  }

  /** Writes a piece of text and waits while the disk is behind; one call at a time. */
  async write(text: string): Promise<void> {
    await (this.packer ?? this.file).write(text);
  }

  /** Finishes the file and gives it its name. */
  async close(): Promise<void> {
    await this.packer?.end();
    await this.file.commit();
  }

  /** Takes the unfinished file away. */
  async abort(): Promise<void> {
    await this.packer?.cancel();
    await this.file.discard();
  }
}

/** Packs text on its way into a file. */
class GzipPacker {
  private readonly gzip: Gzip = createGzip();
  /** Settles when the last byte is in the file, or could not be written. */
  private readonly packed: Promise<void>;

  constructor(file: PartialFile) {
    this.packed = pipeline(this.gzip, async (chunks: AsyncIterable<Buffer>) => {
      for await (const chunk of chunks) await file.write(chunk);
    });
    // Heard by the next write or by end; until then it is no unhandled rejection.
    this.packed.catch(() => undefined);
  }

  async write(text: string): Promise<void> {
    // A file that fails destroys the gzip stream, which then never drains; `packed` says why.
    if (this.gzip.destroyed) await this.packed;
    if (!this.gzip.write(text)) await once(this.gzip, 'drain').catch(() => this.packed);
  }

  async end(): Promise<void> {
    this.gzip.end();
    await this.packed;
  }

  async cancel(): Promise<void> {
    this.gzip.destroy();
    await this.packed.catch(() => undefined);
  }
}

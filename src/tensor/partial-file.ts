import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { PairstreamError } from '../errors/pairstream-error.js';

/**
 * A file on its way to the disk: it is called `<path>.partial` until it is whole, so that there is never half a file at
 * `path`. What the system refuses (no such folder, no rights, no space) is a PairstreamError OUTPUT_FAILED.
 */
export class PartialFile {
  private constructor(
    private readonly path: string,
    private readonly file: FileHandle,
  ) {}

  /** Makes `<path>.partial`, in place of one that an earlier run left. @throws PairstreamError OUTPUT_FAILED */
  static async open(path: string): Promise<PartialFile> {
    return refusalOf(path, async () => new PartialFile(path, await open(partialPath(path), 'w')));
  }

  /**
   * Appends bytes, or text as UTF-8; the caller waits for one call before the next. The bytes are the caller's again once
   * the promise settles.
   * @throws PairstreamError OUTPUT_FAILED
   */
  async write(content: string | Uint8Array): Promise<void> {
    await refusalOf(this.path, () => this.file.writeFile(content));
  }

  /** Gives the file its name. @throws PairstreamError OUTPUT_FAILED; discard takes away what is left then */
  async commit(): Promise<void> {
    await refusalOf(this.path, async () => {
      await this.file.close();
      await rename(partialPath(this.path), this.path);
    });
  }

  /** Takes the unfinished file away; whatever is at `path` stays. @throws PairstreamError OUTPUT_FAILED */
  async discard(): Promise<void> {
    await refusalOf(this.path, async () => {
      await this.file.close();
      await rm(partialPath(this.path), { force: true });
    });
  }
}

function partialPath(path: string): string {
  return `${path}.partial`;
}

async function refusalOf<T>(path: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    const reason = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    const message = `${path}: cannot be written (${reason}), expected a folder that is there and has room`;
    throw new PairstreamError('OUTPUT_FAILED', message, { field: path, cause: error });
  }
}

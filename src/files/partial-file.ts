import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { outputFailed, reasonOf } from './output-failure.js';
import { findOutput, type OutputTarget } from './output-file.js';

/**
 * An output file that is called `<path>.partial` until it is complete, so `path` never holds an incomplete file. Devices,
 * FIFOs and descriptors are written directly. Symbolic links stay; their target is replaced. Errors of the file system (no
 * such folder, no permission, no space) are OUTPUT_FAILED.
 */
export class PartialFile {
  private constructor(
    private readonly path: string,
    private readonly target: OutputTarget,
    /** Undefined for the standard output, which belongs to the process. */
    private readonly file: FileHandle | undefined,
  ) {}

  /**
   * Creates `<path>.partial`, and replaces a partial file of an earlier run. Waits for the reader of a FIFO.
   * @throws PairstreamError OUTPUT_FAILED
   */
  static async open(path: string): Promise<PartialFile> {
    const target = findOutput(path);
    return refusalOf(path, async () => new PartialFile(path, target, await openTarget(target)));
  }

  /**
   * Appends bytes, or text as UTF-8. The caller must await one call before the next, and must not modify the bytes until
   * the promise settles.
   * @throws PairstreamError OUTPUT_FAILED
   */
  async write(content: string | Uint8Array): Promise<void> {
    await refusalOf(this.path, () =>
      this.file === undefined ? writeToStdout(content) : this.file.writeFile(content),
    );
  }

  /**
   * Syncs the file to disk and renames it to its final name.
   * @throws PairstreamError OUTPUT_FAILED; the caller then removes the partial file with `discard`
   */
  async commit(): Promise<void> {
    const { target, file } = this;
    await refusalOf(this.path, async () => {
      // Without the sync, a crash of the machine could leave an empty file under the final name.
      if (target.kind === 'renamed') await file?.sync();
      await file?.close();
      if (target.kind === 'renamed') await rename(target.partial, target.final);
    });
  }

  /** Removes the unfinished file; an earlier file at `path` stays. @throws PairstreamError OUTPUT_FAILED */
  async discard(): Promise<void> {
    const { target, file } = this;
    await refusalOf(this.path, async () => {
      await file?.close();
      if (target.kind === 'renamed') await rm(target.partial, { force: true });
    });
  }
}

async function openTarget(target: OutputTarget): Promise<FileHandle | undefined> {
  if (target.kind === 'stdout') return undefined;
  // A descriptor may be a file with content, so bytes are appended.
  return target.kind === 'through' ? open(target.path, 'a') : open(target.partial, 'w');
}

function writeToStdout(content: string | Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    process.stdout.write(content, (error) => (error instanceof Error ? reject(error) : resolve()));
  });
}

async function refusalOf<T>(path: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    const problem = `cannot be written (${reasonOf(error)}), expected an existing folder with free space`;
    throw outputFailed(path, problem, error);
  }
}

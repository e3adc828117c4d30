import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { outputFailed, reasonOf } from './output-failure.js';
import { findOutput, type OutputTarget } from './output-file.js';

/**
 * A file on its way to the disk: it is called `<path>.partial` until it is whole, so that there is never half a file at
 * `path`. Devices, FIFOs and descriptors are written directly and stay what they are; symbolic links stay, and the file
 * they lead to is replaced. A refusal of the system (no such folder, no rights, no space) is OUTPUT_FAILED.
 */
export class PartialFile {
  private constructor(
    private readonly path: string,
    private readonly target: OutputTarget,
    /** Undefined for the standard output, which belongs to the process. */
    private readonly file: FileHandle | undefined,
  ) {}

  /**
   * Makes `<path>.partial`, in place of one that an earlier run left; waits for the reader of a FIFO.
   * @throws PairstreamError OUTPUT_FAILED
   */
  static async open(path: string): Promise<PartialFile> {
    const target = findOutput(path);
    return refusalOf(path, async () => new PartialFile(path, target, await openTarget(target)));
  }

  /**
   * Appends bytes, or text as UTF-8; the caller waits for one call before the next. The bytes are the caller's again once
   * the promise settles.
   * @throws PairstreamError OUTPUT_FAILED
   */
  async write(content: string | Uint8Array): Promise<void> {
    await refusalOf(this.path, () =>
      this.file === undefined ? writeToStdout(content) : this.file.writeFile(content),
    );
  }

  /**
   * Brings the bytes to the disk and gives the file its name.
   * @throws PairstreamError OUTPUT_FAILED; discard removes the partial file then
   */
  async commit(): Promise<void> {
    const { target, file } = this;
    await refusalOf(this.path, async () => {
      // Without the sync a crash of the machine could leave an empty file under the final name.
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
  // A descriptor may be a file that its owner has written to already.
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
    const problem = `cannot be written (${reasonOf(error)}), expected a folder that is there and has room`;
    throw outputFailed(path, problem, error);
  }
}

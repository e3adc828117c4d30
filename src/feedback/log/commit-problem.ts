import type { PairstreamError } from '../../errors/pairstream-error.js';
import { reasonOf, unavailable } from './log-errors.js';

/** Errors of the disk after which the same file can take other bytes later. LMDB has undone the transaction. */
const FULL = /no space|file too large|quota/i;

/** True if a commit failed because no bytes could be added, false if the state of the file is unknown. */
export function isDiskFull(error: unknown): boolean {
  return error instanceof Error && FULL.test(error.message);
}

/** Names the reason of a failed commit. lmdb-js rejects with a general error that holds a promise of the actual one. */
export async function commitProblem(folder: string, error: unknown): Promise<PairstreamError> {
  let cause = error;
  if (error instanceof Error && 'commitError' in error)
    cause = await Promise.resolve(error.commitError).catch((actual: unknown) => actual);
  return unavailable(folder, `events could not be written (${reasonOf(cause)})`, cause);
}

/** Deadline of a commit, milliseconds. lmdb-js never settles the promise of a transaction that it cannot begin. */
const COMMIT_TIMEOUT_MS = 60_000;

/** Waits for a commit. @throws Error after the deadline */
export async function withDeadline(commit: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const passed = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new Error(`the disk did not answer within ${COMMIT_TIMEOUT_MS / 1_000} s`)),
      COMMIT_TIMEOUT_MS,
    );
  });
  await Promise.race([commit, passed]).finally(() => clearTimeout(timer));
}

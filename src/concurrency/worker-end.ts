import { inspect } from 'node:util';
import type { Worker } from 'node:worker_threads';

/** How a Worker ended. */
export interface WorkerEnd {
  /** Error that the thread did not catch; undefined if the thread exited or was terminated. */
  readonly error: unknown;
  /** Message of the error, or the exit code: one clause for a log line. */
  readonly reason: string;
}

/**
 * Waits until a Worker has ended. A Worker whose errors nobody listens to ends the process: call this in the turn of the event loop
 * that starts the Worker.
 * @param settle called once, before `terminate()` resolves for its callers: what it fails or frees, no caller finds as before
 * @returns the result of `settle`; rejects only if `settle` throws
 */
export async function workerEnd<T>(worker: Worker, settle: (end: WorkerEnd) => T): Promise<T> {
  let error: unknown;
  worker.on('error', (uncaught: unknown) => {
    error = uncaught;
  });
  return await new Promise<T>((resolve, reject) => {
    worker.once('exit', (exitCode) => {
      try {
        resolve(settle({ error, reason: reasonOf(error, exitCode) }));
      } catch (failure) {
        reject(failure);
      }
    });
  });
}

function reasonOf(error: unknown, exitCode: number): string {
  if (error === undefined) return `exit code ${exitCode}`;
  return error instanceof Error ? error.message : inspect(error);
}

import { once } from 'node:events';
import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import { PairstreamError } from '../errors/pairstream-error.js';
import { type PostedSnapshot, receiveSnapshot } from './posted-snapshot.js';
import type { ReadStatistics } from './snapshot-file.js';

/** Message of snapshot-loader.ts: the snapshot, or the problem of the file. */
export type SnapshotMessage =
  | PostedSnapshot
  | { readonly problem: string; readonly field: string | undefined };

/**
 * Begins to read a snapshot on a thread of its own, for a caller that does other work meanwhile.
 * @returns the snapshot; rejects as `readSnapshot` throws
 */
export function beginSnapshot(path: string): Promise<ReadStatistics> {
  // Beside this file: compiled in the package, TypeScript in the repository.
  const file = new URL(`snapshot-loader${extname(import.meta.filename)}`, import.meta.url);
  const snapshot = takeSnapshot(new Worker(file, { workerData: path }));
  // The caller may await the promise later.
  snapshot.catch(() => undefined);
  return snapshot;
}

async function takeSnapshot(thread: Worker): Promise<ReadStatistics> {
  const [message]: SnapshotMessage[] = await once(thread, 'message');
  if ('problem' in message!) {
    const { problem, field } = message;
    throw new PairstreamError('INVALID_SNAPSHOT', problem, field === undefined ? {} : { field });
  }
  return receiveSnapshot(message!);
}

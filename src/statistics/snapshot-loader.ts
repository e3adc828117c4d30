// Thread of beginSnapshot.
import { parentPort, workerData } from 'node:worker_threads';
import { z } from 'zod';
import { PairstreamError } from '../errors/pairstream-error.js';
import { postSnapshot } from './posted-snapshot.js';
import { readSnapshot } from './snapshot-file.js';
import type { SnapshotMessage } from './snapshot-thread.js';

// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a port between threads, not a window
parentPort!.postMessage(read(z.string().parse(workerData)));

function read(path: string): SnapshotMessage {
  try {
    return postSnapshot(readSnapshot(path));
  } catch (error) {
    const { code, message, field } = PairstreamError.from(error);
    if (code !== 'INVALID_SNAPSHOT') throw error;
    return { problem: message, field };
  }
}

// Loaded by `node --import`: a worker thread of a gateway crashes when the file `$CRASH_FILE-<index of the worker>` appears, and does
// not start while the file `$CRASH_FILE-<index of the worker>-hold` exists.
import { existsSync, rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { workerData } from 'node:worker_threads';

const POLL_MS = 20;
const { seat } = workerData ?? {};
if (seat !== undefined) {
  const file = `${process.env['CRASH_FILE']}-${seat.index}`;
  while (existsSync(`${file}-hold`)) await sleep(POLL_MS);
  setInterval(() => {
    if (!existsSync(file)) return;
    rmSync(file);
    throw new Error('crashed for a test');
  }, POLL_MS).unref();
}

// Loaded by `node --import`. Files steer a worker thread of a gateway, by the index of the worker:
// - `$CRASH_FILE-<index>`: the thread crashes.
// - `$CRASH_FILE-<index>-hold`: while it exists, the thread does not start.
// - `$CRASH_FILE-<index>-block`: the event loop stands still for as many milliseconds as the file says; Infinity: for ever.
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { workerData } from 'node:worker_threads';

const POLL_MS = 20;
const { seat } = workerData ?? {};
if (seat !== undefined) {
  const file = `${process.env['CRASH_FILE']}-${seat.index}`;
  while (existsSync(`${file}-hold`)) await sleep(POLL_MS);
  setInterval(() => {
    if (existsSync(`${file}-block`)) block(`${file}-block`);
    if (!existsSync(file)) return;
    rmSync(file);
    throw new Error('crashed for a test');
  }, POLL_MS).unref();
}

function block(path) {
  const until = performance.now() + Number(readFileSync(path, 'utf8'));
  rmSync(path);
  while (performance.now() < until);
}

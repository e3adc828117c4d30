// Loaded by `node --import` into every thread of a gateway; records the turns of the event loop of its worker threads. The query
// `file` names the file that gets the records; the index of the worker is added.
import { openSync, writeSync } from 'node:fs';
import { workerData } from 'node:worker_threads';
import { z } from 'zod';
import { RECORD_FIELDS, TICK_MS } from './block-records.js';

/** Records that are written at once: a write takes longer than a tick. */
const RECORDS_PER_WRITE = 200;
const US_PER_MS = 1_000;

function cpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / US_PER_MS;
}

function recordTurns(path: string): void {
  const file = openSync(path, 'a');
  const records = new Float64Array(RECORDS_PER_WRITE * RECORD_FIELDS);
  let length = 0;
  let last = { wallMs: performance.now(), cpuMs: cpuMs() };
  const tick = (): void => {
    const wallMs = performance.now();
    records.set([performance.timeOrigin + wallMs, wallMs - last.wallMs, cpuMs() - last.cpuMs], length);
    length += RECORD_FIELDS;
    if (length === records.length) {
      writeSync(file, records);
      length = 0;
    }
    last = { wallMs: performance.now(), cpuMs: cpuMs() };
  };
  setInterval(tick, TICK_MS).unref();
}

const start = z.object({ seat: z.object({ index: z.int() }) }).safeParse(workerData);
const path = new URL(import.meta.url).searchParams.get('file');
if (start.success && path !== null) recordTurns(`${path}-${start.data.seat.index}`);

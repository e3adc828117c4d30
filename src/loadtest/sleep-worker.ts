// Thread of PreciseClock: sleeps for each number of milliseconds that it is sent, and says when the time has passed.
import { parentPort } from 'node:worker_threads';
import { z } from 'zod';

const neverNotified = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));

function reply(message: string): void {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a port between threads, not a window
  parentPort?.postMessage(message);
}

parentPort?.on('message', (ms: unknown) => {
  Atomics.wait(neverNotified, 0, 0, z.number().parse(ms));
  reply('awake');
});
reply('ready');

import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { expect, it } from 'vitest';
import { workerEnd, type WorkerEnd } from './worker-end.js';

it.each([
  { name: 'throws', code: 'throw new RangeError("too far")', reason: 'too far' },
  { name: 'throws what is no Error', code: 'throw "lost"', reason: "'lost'" },
  { name: 'exits', code: 'process.exit(3)', reason: 'exit code 3' },
  { name: 'returns', code: '', reason: 'exit code 0' },
])('tells why a thread ended that $name', async ({ code, reason }) => {
  const end = await workerEnd(new Worker(code, { eval: true }), (how) => how);
  expect(end.reason).toBe(reason);
  expect(end.error === undefined).toBe(reason.startsWith('exit code'));
});

it('tells that a thread was terminated, before those who terminate it go on', async () => {
  const worker = new Worker('for (;;);', { eval: true });
  let end: WorkerEnd | undefined;
  const ended = workerEnd(worker, (how) => {
    end = how;
  });
  await once(worker, 'online');
  await worker.terminate();
  expect(end).toEqual({ error: undefined, reason: 'exit code 1' });
  await ended;
});

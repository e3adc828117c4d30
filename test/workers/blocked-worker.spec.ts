import { PairstreamClient } from '@pairstream/client';
import { expect, it } from 'vitest';
import { exampleRows, requestOf } from '../support/requests/example-rows.js';
import { ThreadedGateway } from '../support/workers/threaded-gateway.js';

const WORKER_COUNT = 2;
const RUN_MS = 240_000;
const PATIENCE = { timeout: 120_000, interval: 50 };
/** gRPC status of a call whose connection was lost. */
const UNAVAILABLE = 14;

/** A stream of each worker with one answer so far, and the next read of each. */
async function openStreams(clients: readonly PairstreamClient[]): Promise<Promise<unknown>[]> {
  const request = requestOf(await exampleRows(1));
  const open = Promise.withResolvers<never>();
  async function* endless() {
    yield request;
    await open.promise;
  }
  const streams = clients.map((client) => client.predictStream(endless()));
  await Promise.all(streams.map((stream) => stream.next()));
  return streams.map((stream) => stream.next().catch((error: unknown) => error));
}

it('replaces a worker thread whose event loop stands still', { timeout: RUN_MS }, async () => {
  await using gateway = await ThreadedGateway.start(WORKER_COUNT, { PAIRSTREAM_MAX_WORKER_BLOCK_MS: '3000' });
  const clients = await gateway.clientOfEach(WORKER_COUNT);
  const reads = await openStreams(clients);
  await gateway.block(1, Infinity);
  expect(await reads[1]).toMatchObject({ code: UNAVAILABLE });
  expect((await clients[0]!.predict(requestOf(await exampleRows(10)))).rung).toBe('full');
  await expect.poll(() => gateway.metric('pairstream_worker_restarts_total'), PATIENCE).toBe(1);
  expect(await gateway.metric('pairstream_blocked_workers_total')).toBe(1);
  const lines = gateway.command
    .stderr()
    .split('\n')
    .filter((line) => line.includes('its event loop stood still for more than 3000 ms'));
  expect(lines).toEqual([expect.stringContaining('another worker thread takes its place')]);
  for (const client of clients) client.close();
  const fresh = await gateway.clientOfEach(WORKER_COUNT);
  expect((await fresh[1]!.predict(requestOf(await exampleRows(10)))).rung).toBe('full');
  for (const client of fresh) client.close();
});

it('without a maximum: tells the longest block, and still ends at SIGTERM', { timeout: RUN_MS }, async () => {
  await using gateway = await ThreadedGateway.start(WORKER_COUNT, {
    PAIRSTREAM_MAX_WORKER_BLOCK_MS: '0',
    PAIRSTREAM_DRAIN_TIMEOUT_MS: '500',
  });
  await gateway.block(0, 1_500);
  const longest = (): Promise<number> => gateway.metric('pairstream_longest_block_seconds{worker="0"}');
  await expect.poll(longest, PATIENCE).toBeGreaterThanOrEqual(1.4);
  await gateway.block(1, Infinity);
  expect((await gateway.admin.get('/readyz')).status).toBe(200);
  gateway.command.process.kill('SIGTERM');
  expect((await gateway.command.finished).exitCode).toBe(0);
  expect(await gateway.command.finished).not.toMatchObject({ stderr: expect.stringContaining('crashed') });
});

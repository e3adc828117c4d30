import { PairstreamClient, ServerError } from '@pairstream/client';
import { expect, it } from 'vitest';
import { reservePort } from '../../src/gateway/grpc/server/reserve-port.js';
import { servingAddress } from '../support/gateway/serve-log.js';
import { TWO_MODELS } from '../support/pipelines/cut-pipeline.js';
import { startCommand } from '../support/processes/cli-process.js';
import { exampleRows, requestOf } from '../support/requests/example-rows.js';
import { ThreadedGateway } from '../support/workers/threaded-gateway.js';

const WORKER_COUNT = 2;
const RUN_MS = 240_000;
const PATIENCE = { timeout: 120_000, interval: 1 };
const PAIR_COUNT = 60;
const MAX_PAIRS = 100;

it('two worker threads reach the bound on pairs in flight together', { timeout: RUN_MS }, async () => {
  await using gateway = await ThreadedGateway.start(WORKER_COUNT, {
    PAIRSTREAM_PIPELINE: TWO_MODELS,
    PAIRSTREAM_MAX_PAIRS_PER_MESSAGE: String(MAX_PAIRS),
    PAIRSTREAM_MAX_IN_FLIGHT_PAIRS: String(MAX_PAIRS),
  });
  const clients = await gateway.clientOfEach(WORKER_COUNT);
  const request = requestOf(await exampleRows(PAIR_COUNT));
  // No thread has more than 60 pairs in flight: a refusal is of both.
  const refusal = await expect
    .poll(async () => {
      const outcomes = await Promise.all(
        clients.map((client) => client.predict(request).catch((error: unknown) => error)),
      );
      return outcomes.find((outcome) => outcome instanceof ServerError);
    }, PATIENCE)
    .toMatchObject({ reason: 'BUSY', message: expect.stringContaining(`at most ${MAX_PAIRS}`) })
    .then(() => gateway.metric('pairstream_refused_messages_total{reason="in_flight"}'));
  expect(refusal).toBeGreaterThan(0);
  expect(await gateway.metric('pairstream_in_flight_pairs')).toBe(0);
  for (const client of clients) client.close();
});

async function freePort(): Promise<number> {
  using reservation = await reservePort({ host: '127.0.0.1', port: 0 });
  return reservation.port;
}

it('of two gateways that start at once on one port, one serves', { timeout: RUN_MS }, async () => {
  const port = await freePort();
  const environment = {
    PAIRSTREAM_WORKERS: String(WORKER_COUNT),
    PAIRSTREAM_PIPELINE: TWO_MODELS,
    PAIRSTREAM_GRPC_PORT: String(port),
    PAIRSTREAM_ADMIN_PORT: '0',
    PAIRSTREAM_LOG_LEVEL: 'info',
  };
  const gateways = [1, 2].map(() => startCommand(['serve'], environment));
  const client = new PairstreamClient({ target: `127.0.0.1:${port}` });
  const loser = await Promise.race(gateways.map((gateway) => gateway.finished));
  expect(loser.exitCode).not.toBe(0);
  expect(loser.stderr).toContain(
    `port ${port} of 127.0.0.1 is in use; set PAIRSTREAM_GRPC_PORT to a free port`,
  );
  const addresses = (): unknown[] => gateways.map((gateway) => servingAddress(gateway.stderr()));
  await expect.poll(addresses, PATIENCE).toContain(`127.0.0.1:${port}`);
  expect((await client.predict(requestOf(await exampleRows(1)))).rung).not.toBe('');
  client.close();
  for (const gateway of gateways) gateway.process.kill('SIGTERM');
  const exitCodes = await Promise.all(gateways.map(async ({ finished }) => (await finished).exitCode));
  expect(exitCodes.filter((code) => code === 0)).toHaveLength(1);
});

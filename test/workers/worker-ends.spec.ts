import { closeSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { eventsOf, sendFeedback, tokensOf } from '../support/feedback/learning-gateway.js';
import { StateFolder } from '../support/feedback/state-folder.js';
import { TWO_MODELS } from '../support/pipelines/cut-pipeline.js';
import { startCommand } from '../support/processes/cli-process.js';
import { exampleRows, requestOf } from '../support/requests/example-rows.js';
import { ThreadedGateway } from '../support/workers/threaded-gateway.js';

const WORKER_COUNT = 2;
const RUN_MS = 240_000;
const HEADER_PAGES_BYTES = 8_192;
const PIPELINE = { PAIRSTREAM_PIPELINE: TWO_MODELS };

it(
  'a worker thread that crashes while the gateway drains does not keep it',
  { timeout: RUN_MS },
  async () => {
    await using gateway = await ThreadedGateway.start(WORKER_COUNT, {
      ...PIPELINE,
      PAIRSTREAM_DRAIN_TIMEOUT_MS: '600000',
    });
    const clients = await gateway.clientOfEach(WORKER_COUNT);
    const request = requestOf(await exampleRows(1));
    const open = Promise.withResolvers<never>();
    async function* endless() {
      yield request;
      await open.promise;
    }
    // A stream whose caller reads nothing more keeps its worker from ending the drain.
    const streams = clients.map((client) => client.predictStream(endless()));
    await Promise.all(streams.map((stream) => stream.next()));
    gateway.command.process.kill('SIGTERM');
    gateway.crash(0);
    gateway.crash(1);
    for (const client of clients) client.close();
    expect((await gateway.command.finished).exitCode).toBe(0);
  },
);

it('with a damaged event log, the start ends with what to do', { timeout: RUN_MS }, async () => {
  using state = new StateFolder();
  const environment = { ...PIPELINE, PAIRSTREAM_STATE_DIR: state.path };
  {
    await using gateway = await ThreadedGateway.start(WORKER_COUNT, environment);
    const [client, other] = await gateway.clientOfEach(WORKER_COUNT);
    const rows = await exampleRows(20);
    const [outcome] = await sendFeedback(client!, eventsOf(await tokensOf(other!, rows), rows));
    expect(outcome?.acceptedCount).toBeGreaterThan(0);
    client!.close();
    other!.close();
  }
  const log = openSync(join(state.path, 'log', 'data.mdb'), 'r+');
  writeSync(log, new Uint8Array(HEADER_PAGES_BYTES), 0, HEADER_PAGES_BYTES, 0);
  closeSync(log);
  const { exitCode, stderr } = await startCommand(['serve'], {
    ...environment,
    PAIRSTREAM_WORKERS: String(WORKER_COUNT),
    PAIRSTREAM_GRPC_PORT: '0',
    PAIRSTREAM_ADMIN_PORT: '0',
  }).finished;
  expect(exitCode).not.toBe(0);
  expect(stderr).toContain('EVENT_LOG_DAMAGED');
  expect(stderr).toContain('pairstream salvage-log');
});

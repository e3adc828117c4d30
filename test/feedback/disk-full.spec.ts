import { statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { PairstreamClient } from '@pairstream/client';
import { FileSizeLimit } from '../support/disks/file-size-limit.js';
import { SmallDisk } from '../support/disks/small-disk.js';
import { EventStream } from '../support/feedback/event-stream.js';
import { eventsOf, startLearningGateway, tokensOf } from '../support/feedback/learning-gateway.js';
import { StateFolder } from '../support/feedback/state-folder.js';
import { AdminCalls } from '../support/gateway/admin-calls.js';
import { servingAddress } from '../support/gateway/serve-log.js';
import { TWO_MODELS } from '../support/pipelines/cut-pipeline.js';
import { startCommand } from '../support/processes/cli-process.js';
import { exampleRows, requestOf } from '../support/requests/example-rows.js';

const RUN_MS = 300_000;
const EVENTS_PER_REQUEST = 50;
const ROW_COUNT = 3_000;
const rows = await exampleRows(ROW_COUNT);
const pairCount = new Set(rows.map(({ tweetId, reader }) => `${tweetId} ${reader.id}`)).size;

/** Impressions of the rows, as a stream of requests. */
async function impressions(client: PairstreamClient): Promise<EventStream> {
  const tokens = await tokensOf(client, rows);
  const requests = Array.from({ length: ROW_COUNT / EVENTS_PER_REQUEST }, (_, i) => {
    const from = i * EVENTS_PER_REQUEST;
    const to = from + EVENTS_PER_REQUEST;
    return eventsOf(tokens.slice(from, to), rows.slice(from, to));
  });
  return new EventStream(client, requests);
}

async function expectPrediction(client: PairstreamClient): Promise<void> {
  const { like } = await client.predict(requestOf(rows.slice(0, 10)));
  expect(like.every((probability) => probability > 0 && probability < 1)).toBe(true);
}

it(
  'a full disk refuses feedback with a delay, predictions go on, and learning continues by itself when there is room',
  async (context) => {
    const disk = SmallDisk.mount(context, 128);
    const stateDir = join(disk.path, 'state');
    let gateway = await startLearningGateway(stateDir, { snapshotIntervalS: 1 });
    onTestFinished(() => gateway[Symbol.asyncDispose]());
    const { client } = gateway;
    const admin = new AdminCalls(gateway.adminUrl);
    const stream = await impressions(client);
    await stream.send(0, 20);
    expect(stream.refusals).toEqual([]);

    disk.fill(0);
    const sent = stream.send(20);
    await expect.poll(() => stream.refusals.length, { timeout: RUN_MS }).toBeGreaterThan(2);
    await expectPrediction(client);
    for (const refusal of stream.refusals)
      expect(refusal).toMatchObject({
        reason: 'EVENT_LOG_UNAVAILABLE',
        message: expect.stringContaining('the disk is full'),
        retryAfterMs: expect.any(Number),
      });
    const learning = (): Promise<{ failedSnapshotCount: number; snapshotCount: number; problem: unknown }> =>
      admin.get('/admin/v1/learning').then(({ json }) => json as never);
    await expect
      .poll(async () => (await learning()).failedSnapshotCount, { timeout: RUN_MS })
      .toBeGreaterThan(0);
    const { snapshotCount } = await learning();

    disk.clear();
    await sent;
    await expect
      .poll(async () => (await learning()).snapshotCount, { timeout: RUN_MS })
      .toBeGreaterThan(snapshotCount);
    expect(await learning()).toMatchObject({ appliedCount: pairCount, problem: null, restartCount: 0 });
    expect(stream).toMatchObject({ acceptedCount: pairCount, duplicateCount: ROW_COUNT - pairCount });

    await gateway[Symbol.asyncDispose]();
    gateway = await startLearningGateway(stateDir);
    expect((await gateway.client.getServerInfo()).feedback.appliedCount).toBe(pairCount);
  },
  RUN_MS,
);

it(
  'a full disk while a snapshot is written costs the snapshot alone: feedback is taken, and the next snapshot is written',
  async (context) => {
    const disk = SmallDisk.mount(context, 128);
    const gateway = await startLearningGateway(join(disk.path, 'state'));
    onTestFinished(() => gateway[Symbol.asyncDispose]());
    const admin = new AdminCalls(gateway.adminUrl);
    const stream = await impressions(gateway.client);
    await stream.send(0, 1);
    // Room for the events of the test, and for a part of the snapshot.
    disk.fill(8);
    expect(await admin.post('/admin/v1/learning/snapshot')).toMatchObject({
      status: 500,
      json: { code: 'OUTPUT_FAILED' },
    });
    await stream.send(1);
    expect(stream).toMatchObject({ acceptedCount: pairCount, refusals: [] });
    disk.clear();
    expect(await admin.post('/admin/v1/learning/snapshot')).toMatchObject({
      status: 200,
      json: { eventsBehindCount: 0, snapshotCount: 1 },
    });
  },
  RUN_MS,
);

it(
  'a log whose commits fail in the middle (limit of the file size) loses no acknowledged event and recovers by itself',
  async (context) => {
    using state = new StateFolder();
    const command = startCommand(['serve'], {
      PAIRSTREAM_STATE_DIR: state.path,
      PAIRSTREAM_GRPC_PORT: '0',
      PAIRSTREAM_ADMIN_PORT: '0',
      PAIRSTREAM_LOG_LEVEL: 'info',
      PAIRSTREAM_PIPELINE: TWO_MODELS,
      PAIRSTREAM_SNAPSHOT_INTERVAL_S: '1',
    });
    onTestFinished(() => void command.process.kill('SIGKILL'));
    await expect.poll(() => servingAddress(command.stderr()), { timeout: RUN_MS }).toBeDefined();
    const client = new PairstreamClient({ target: servingAddress(command.stderr())! });
    onTestFinished(() => client.close());
    const limit = new FileSizeLimit(context, command.process.pid!);
    const stream = await impressions(client);
    await stream.send(0, 5);

    limit.set(statSync(join(state.path, 'log/data.mdb')).size + 10_000);
    const sent = stream.send(5);
    await expect.poll(() => stream.refusals.length, { timeout: RUN_MS }).toBeGreaterThan(2);
    await expectPrediction(client);
    for (const refusal of stream.refusals)
      expect(refusal).toMatchObject({
        reason: 'EVENT_LOG_UNAVAILABLE',
        message: expect.stringMatching(/File too large|Input\/output error|starts? anew/),
        retryAfterMs: expect.any(Number),
      });

    limit.remove();
    await sent;
    // An event of a failed commit may be in the log: the event is a duplicate then.
    expect(stream.acceptedCount + stream.duplicateCount).toBe(ROW_COUNT);
    expect((await client.getServerInfo()).feedback.appliedCount).toBe(pairCount);
    command.process.kill('SIGTERM');
    expect((await command.finished).exitCode).toBe(0);
  },
  RUN_MS,
);

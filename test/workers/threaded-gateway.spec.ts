import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PairstreamClient, type ServerError } from '@pairstream/client';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import {
  changedFeatures,
  eventsOf,
  featuresOf,
  sendFeedback,
  tokensOf,
} from '../support/feedback/learning-gateway.js';
import { EXAMPLE_FILE } from '../support/gateway/test-gateway.js';
import { runCommand } from '../support/processes/cli-process.js';
import { exampleRows, requestOf } from '../support/requests/example-rows.js';
import { ThreadedGateway } from '../support/workers/threaded-gateway.js';

const WORKER_COUNT = 2;
const START_MS = 180_000;
const PATIENCE = { timeout: 150_000, interval: 50 };
const ROW_COUNT = 50;
/** gRPC status of a call whose connection was lost. */
const UNAVAILABLE = 14;

const folder = mkdtempSync(join(tmpdir(), 'pairstream-threads-'));
const stateDir = join(folder, 'state');
let gateway: ThreadedGateway;
let clients: PairstreamClient[];

beforeAll(async () => {
  gateway = await ThreadedGateway.start(WORKER_COUNT, {
    PAIRSTREAM_STATE_DIR: stateDir,
    PAIRSTREAM_ONNX_THREADS: '1',
    PAIRSTREAM_FEATURE_LOG_DIR: join(folder, 'features'),
    PAIRSTREAM_FEATURE_LOG_ONE_IN: '1',
  });
  clients = await gateway.clientOfEach(WORKER_COUNT);
}, START_MS);
afterAll(async () => {
  for (const client of clients) client.close();
  await gateway[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
}, START_MS);

/** The clients, with a new one of a worker. */
async function renewed(worker: number): Promise<PairstreamClient[]> {
  const fresh = await gateway.clientOfEach(WORKER_COUNT);
  return fresh.map((client, index) => {
    if (index === worker) return client;
    client.close();
    return clients[index]!;
  });
}

async function score(name: string, target: readonly string[]): Promise<string> {
  const out = join(folder, `${name}.csv`);
  const { exitCode, stderr } = await runCommand(['score', '--in', EXAMPLE_FILE, '--out', out, ...target], {
    PAIRSTREAM_ONNX_THREADS: '1',
  });
  expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 });
  return readFileSync(out, 'utf8');
}

describe(`a gateway with ${WORKER_COUNT} worker threads`, () => {
  it('answers as a gateway with one thread, bit for bit', { timeout: START_MS }, async () => {
    const [threaded, alone] = await Promise.all([
      score('threaded', ['--target', gateway.target]),
      score('alone', []),
    ]);
    expect(threaded === alone).toBe(true);
  });

  it('tells its release and threads on every connection', async () => {
    const infos = await Promise.all(clients.map((client) => client.getServerInfo()));
    expect(infos.map(({ workerIndex, workerCount }) => [workerIndex, workerCount])).toEqual([
      [0, WORKER_COUNT],
      [1, WORKER_COUNT],
    ]);
    const { json } = await gateway.admin.get('/admin/v1/info');
    expect(json).toMatchObject({ isReady: true, backend: 'embedded', release: { id: infos[0]?.releaseId } });
  });

  it('adds up the metrics of its threads', async () => {
    const before = await gateway.metric('pairstream_pairs_total');
    const request = requestOf(await exampleRows(ROW_COUNT));
    for (const client of clients) await client.predict(request);
    expect(await gateway.metric('pairstream_pairs_total')).toBe(before + WORKER_COUNT * ROW_COUNT);
    expect(await gateway.metric('pairstream_in_flight_pairs_limit')).toBe(200_000);
    expect(await gateway.metric('pairstream_workers')).toBe(WORKER_COUNT);
    expect(await gateway.metric('process_start_time_seconds')).toBeGreaterThan(0);
  });

  it('learns on every thread what one thread is told', async () => {
    const rows = await exampleRows(ROW_COUNT);
    const asOfS = Math.max(...rows.map(({ tweetCreatedAtS }) => tweetCreatedAtS)) + 60;
    const before = await Promise.all(clients.map((client) => featuresOf(client, rows, asOfS)));
    const [first, second] = clients;
    const [outcome] = await sendFeedback(first!, eventsOf(await tokensOf(second!, rows), rows));
    expect(outcome?.acceptedCount).toBeGreaterThan(0);
    const after = await Promise.all(clients.map((client) => featuresOf(client, rows, asOfS)));
    const changed = before.map((features, i) => changedFeatures(features, after[i]!));
    expect(changed[0]?.length).toBeGreaterThan(10);
    expect(changed[1]).toEqual(changed[0]);
    const { feedback } = await second!.getServerInfo();
    expect(feedback.appliedCount).toBe(outcome?.acceptedCount);
  });

  it('finds a prediction that another thread remembers', async () => {
    const rows = (await exampleRows(2 * ROW_COUNT)).slice(ROW_COUNT);
    const { predictionId } = await clients[0]!.predict({
      ...requestOf(rows),
      options: { feedback: { remember: true } },
    });
    const timeS = [rows[0]!.tweetCreatedAtS];
    const answer = { predictionId: predictionId!, pairIndex: [0], kind: ['IMPRESSION' as const], timeS };
    const [outcome] = await sendFeedback(clients[1]!, answer);
    expect(outcome).toMatchObject({ acceptedCount: 1 });
    const unknown = sendFeedback(clients[1]!, { ...answer, predictionId: new Uint8Array(16) });
    await expect(unknown).resolves.toMatchObject([{ acceptedCount: 0 }]);
  });

  it('lists and closes the streams of all threads', async () => {
    const gates = clients.map(() => Promise.withResolvers<never>());
    const calls = clients.map((client, i) =>
      Array.fromAsync(
        client.predictStream(
          (async function* requests() {
            yield requestOf(await exampleRows(1));
            await gates[i]!.promise;
          })(),
        ),
      ).catch((error: unknown) => error),
    );
    const list = async (): Promise<{ streams: { id: number }[] }> =>
      (await gateway.admin.get('/admin/v1/streams')).json as { streams: { id: number }[] };
    await expect.poll(async () => (await list()).streams.length, PATIENCE).toBe(WORKER_COUNT);
    for (const { id } of (await list()).streams)
      expect((await gateway.admin.post(`/admin/v1/streams/${id}/close`)).status).toBe(200);
    for (const ended of await Promise.all(calls)) expect((ended as ServerError).reason).toBe('STREAM_CLOSED');
    expect((await gateway.admin.post('/admin/v1/streams/1000001/close')).status).toBe(404);
  });

  it('is called on every thread by one client, also after a thread has crashed', async () => {
    const request = requestOf(await exampleRows(ROW_COUNT));
    const connectionCount = (): Promise<number> => gateway.metric('pairstream_grpc_connections');
    const others = await connectionCount();
    const client = new PairstreamClient({ target: gateway.target });
    onTestFinished(() => client.close());
    await client.predict(request);
    await expect.poll(connectionCount, PATIENCE).toBe(others + WORKER_COUNT);

    const restarts = await gateway.metric('pairstream_worker_restarts_total');
    gateway.crash(0);
    await expect.poll(() => gateway.metric('pairstream_worker_restarts_total'), PATIENCE).toBe(restarts + 1);
    clients[0]?.close();
    clients = await renewed(0);
    const reachesAll = async (): Promise<number> => {
      await client.predict(request).catch(() => undefined);
      return await connectionCount();
    };
    await expect.poll(reachesAll, PATIENCE).toBe(2 * WORKER_COUNT);
  });

  it('changes models on every thread, and on a thread that takes the place of a crashed one', async () => {
    const request = requestOf(await exampleRows(ROW_COUNT));
    expect((await gateway.admin.post('/admin/v1/models/nn1/unload')).json).toMatchObject({
      state: 'unloaded',
    });
    for (const client of clients) expect((await client.predict(request)).missingMembers).toEqual(['nn1']);

    const [first, second] = clients;
    const restarts = await gateway.metric('pairstream_worker_restarts_total');
    gateway.crash(0);
    await expect.poll(() => gateway.metric('pairstream_worker_restarts_total'), PATIENCE).toBe(restarts + 1);
    // The other thread kept its connection.
    expect((await second!.predict(request)).rung).toBe('stage2');
    first!.close();
    clients = await renewed(0);
    expect((await clients[0]!.predict(request)).missingMembers).toEqual(['nn1']);

    expect((await gateway.admin.post('/admin/v1/models/nn1/load')).json).toMatchObject({ state: 'loaded' });
    for (const client of clients) expect((await client.predict(request)).missingMembers).toEqual([]);
  });

  it('fails the calls of a crashed thread alone, with UNAVAILABLE, and counts on', async () => {
    const request = requestOf(await exampleRows(ROW_COUNT));
    const before = await gateway.metric('pairstream_pairs_total');
    const restarts = await gateway.metric('pairstream_worker_restarts_total');
    const open = Promise.withResolvers<never>();
    async function* endless() {
      yield request;
      await open.promise;
    }
    const streams = clients.map((client) => client.predictStream(endless()));
    await Promise.all(streams.map((stream) => stream.next()));
    const broken = streams[1]!.next().catch((error: unknown) => error);
    gateway.crash(1);
    expect(await broken).toMatchObject({ code: UNAVAILABLE });
    expect((await clients[0]!.predict(request)).rung).toBe('full');
    await expect.poll(() => gateway.metric('pairstream_worker_restarts_total'), PATIENCE).toBe(restarts + 1);
    expect(await gateway.metric('pairstream_pairs_total')).toBeGreaterThanOrEqual(before + ROW_COUNT);
    expect(await gateway.metric('pairstream_in_flight_pairs')).toBe(0);
    await streams[0]!.return(undefined);
  });
});

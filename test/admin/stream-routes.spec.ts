import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { PairstreamClient, type PredictOutput, ServerError } from '@pairstream/client';
import { AdminCalls } from '../support/gateway/admin-calls.js';
import { exampleRows, type PartRowRequest, requestOf } from '../support/requests/example-rows.js';
import { GatedBackend } from '../support/gateway/gated-backend.js';
import { checkHealth } from '../support/gateway/health-check.js';
import { SmallBackend, SmallPipeline } from '../support/pipelines/small-pipeline.js';
import { startTestGateway } from '../support/gateway/test-gateway.js';

const STREAMS = 5;
const PATIENCE = { timeout: 150_000, interval: 20 };

/** A stream that stays open: `send` sends a message, `end` says that no more follow. */
class OpenStream {
  readonly outputs: (PredictOutput | ServerError)[] = [];
  readonly ended: Promise<unknown>;
  private readonly messages = new PassThrough({ objectMode: true });

  constructor(client: PairstreamClient) {
    this.ended = this.read(client).catch((error: unknown) => error);
  }

  send(message: PartRowRequest): void {
    this.messages.write(message);
  }

  end(): void {
    this.messages.end();
  }

  private async read(client: PairstreamClient): Promise<void> {
    for await (const { output } of client.predictStream(this.messages)) this.outputs.push(output);
  }
}

interface StreamsAnswer {
  readonly streamCount: number;
  readonly streams: readonly { readonly id: number; readonly peer: string; readonly inFlightCount: number }[];
  readonly nextAfter: number | null;
}

async function streamsOf(admin: AdminCalls, query = ''): Promise<StreamsAnswer> {
  const { status, json } = await admin.get(`/admin/v1/streams${query}`);
  expect(status).toBe(200);
  return json as StreamsAnswer;
}

describe('streams over HTTP', () => {
  it('are listed a page at a time, the oldest first', async () => {
    using pipeline = new SmallPipeline();
    await using gateway = await startTestGateway(
      { pipeline: pipeline.path },
      { backend: new SmallBackend() },
    );
    const admin = new AdminCalls(gateway.adminUrl);
    expect(await streamsOf(admin)).toEqual({ streamCount: 0, streams: [], nextAfter: null });
    const request = requestOf(await exampleRows(3));
    const streams = Array.from({ length: STREAMS }, () => new OpenStream(gateway.client));
    for (const stream of streams) stream.send(request);
    await expect.poll(() => streams.every(({ outputs }) => outputs.length === 1), PATIENCE).toBe(true);
    const all = await streamsOf(admin);
    expect(all).toMatchObject({ streamCount: STREAMS, nextAfter: null });
    expect(all.streams.map(({ id }) => id)).toEqual([1, 2, 3, 4, 5]);
    expect(all.streams[0]).toMatchObject({
      peer: expect.stringMatching(/^(127\.0\.0\.1|\[?::1\]?):\d+$/),
      method: '/pairstream.v1.PairService/PredictStream',
      receivedCount: 1,
      answeredCount: 1,
      inFlightCount: 0,
      isPaused: false,
    });
    const first = await streamsOf(admin, '?limit=2');
    expect(first).toMatchObject({ streamCount: STREAMS, nextAfter: 2 });
    const rest = await streamsOf(admin, '?limit=3&after=2');
    expect([...first.streams, ...rest.streams].map(({ id }) => id)).toEqual([1, 2, 3, 4, 5]);
    expect(rest.nextAfter).toBeNull();
    for (const stream of streams) stream.end();
    await Promise.all(streams.map(({ ended }) => ended));
    await expect.poll(async () => (await streamsOf(admin)).streamCount, PATIENCE).toBe(0);
  });

  it('are closed when what was read is answered, with a status that the client tells', async () => {
    const backend = new GatedBackend();
    await using gateway = await startTestGateway({}, { backend });
    const admin = new AdminCalls(gateway.adminUrl);
    const request = requestOf(await exampleRows(3));
    const stream = new OpenStream(gateway.client);
    const other = new OpenStream(gateway.client);
    other.send(request);
    await expect.poll(() => other.outputs.length, PATIENCE).toBe(1);
    backend.closeGate();
    stream.send(request);
    stream.send(request);
    await expect.poll(async () => (await streamsOf(admin)).streams[0]?.inFlightCount, PATIENCE).toBe(2);
    const closed = await admin.post('/admin/v1/streams/1/close');
    expect(closed).toMatchObject({ status: 200, json: { id: 1, inFlightCount: 2 } });
    expect((await admin.post('/admin/v1/streams/1/close')).status).toBe(200);
    expect(stream.outputs).toEqual([]);
    backend.release();
    expect(await stream.ended).toMatchObject({
      name: 'ServerError',
      code: 14,
      reason: 'STREAM_CLOSED',
      message: 'STREAM_CLOSED: an operator closed the stream: open a new one',
    });
    const answered = stream.outputs.filter((output) => !(output instanceof ServerError));
    expect(answered).toHaveLength(2);
    expect(answered).toMatchObject([{ rowStatus: [] }, { rowStatus: [] }]);
    await expect
      .poll(async () => (await streamsOf(admin)).streams.map(({ id }) => id), PATIENCE)
      .toEqual([2]);
    expect((await admin.post('/admin/v1/streams/1/close')).status).toBe(404);
    other.send(request);
    await expect.poll(() => other.outputs.length, PATIENCE).toBe(2);
    other.end();
    await other.ended;
  });
});

describe('a drain over HTTP', () => {
  it('answers what is in flight, refuses what is new, ends streams, and the process runs on', async () => {
    const backend = new GatedBackend();
    await using gateway = await startTestGateway({}, { backend });
    const admin = new AdminCalls(gateway.adminUrl);
    const other = new PairstreamClient({ target: gateway.target });
    const request = requestOf(await exampleRows(3));
    expect((await admin.get('/admin/v1/drain')).json).toEqual({
      state: 'serving',
      inFlightPairs: 0,
      streamCount: 0,
      startedAt: null,
    });
    expect(await checkHealth(gateway.target)).toBe('SERVING');
    backend.closeGate();
    const stream = new OpenStream(gateway.client);
    stream.send(request);
    await expect.poll(() => gateway.predictor.inFlightPairCount, PATIENCE).toBe(3);

    const started = await admin.post('/admin/v1/drain');
    expect(started).toMatchObject({
      status: 202,
      json: { state: 'draining', inFlightPairs: 3, streamCount: 1 },
    });
    expect(await admin.get('/readyz')).toMatchObject({
      status: 503,
      text: expect.stringContaining('"reason":"draining"'),
    });
    await expect(other.predict(request)).rejects.toMatchObject({ code: 14, reason: 'SHUTTING_DOWN' });
    expect(await checkHealth(gateway.target)).toBe('NOT_SERVING');
    expect(await admin.post('/admin/v1/drain')).toMatchObject({
      status: 202,
      json: { state: 'draining', startedAt: (started.json as { startedAt: string }).startedAt },
    });

    backend.release();
    stream.end();
    await stream.ended;
    expect(stream.outputs).toMatchObject([{ rowStatus: [] }]);
    await expect
      .poll(async () => (await admin.get('/admin/v1/drain')).json, PATIENCE)
      .toMatchObject({ state: 'drained', inFlightPairs: 0, streamCount: 0 });
    expect((await admin.get('/healthz')).status).toBe(200);
    other.close();
  });
});

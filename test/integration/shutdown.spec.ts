import { Client, credentials, loadPackageDefinition, Metadata } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { protoPath as healthProtoPath } from 'grpc-health-check';
import { describe, expect, it } from 'vitest';
import { NullBackend } from '../../src/offline/bench/load/null-backend.js';
import { nullModels } from '../../src/offline/bench/load/null-models.js';
import { PairstreamClient, ServerError } from '@pairstream/client';
import { encodeRequest } from '@pairstream/client/wire';
import { METHOD } from '@pairstream/client/wire';
import { startCommand } from '../support/processes/cli-process.js';
import { exampleRows, requestOf } from '../support/requests/example-rows.js';
import { GatedBackend } from '../support/gateway/gated-backend.js';
import { grpcFrame } from '../support/network/http2-call.js';
import {
  callHeaders,
  FLAG,
  FRAME,
  http2Frame,
  RawHttp2Connection,
  SETTING,
} from '../support/network/raw-http2.js';
import { servingAddress } from '../support/gateway/serve-log.js';
import { SHIPPED_PIPELINE, startTestGateway } from '../support/gateway/test-gateway.js';

const identity = (bytes: Buffer): Buffer => bytes;
const NOT_SERVING = 'NOT_SERVING';

/** Statuses that Health/Watch tells, as they come. */
function watchHealth(target: string): { statuses: string[]; stop: () => void } {
  const definition = loadSync(healthProtoPath, { enums: String });
  loadPackageDefinition(definition);
  const method = (
    definition['grpc.health.v1.Health'] as Record<string, { responseDeserialize: (b: Buffer) => object }>
  )['Watch']!;
  const client = new Client(target, credentials.createInsecure());
  const call = client.makeServerStreamRequest<Buffer, { status: string }>(
    '/grpc.health.v1.Health/Watch',
    identity,
    (bytes) => method.responseDeserialize(bytes) as { status: string },
    Buffer.alloc(0),
    new Metadata(),
  );
  const statuses: string[] = [];
  call.on('data', ({ status }: { status: string }) => statuses.push(status));
  call.on('error', () => undefined);
  return { statuses, stop: () => client.close() };
}

describe('a gateway that shuts down', () => {
  it('says NOT_SERVING, answers what is in flight, refuses what is new, ends its streams', async () => {
    const backend = new GatedBackend();
    const { gateway, predictor, client, target } = await startTestGateway({}, { backend });
    const other = new PairstreamClient({ target });
    const rows = await exampleRows(20);
    const health = watchHealth(target);
    await expect.poll(() => health.statuses).toEqual(['SERVING']);
    backend.closeGate();
    let sendSecond: () => void = () => undefined;
    const second = new Promise<void>((resolve) => {
      sendSecond = resolve;
    });
    async function* requests() {
      yield requestOf(rows);
      await second;
      yield requestOf(rows);
    }
    const answering = Array.fromAsync(client.predictStream(requests()));
    await expect.poll(() => predictor.inFlightPairCount).toBe(rows.length);

    const closing = gateway.close();
    await expect.poll(() => health.statuses).toEqual(['SERVING', NOT_SERVING]);
    sendSecond();
    await expect(other.predict(requestOf(rows))).rejects.toMatchObject({ code: 14, reason: 'SHUTTING_DOWN' });
    backend.release();
    const outputs = (await answering).sort((a, b) => a.index - b.index).map(({ output }) => output);
    expect(outputs[0]).toMatchObject({ rowStatus: [] });
    expect(outputs.slice(1).every((output) => output instanceof ServerError)).toBe(true);
    health.stop();
    other.close();
    client.close();
    await closing;
  });

  it('does not wait longer than it was told for a model that is stuck', async () => {
    const backend = new GatedBackend();
    const { gateway, predictor, client } = await startTestGateway({ drainTimeoutMs: 200 }, { backend });
    backend.closeGate();
    const stuck = client.predict(requestOf(await exampleRows(5))).catch((error: unknown) => error);
    await expect.poll(() => predictor.inFlightPairCount).toBe(5);
    await gateway.close();
    expect(await stuck).toBeInstanceOf(ServerError);
    client.close();
  });

  it('is not ready any more by /readyz while it drains', async () => {
    const backend = new GatedBackend();
    const { gateway, predictor, client, adminUrl } = await startTestGateway(
      { drainTimeoutMs: 5_000 },
      { backend },
    );
    backend.closeGate();
    const answer = client.predict(requestOf(await exampleRows(5)));
    await expect.poll(() => predictor.inFlightPairCount).toBe(5);
    const closing = gateway.close();
    const response = await fetch(`${adminUrl}/readyz`);
    expect(response.status).toBe(503);
    expect(JSON.stringify(await response.json())).toContain('shutting down');
    backend.release();
    await expect(answer).resolves.toMatchObject({ rowStatus: [] });
    client.close();
    await closing;
  });
});

describe('a gateway that shuts down while callers are frozen', () => {
  const predictStream = METHOD.PredictStream.path;
  const OPEN = http2Frame(FRAME.headers, FLAG.endHeaders, 1, callHeaders(predictStream));
  const data = (bytes: Buffer): Buffer => http2Frame(FRAME.data, FLAG.none, 1, bytes);

  interface FrozenCaller {
    /** Of the caller's SETTINGS frame. */
    readonly settings?: readonly (readonly [id: number, value: number])[];
    /** True: the caller reads its socket. */
    readonly reads?: true;
    /** Sent at once; `message` is a request of 20 pairs. */
    readonly frames: (message: Buffer) => Buffer[];
    /** A metric that is above 0 when the caller has frozen. */
    readonly metric: string;
  }

  it.each<[string, FrozenCaller]>([
    [
      'answers wait for a socket that is not read',
      {
        settings: [[SETTING.initialWindowSize, 0x7f_ff_ff_ff]],
        frames: (message) => [OPEN, ...Array.from({ length: 64 }, () => data(message))],
        metric: 'open_streams',
      },
    ],
    [
      'answers wait for a window of 0',
      {
        settings: [[SETTING.initialWindowSize, 0]],
        reads: true,
        frames: (message) => [OPEN, ...Array.from({ length: 64 }, () => data(message))],
        metric: 'unread_answer_bytes',
      },
    ],
    [
      'half of a message has come',
      { frames: (message) => [OPEN, data(message.subarray(0, 100))], metric: 'buffered_message_bytes' },
    ],
    ['a stream is idle', { frames: () => [OPEN], metric: 'open_streams' }],
    [
      'a header block has not ended',
      {
        frames: () => [http2Frame(FRAME.headers, FLAG.none, 1, callHeaders(predictStream))],
        metric: 'grpc_connections',
      },
    ],
  ])('%s: it ends at the drain limit', async (_name, { settings, reads, frames, metric }) => {
    const { gateway, target, adminUrl, client } = await startTestGateway(
      { drainTimeoutMs: 200 },
      { backend: new NullBackend(nullModels(SHIPPED_PIPELINE)), checksGoldenRows: false },
    );
    client.close();
    const caller = new RawHttp2Connection(target, settings);
    if (reads !== true) caller.stopReading();
    const message = grpcFrame(encodeRequest(requestOf(await exampleRows(20)), 1));
    for (const frame of frames(message)) await caller.send(frame);
    await expect
      .poll(async () => {
        const text = await (await fetch(`${adminUrl}/metrics`)).text();
        return Number(new RegExp(`^pairstream_${metric} (\\S+)$`, 'm').exec(text)?.[1]);
      })
      .toBeGreaterThan(0);
    await gateway.close();
    // The socket of the caller is closed by the server: reading on finds its end.
    caller.resumeReading();
    await expect.poll(() => caller.isClosed).toBe(true);
  });

  it('SIGTERM ends the process, exit code 0', async () => {
    const serving = startCommand(['serve'], {
      PAIRSTREAM_GRPC_PORT: '0',
      PAIRSTREAM_ADMIN_PORT: '0',
      PAIRSTREAM_LOG_LEVEL: 'info',
      PAIRSTREAM_DRAIN_TIMEOUT_MS: '500',
    });
    const address = (): string | undefined => servingAddress(serving.stderr());
    await expect.poll(address, { timeout: 150_000 }).toBeDefined();
    const target = address()!;
    const message = grpcFrame(encodeRequest(requestOf(await exampleRows(20)), 1));
    const callers = [0, 0x7f_ff_ff_ff].map(
      (window) => new RawHttp2Connection(target, [[SETTING.initialWindowSize, window]]),
    );
    for (const caller of callers) {
      caller.stopReading();
      await caller.send(OPEN, ...Array.from({ length: 64 }, () => data(message)));
    }
    const client = new PairstreamClient({ target });
    // Messages of the frozen callers were first, so their answers wait.
    expect((await client.predict(requestOf(await exampleRows(20)))).like).toHaveLength(20);
    client.close();
    serving.process.kill('SIGTERM');
    expect(await serving.finished).toMatchObject({ exitCode: 0 });
    for (const caller of callers) caller.close();
  });
});

import { readFileSync } from 'node:fs';
import type { ClientHttp2Session, ClientHttp2Stream } from 'node:http2';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PairstreamClient, ServerError } from '@pairstream/client';
import { encodeRequest, METHOD } from '@pairstream/client/wire';
import { checkHealth } from '../support/gateway/health-check.js';
import { grpcFrame, openSession } from '../support/network/http2-call.js';
import { TWO_MODELS } from '../support/pipelines/cut-pipeline.js';
import { exampleRows, requestOf } from '../support/requests/example-rows.js';
import { ThreadedGateway } from '../support/workers/threaded-gateway.js';

const KIB = 1_024;
const MIB = 1_048_576;
const BUFFERED_BYTES = 32 * MIB;
const IN_FLIGHT_PAIRS = 10_000;
const PAIRS_PER_MESSAGE = 1_000;
const CLIENTS = 8;
const CALLS_PER_CLIENT = 6;
const UNREAD_STREAMS = 10;
const UNFINISHED_CALLS = 20;
const DRIVEN_MS = 6_000;

let served: ThreadedGateway;
let message: Buffer;

beforeAll(async () => {
  served = await ThreadedGateway.start(1, {
    PAIRSTREAM_PIPELINE: TWO_MODELS,
    PAIRSTREAM_MAX_MESSAGE_BYTES: String(BUFFERED_BYTES / 4),
    PAIRSTREAM_MAX_BUFFERED_MESSAGE_BYTES: String(BUFFERED_BYTES),
    PAIRSTREAM_MAX_QUEUE_MS: '3600000',
    PAIRSTREAM_MAX_PAIRS_PER_MESSAGE: String(PAIRS_PER_MESSAGE),
    PAIRSTREAM_MAX_IN_FLIGHT_PAIRS: String(IN_FLIGHT_PAIRS),
  });
  message = encodeRequest(requestOf(await exampleRows(PAIRS_PER_MESSAGE)), 1);
}, 180_000);
afterAll(() => served[Symbol.asyncDispose]());

/** The formula of "Size the memory of a gateway" in docs/guides/operate-a-gateway.md, without what a gateway at rest takes. */
function trafficBytes(openCalls: number, pausedStreams: number): number {
  return (
    128 * MIB +
    7 * BUFFERED_BYTES +
    IN_FLIGHT_PAIRS * 2 * KIB +
    openCalls * 11 * KIB +
    pausedStreams * 256 * KIB
  );
}

/** Resident memory of the gateway, bytes. */
function residentBytes(): number {
  const status = readFileSync(`/proc/${served.command.process.pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * KIB;
}

/** Sends messages until the time is over. @returns reasons of refusals */
async function flood(client: PairstreamClient, untilMs: number): Promise<(string | undefined)[]> {
  const input = requestOf(await exampleRows(PAIRS_PER_MESSAGE));
  const reasons: (string | undefined)[] = [];
  const send = async (): Promise<void> => {
    while (performance.now() < untilMs) {
      try {
        await client.predict(input);
      } catch (error) {
        if (!(error instanceof ServerError)) throw error;
        reasons.push(error.code === 8 ? error.reason : `status ${error.code}`);
        await sleep(10);
      }
    }
  };
  await Promise.all(Array.from({ length: CALLS_PER_CLIENT }, send));
  return reasons;
}

function openCall(session: ClientHttp2Session, path: string): ClientHttp2Stream {
  const head = { ':method': 'POST', ':path': path, 'content-type': 'application/grpc', te: 'trailers' };
  return session.request(head).on('error', () => undefined);
}

/** Streams whose answers are not read, and calls whose messages do not end. */
function holdMemory(session: ClientHttp2Session): void {
  for (let i = 0; i < UNREAD_STREAMS; i += 1) {
    const call = openCall(session, METHOD.PredictStream.path);
    for (let sent = 0; sent < 20; sent += 1) call.write(grpcFrame(message));
  }
  const toldBytes = BUFFERED_BYTES / 4;
  for (let i = 0; i < UNFINISHED_CALLS; i += 1)
    openCall(session, METHOD.Predict.path).write(grpcFrame(Buffer.alloc(toldBytes / 2), { toldBytes }));
}

describe('a gateway at all of its bounds', () => {
  it('takes no more memory than the formula tells, refuses further calls, and stays healthy', async () => {
    const clients = Array.from({ length: CLIENTS }, () => new PairstreamClient({ target: served.target }));
    const session = openSession(served.target);
    await flood(clients[0]!, performance.now() + 1_000);
    const restBytes = residentBytes();
    const untilMs = performance.now() + DRIVEN_MS;
    holdMemory(session);
    const floods = Promise.all(clients.map((client) => flood(client, untilMs)));
    let peakBytes = 0;
    const health: (string | number | undefined)[] = [];
    while (performance.now() < untilMs) {
      peakBytes = Math.max(peakBytes, residentBytes());
      health.push((await served.admin.get('/healthz')).status, await checkHealth(served.target));
      await sleep(50);
    }
    const reasons = new Set((await floods).flat());
    expect(reasons).toEqual(new Set(['BUSY']));
    expect(await served.metric('pairstream_refused_messages_total{reason="in_flight"}')).toBeGreaterThan(0);
    expect(await served.metric('pairstream_refused_calls_total{reason="memory"}')).toBeGreaterThan(0);
    expect(new Set(health)).toEqual(new Set([200, 'SERVING']));
    const calls = CLIENTS * CALLS_PER_CLIENT + UNREAD_STREAMS + UNFINISHED_CALLS;
    expect(peakBytes - restBytes).toBeLessThan(trafficBytes(calls, UNREAD_STREAMS));
    session.destroy();
    await expect(clients[0]!.predict(requestOf(await exampleRows(1)))).resolves.toMatchObject({
      rowStatus: [],
    });
    await expect.poll(() => served.metric('pairstream_buffered_message_bytes')).toBe(0);
    for (const client of clients) client.close();
  }, 120_000);
});

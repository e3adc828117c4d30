import { spawn } from 'node:child_process';
import { connect } from 'node:http2';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PairstreamError } from '../../src/errors/pairstream-error.js';
import { ServerError } from '@pairstream/client';
import { encodeRequest } from '@pairstream/client/wire';
import type { PartRow } from '../../src/pairs/part-row.js';
import { METHOD } from '@pairstream/client/wire';
import { TWO_MODELS } from '../support/pipelines/cut-pipeline.js';
import { exampleRows, requestOf } from '../support/requests/example-rows.js';
import { GatedBackend } from '../support/gateway/gated-backend.js';
import { openRawStream } from '../support/network/raw-call.js';
import { startTestGateway, type TestGateway } from '../support/gateway/test-gateway.js';

const MAX_MESSAGES = 4;
/** A busy machine may need seconds for what takes milliseconds alone. */
const PATIENCE = { timeout: 150_000 };
const backend = new GatedBackend();
let served: TestGateway;
let rows: PartRow[];

beforeAll(async () => {
  rows = await exampleRows(1_000);
  served = await startTestGateway(
    {
      pipeline: TWO_MODELS,
      maxInFlightPairs: 1_000,
      maxPairsPerMessage: 1_000,
      maxMessagesPerStream: MAX_MESSAGES,
    },
    { backend },
  );
});
afterAll(() => served[Symbol.asyncDispose]());

async function metric(name: string): Promise<number> {
  const text = await (await fetch(`${served.adminUrl}/metrics`)).text();
  return Number(new RegExp(`^${name} ([\\d.e+-]+)$`, 'm').exec(text)?.[1]);
}

describe('a gateway at its bounds', () => {
  it('refuses what would pass the pairs in flight as BUSY, and tells when to come back', async () => {
    backend.closeGate();
    const first = served.client.predict(requestOf(rows.slice(0, 900)));
    await expect.poll(() => metric('pairstream_in_flight_pairs'), PATIENCE).toBe(900);
    await expect(served.client.predict(requestOf(rows.slice(0, 101)))).rejects.toMatchObject({
      code: 8,
      reason: 'BUSY',
      retryAfterMs: expect.any(Number),
    });
    const fits = served.client.predict(requestOf(rows.slice(0, 100)));
    await expect.poll(() => metric('pairstream_in_flight_pairs'), PATIENCE).toBe(1_000);
    backend.release();
    await expect(Promise.all([first, fits])).resolves.toHaveLength(2);
    expect(await metric('pairstream_in_flight_pairs')).toBe(0);
    expect(await metric('pairstream_refused_messages_total\\{reason="in_flight"\\}')).toBe(1);
    expect(await metric('pairstream_pairs_per_second')).toBeGreaterThan(0);
    expect(await metric('pairstream_queue_seconds')).toBe(0);
  });

  it('accepts megabytes on a connection before they are read, so that refusals do not wait behind requests', async () => {
    const session = connect(`http://${served.target}`);
    const mib = 1_024 * 1_024;
    await expect.poll(() => session.state.remoteWindowSize ?? 0).toBeGreaterThanOrEqual(8 * mib);
    await expect.poll(() => session.remoteSettings.initialWindowSize).toBe(mib / 4);
    session.close();
  });

  it('a busy message of a stream is answered in the stream', async () => {
    backend.closeGate();
    const answers: (ServerError | object)[] = [];
    const requests = [
      requestOf(rows.slice(0, 900)),
      requestOf(rows.slice(0, 500)),
      requestOf(rows.slice(0, 50)),
    ];
    const reading = (async () => {
      for await (const { index, output } of served.client.predictStream(requests)) {
        answers[index] = output;
        if (output instanceof ServerError) backend.release();
      }
    })();
    await reading;
    expect(answers[1]).toMatchObject({ reason: 'BUSY' });
    expect(answers[0]).toMatchObject({ rowStatus: [] });
    expect(answers[2]).toMatchObject({ rowStatus: [] });
  });

  it('reads no more of a stream than it may hold, and goes on when answers are out', async () => {
    backend.closeGate();
    using raw = openRawStream(served.target);
    const answers: Buffer[] = [];
    for (let i = 0; i < 20; i += 1) raw.call.write(encodeRequest(requestOf(rows.slice(0, 10)), i));
    await expect.poll(() => metric('pairstream_paused_streams'), PATIENCE).toBe(1);
    await sleep(50);
    expect(await metric('pairstream_in_flight_pairs')).toBe(MAX_MESSAGES * 10);
    raw.call.on('data', (bytes: Buffer) => answers.push(bytes));
    backend.release();
    await expect.poll(() => answers.length).toBe(20);
    expect(await metric('pairstream_paused_streams')).toBe(0);
  });

  it('a caller that takes no answers is not read on: what is held for it stays as it is', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'flood-'));
    const requestFile = join(folder, 'request.bin');
    // Small requests with large answers: every pair is wrong, and says so.
    const request = requestOf(rows.slice(0, 1));
    request.pairs = {
      tweetIndex: Array.from({ length: 1_000 }, () => 1_000_000),
      readerIndex: Array.from({ length: 1_000 }, () => 0),
      authorFollowsReader: Array.from({ length: 1_000 }, () => false),
      asOfS: [],
    };
    writeFileSync(requestFile, encodeRequest(request, 1));
    const program = join(import.meta.dirname, '../support/network/flooding-client.ts');
    const flooding = spawn(process.execPath, [
      program,
      served.target,
      METHOD.PredictStream.path,
      requestFile,
    ]);
    const answered = (): Promise<number> => metric('pairstream_messages_total\\{outcome="OK"\\}');
    const before = await answered();
    await expect.poll(answered, { timeout: 150_000 }).toBeGreaterThan(before + 20);
    // A stopped process reads nothing, while its connection stays open.
    flooding.kill('SIGSTOP');
    let count = -1;
    const isStill = async (): Promise<boolean> => {
      const previous = count;
      count = await answered();
      return count === previous;
    };
    await expect.poll(isStill, { interval: 500, timeout: 150_000 }).toBe(true);
    await expect.poll(() => metric('pairstream_paused_streams'), PATIENCE).toBe(1);
    expect(await metric('pairstream_in_flight_pairs')).toBe(0);
    await expect(served.client.predict(requestOf(rows.slice(0, 1)))).resolves.toMatchObject({
      rowStatus: [],
    });
    flooding.kill('SIGKILL');
    await expect.poll(() => metric('pairstream_open_streams'), PATIENCE).toBe(0);
    expect(await metric('pairstream_paused_streams')).toBe(0);
    rmSync(folder, { recursive: true });
  });

  it('a run that fails is told to the calls of that batch, and the next one is served', async () => {
    backend.failNext = new PairstreamError('BACKEND_FAILED', 'model xgb1 1: broken');
    await expect(served.client.predict(requestOf(rows.slice(0, 1)))).rejects.toMatchObject({
      code: 13,
      reason: 'BACKEND_FAILED',
    });
    await expect(served.client.predict(requestOf(rows.slice(0, 1)))).resolves.toMatchObject({
      rowStatus: [],
    });
  });

  it('hears a cancel and a deadline while the model is stuck', async () => {
    backend.closeGate();
    const late = served.client.predict({ ...requestOf(rows.slice(0, 5)), timeoutMs: 50 });
    const controller = new AbortController();
    const cancelled = served.client.predict(requestOf(rows.slice(0, 5)), { signal: controller.signal });
    await expect(late).rejects.toMatchObject({ reason: 'DEADLINE_EXCEEDED' });
    controller.abort();
    await expect(cancelled).rejects.toMatchObject({ code: 1 });
    await expect.poll(() => metric('pairstream_in_flight_pairs'), PATIENCE).toBe(0);
    backend.release();
  });
});

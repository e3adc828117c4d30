import type { ClientHttp2Session, ClientHttp2Stream, IncomingHttpHeaders } from 'node:http2';
import { setTimeout as sleep } from 'node:timers/promises';
import { status } from '@grpc/grpc-js';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { NullBackend } from '../../src/offline/bench/load/null-backend.js';
import { nullModels } from '../../src/offline/bench/load/null-models.js';
import { encodeRequest } from '@pairstream/client/wire';
import { METHOD } from '@pairstream/client/wire';
import { exampleRows, requestOf } from '../support/requests/example-rows.js';
import { grpcFrame, http2Call, openSession } from '../support/network/http2-call.js';
import { SHIPPED_PIPELINE, startTestGateway, type TestGateway } from '../support/gateway/test-gateway.js';

const MIB = 1_048_576;
const MAX_MESSAGE_BYTES = 16 * MIB;
const MAX_RECEIVE_MS = 300;
let served: TestGateway;
let patient: TestGateway;
let session: ClientHttp2Session;
let request: Buffer;

const overrides = { checksGoldenRows: false };
const backend = (): NullBackend => new NullBackend(nullModels(SHIPPED_PIPELINE));
beforeAll(async () => {
  const settings = { maxMessageBytes: MAX_MESSAGE_BYTES };
  served = await startTestGateway(
    { ...settings, maxReceiveMs: MAX_RECEIVE_MS },
    { ...overrides, backend: backend() },
  );
  patient = await startTestGateway(settings, { ...overrides, backend: backend() });
  request = encodeRequest(requestOf(await exampleRows(20)), 1);
});
afterAll(async () => {
  await served[Symbol.asyncDispose]();
  await patient[Symbol.asyncDispose]();
});
beforeEach(() => {
  session = openSession(served.target);
});
afterEach(() => session.destroy());

interface OpenCall {
  readonly call: ClientHttp2Stream;
  /** Status and message of the end; undefined while the call goes on. */
  readonly end: () => { code: number; message: string } | undefined;
  readonly receivedBytes: () => number;
}

function openCall(of: ClientHttp2Session, path: string): OpenCall {
  const call = of.request({
    ':method': 'POST',
    ':path': path,
    'content-type': 'application/grpc',
    te: 'trailers',
  });
  let end: { code: number; message: string } | undefined;
  let byteCount = 0;
  const read = (headers: IncomingHttpHeaders): void => {
    if (headers['grpc-status'] === undefined) return;
    end = {
      code: Number(headers['grpc-status']),
      message: decodeURIComponent(String(headers['grpc-message'])),
    };
  };
  call
    .on('response', read)
    .on('trailers', read)
    .on('error', () => undefined);
  call.on('data', (bytes: Buffer) => (byteCount += bytes.length));
  return { call, end: () => end, receivedBytes: () => byteCount };
}

async function heldBytes({ adminUrl }: TestGateway): Promise<number> {
  const text = await (await fetch(`${adminUrl}/metrics`)).text();
  return Number(/^pairstream_buffered_message_bytes (\S+)$/m.exec(text)?.[1]);
}

describe('a message that is not finished in time', () => {
  it.each<[string, string, RegExp, (call: ClientHttp2Stream, isOver: () => boolean) => Promise<void> | void]>(
    [
      ['stops in its head', METHOD.Predict.path, /^message 1: /, (call) => void call.write(Buffer.alloc(3))],
      [
        'stops after its head',
        METHOD.Predict.path,
        /^message 1: /,
        (call) => void call.write(grpcFrame(Buffer.alloc(0), { toldBytes: MIB })),
      ],
      [
        'stops half way',
        METHOD.PredictStream.path,
        /^message 1: /,
        (call) => void call.write(grpcFrame(request).subarray(0, 500)),
      ],
      [
        'stops half way after a whole message',
        METHOD.PredictStream.path,
        /^message 2: /,
        (call) => void call.write(Buffer.concat([grpcFrame(request), Buffer.alloc(3)])),
      ],
      [
        'trickles byte by byte',
        METHOD.PredictStream.path,
        /^message 1: /,
        async (call, isOver) => {
          for (const byte of grpcFrame(Buffer.alloc(MIB))) {
            if (isOver()) return;
            call.write(Buffer.from([byte]));
            await sleep(5);
          }
        },
      ],
      [
        'is for the health service',
        '/grpc.health.v1.Health/Check',
        /^message 1: /,
        (call) => void call.write(Buffer.alloc(3)),
      ],
    ],
  )('%s: DEADLINE_EXCEEDED, and its bytes are free', async (_name, path, message, send) => {
    const { call, end } = openCall(session, path);
    await send(call, () => end() !== undefined);
    await expect.poll(end, { timeout: 150_000 }).toBeDefined();
    expect(end()).toEqual({
      code: status.DEADLINE_EXCEEDED,
      message: expect.stringMatching(
        /not finished 300 ms after its first byte \(PAIRSTREAM_MAX_RECEIVE_MS\)/,
      ),
    });
    expect(end()?.message).toMatch(message);
    await expect.poll(() => heldBytes(served)).toBe(0);
  });

  it('is counted from its own first byte: a stream may be idle, and slow between messages', async () => {
    const { call, end, receivedBytes } = openCall(session, METHOD.PredictStream.path);
    for (let i = 0; i < 3; i += 1) {
      await sleep(2 * MAX_RECEIVE_MS);
      const before = receivedBytes();
      call.write(grpcFrame(request));
      await expect.poll(receivedBytes).toBeGreaterThan(before);
    }
    expect(end()).toBeUndefined();
    call.end();
    await expect.poll(end).toMatchObject({ code: status.OK });
  });
});

describe('messages that never end and hold all memory for messages', () => {
  it.each<[string, number, number]>([
    ['large ones', 3, 15 * MIB],
    ['small ones', 300, 255_000],
  ])('%s lose it to callers that send whole messages', async (_name, callCount, byteCount) => {
    const sessions = Array.from({ length: 3 }, () => openSession(patient.target));
    const part = grpcFrame(Buffer.alloc(byteCount), { toldBytes: MAX_MESSAGE_BYTES });
    const calls = Array.from({ length: callCount }, (_, i) =>
      openCall(sessions[i % 3]!, METHOD.Predict.path),
    );
    for (const { call } of calls) call.write(part);
    await expect.poll(() => heldBytes(patient), { timeout: 150_000 }).toBeGreaterThan(40 * MIB);
    // An unknown field of 12 MiB behind a request.
    const padding = Buffer.concat([
      Buffer.from([0xfa, 0x06, 0x80, 0x80, 0x80, 0x06]),
      Buffer.alloc(12 * MIB),
    ]);
    const large = grpcFrame(Buffer.concat([request, padding]));
    const askOnce = async (): Promise<number | undefined> => {
      const own = openSession(patient.target);
      const { code } = await http2Call(own, { ':path': METHOD.Predict.path }, large);
      own.destroy();
      return code;
    };
    await expect.poll(askOnce, { timeout: 150_000 }).toBe(status.OK);
    const ended = calls.flatMap(({ end }) => end() ?? []);
    expect(ended.length).toBeGreaterThan(0);
    expect(ended.length).toBeLessThan(callCount);
    for (const { code, message } of ended) {
      expect(code).toBe(status.RESOURCE_EXHAUSTED);
      expect(message).toMatch(
        /^(message 1: not finished \d+ ms after its first byte, and others|received messages hold)/,
      );
    }
    for (const each of sessions) each.destroy();
    await expect.poll(() => heldBytes(patient), { timeout: 150_000 }).toBe(0);
  });
});

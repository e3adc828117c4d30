import type { ClientHttp2Session } from 'node:http2';
import { deflateSync, gzipSync } from 'node:zlib';
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
const HEALTH_PATH = '/grpc.health.v1.Health/Check';
const PREDICT = { ':path': METHOD.Predict.path };
let served: TestGateway;
let session: ClientHttp2Session;
let request: Buffer;

beforeAll(async () => {
  served = await startTestGateway(
    { maxMessageBytes: MAX_MESSAGE_BYTES },
    { backend: new NullBackend(nullModels(SHIPPED_PIPELINE)), checksGoldenRows: false },
  );
  request = encodeRequest(requestOf(await exampleRows(20)), 1);
});
afterAll(() => served[Symbol.asyncDispose]());
beforeEach(() => {
  session = openSession(served.target);
});
afterEach(async () => {
  await expectAnswerAndNothingHeld();
  session.destroy();
});

/** The connection lives, and no byte is held for calls that are over. */
async function expectAnswerAndNothingHeld(): Promise<void> {
  expect(await http2Call(session, PREDICT, grpcFrame(request))).toMatchObject({ code: status.OK });
  await expect.poll(() => metric('buffered_message_bytes'), { timeout: 150_000 }).toBe(0);
}

async function metric(name: string): Promise<number> {
  const text = await (await fetch(`${served.adminUrl}/metrics`)).text();
  return Number(new RegExp(`^pairstream_${name} (\\S+)$`, 'm').exec(text)?.[1]);
}

describe('compressed messages', () => {
  it.each([
    ['gzip', gzipSync],
    ['deflate', deflateSync],
  ] as const)('by %s are answered', async (encoding, pack) => {
    const headers = { ...PREDICT, 'grpc-encoding': encoding };
    for (const path of [METHOD.Predict.path, METHOD.PredictStream.path])
      expect(
        await http2Call(session, { ...headers, ':path': path }, grpcFrame(pack(request), { flag: 1 })),
      ).toMatchObject({ code: status.OK });
    // A message may be plain although the call has an encoding.
    expect(await http2Call(session, headers, grpcFrame(request))).toMatchObject({ code: status.OK });
  });

  it('that unpack to just below the limit are decoded; above it they are refused', async () => {
    const headers = { ...PREDICT, 'grpc-encoding': 'gzip' };
    const sized = (byteCount: number): Buffer => grpcFrame(gzipSync(Buffer.alloc(byteCount)), { flag: 1 });
    expect((await http2Call(session, headers, sized(MAX_MESSAGE_BYTES))).code).toBe(status.INVALID_ARGUMENT);
    const end = await http2Call(session, headers, sized(MAX_MESSAGE_BYTES + 1));
    expect(end).toMatchObject({ code: status.RESOURCE_EXHAUSTED, details: { reason: 'MESSAGE_TOO_LARGE' } });
  });

  it('to the health service may unpack to 64 KiB', async () => {
    const headers = { ':path': HEALTH_PATH, 'grpc-encoding': 'gzip' };
    expect((await http2Call(session, headers, grpcFrame(gzipSync(Buffer.alloc(0)), { flag: 1 }))).code).toBe(
      status.OK,
    );
    const end = await http2Call(session, headers, grpcFrame(gzipSync(Buffer.alloc(MIB)), { flag: 1 }));
    expect(end.code).toBe(status.RESOURCE_EXHAUSTED);
  });
});

describe('messages that are no gRPC', () => {
  const { INVALID_ARGUMENT, RESOURCE_EXHAUSTED, UNIMPLEMENTED } = status;
  it.each<[string, number, RegExp, string | undefined, () => Buffer]>([
    [
      'a compressed flag without an encoding',
      INVALID_ARGUMENT,
      /grpc-encoding/,
      undefined,
      () => grpcFrame(request, { flag: 1 }),
    ],
    [
      'a compressed flag with identity',
      INVALID_ARGUMENT,
      /grpc-encoding/,
      'identity',
      () => grpcFrame(request, { flag: 1 }),
    ],
    [
      'a compressed flag of 2',
      INVALID_ARGUMENT,
      /flag 2, expected 0 or 1/,
      undefined,
      () => grpcFrame(request, { flag: 2 }),
    ],
    [
      'a compressed flag of 255',
      INVALID_ARGUMENT,
      /flag 255/,
      'gzip',
      () => grpcFrame(request, { flag: 255 }),
    ],
    [
      'an encoding that is not known',
      UNIMPLEMENTED,
      /"br", expected identity, deflate or gzip/,
      'br',
      () => grpcFrame(request, { flag: 1 }),
    ],
    [
      'plain bytes as gzip',
      INVALID_ARGUMENT,
      /no valid gzip data/,
      'gzip',
      () => grpcFrame(request, { flag: 1 }),
    ],
    [
      'half of a gzip',
      INVALID_ARGUMENT,
      /no valid gzip data/,
      'gzip',
      () => grpcFrame(gzipSync(request).subarray(0, 100), { flag: 1 }),
    ],
    [
      'gzip as deflate',
      INVALID_ARGUMENT,
      /no valid deflate data/,
      'deflate',
      () => grpcFrame(gzipSync(request), { flag: 1 }),
    ],
    [
      'half of a message',
      INVALID_ARGUMENT,
      /bytes before the end of a message of \d+; send whole messages/,
      undefined,
      () => grpcFrame(request).subarray(0, 50),
    ],
    [
      'half of a head',
      INVALID_ARGUMENT,
      /after 3 of the 5 bytes before a message/,
      undefined,
      () => grpcFrame(request).subarray(0, 3),
    ],
    [
      'a message and a half',
      INVALID_ARGUMENT,
      /^message 2: /,
      undefined,
      () => Buffer.concat([grpcFrame(request), Buffer.alloc(3)]),
    ],
    [
      'a length above the limit',
      RESOURCE_EXHAUSTED,
      /^message 1: 16777217 bytes, at most 16777216/,
      undefined,
      () => grpcFrame(request, { toldBytes: MAX_MESSAGE_BYTES + 1 }),
    ],
    ['no message', UNIMPLEMENTED, /Received no request message/, undefined, () => Buffer.alloc(0)],
  ])('%s', async (_name, code, message, encoding, body) => {
    const headers = { ...PREDICT, ...(encoding === undefined ? {} : { 'grpc-encoding': encoding }) };
    const end = await http2Call(session, headers, body());
    expect(end.message).toMatch(message);
    expect(end.code).toBe(code);
  });
});

describe('messages that hold more memory than there is for all of them', () => {
  it.each<[string, string, () => Buffer]>([
    ['unpacked', 'gzip', () => grpcFrame(gzipSync(Buffer.alloc(MAX_MESSAGE_BYTES - 1)), { flag: 1 })],
    [
      'never sent to their end',
      'identity',
      () => grpcFrame(Buffer.alloc(MAX_MESSAGE_BYTES - MIB), { toldBytes: MAX_MESSAGE_BYTES }),
    ],
  ])(
    '%s: the calls beyond the bound are BUSY with a delay, small ones are answered',
    async (_name, encoding, body) => {
      const limitBytes = await metric('buffered_message_bytes_limit');
      expect(limitBytes).toBe(4 * MAX_MESSAGE_BYTES);
      const flood = body();
      let mostHeld = 0;
      const calls = Array.from({ length: 24 }, () => {
        const own = openSession(served.target);
        const end = http2Call(own, { ...PREDICT, 'grpc-encoding': encoding }, flood);
        return end.finally(() => own.destroy());
      });
      const ended = Promise.all(calls);
      const state = { isOver: false };
      void ended.then(() => (state.isOver = true));
      while (!state.isOver) {
        mostHeld = Math.max(mostHeld, await metric('buffered_message_bytes'));
        expect(await http2Call(session, PREDICT, grpcFrame(request))).toMatchObject({ code: status.OK });
      }
      const ends = await ended;
      const busy = ends.filter(({ details }) => details?.reason === 'BUSY');
      expect(busy.length).toBeGreaterThan(0);
      for (const { code, details } of busy)
        expect({ code, retryAfterMs: details?.retryAfterMs }).toEqual({
          code: status.RESOURCE_EXHAUSTED,
          retryAfterMs: 200,
        });
      expect(mostHeld).toBeLessThanOrEqual(limitBytes);
    },
    120_000,
  );
});

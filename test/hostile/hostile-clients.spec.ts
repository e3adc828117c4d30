import { once } from 'node:events';
import { connect as connectHttp2, type ClientHttp2Session, type ClientHttp2Stream } from 'node:http2';
import { connect as connectTcp, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, credentials, status } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NullBackend } from '../../src/offline/bench/load/null-backend.js';
import { nullModels } from '../../src/offline/bench/load/null-models.js';
import { encodeRequest } from '@pairstream/client/wire';
import { decodeAnswer } from '@pairstream/client/wire';
import { METHOD } from '@pairstream/client/wire';
import { exampleRows, requestOf } from '../support/requests/example-rows.js';
import { openRawStream } from '../support/network/raw-call.js';
import { SHIPPED_PIPELINE, startTestGateway, type TestGateway } from '../support/gateway/test-gateway.js';

const MIB = 1_024 * 1_024;
const LONG_MS = 240_000;
let served: TestGateway;
let request: Buffer;

beforeAll(async () => {
  served = await startTestGateway(
    {},
    { backend: new NullBackend(nullModels(SHIPPED_PIPELINE)), checksGoldenRows: false },
  );
  request = encodeRequest(requestOf(await exampleRows(300)), 1);
});
afterAll(() => served[Symbol.asyncDispose]());

/** The value of a metric without labels. */
async function metric(name: string): Promise<number> {
  const text = await (await fetch(`${served.adminUrl}/metrics`)).text();
  return Number(new RegExp(`^pairstream_${name} (\\S+)$`, 'm').exec(text)?.[1]);
}

/** Everyone else is served as ever. */
async function expectOthersServed(): Promise<void> {
  expect(await scoredPairCount()).toBe(20);
}

/** Pairs of a request of twenty that another caller gets scored. */
async function scoredPairCount(): Promise<number> {
  const { rowStatus, like } = await served.client.predict(requestOf(await exampleRows(20)), {
    timeoutMs: 120_000,
  });
  return like.length - rowStatus.length;
}

async function expectNothingLeft(): Promise<void> {
  await expect.poll(() => metric('open_streams'), { timeout: 150_000 }).toBe(0);
  expect(await metric('paused_streams')).toBe(0);
  expect(served.predictor.inFlightPairCount).toBe(0);
}

/** A gRPC message: flag, length, bytes. */
function frame(message: Buffer, toldBytes = message.length): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(toldBytes, 1);
  return Buffer.concat([head, message]);
}

function openHttp2Call(session: ClientHttp2Session): ClientHttp2Stream {
  const call = session.request({
    ':method': 'POST',
    ':path': METHOD.PredictStream.path,
    'content-type': 'application/grpc',
    te: 'trailers',
  });
  call.on('error', () => undefined);
  return call;
}

describe('clients that never read their answers', () => {
  it(
    'are not read on: memory is bounded, others are served, and nothing is left when they go',
    async () => {
      const CLIENTS = 50;
      const MESSAGES = 400;
      const before = process.memoryUsage();
      const message = frame(request);
      // Without a listener for data the window of the stream stays shut once it is full.
      const sessions = Array.from({ length: CLIENTS }, () => connectHttp2(`http://${served.target}`));
      for (const session of sessions) {
        const call = openHttp2Call(session);
        let left = MESSAGES;
        const push = (): void => {
          while (left > 0) {
            left -= 1;
            if (!call.write(message)) return void call.once('drain', push);
          }
        };
        push();
      }
      await expect.poll(() => metric('paused_streams'), { timeout: 150_000 }).toBe(CLIENTS);
      await expect.poll(() => served.predictor.inFlightPairCount, { timeout: 150_000 }).toBe(0);
      const answeredPairs = await metric('pairs_total');
      await sleep(300);
      expect(await metric('pairs_total')).toBe(answeredPairs);
      expect(answeredPairs).toBeLessThan((CLIENTS * MESSAGES * 300) / 2);
      const after = process.memoryUsage();
      // 5 KB an answer: all of them would be 100 MB. Both ends of every call are in this process.
      expect(after.heapUsed + after.external - before.heapUsed - before.external).toBeLessThan(200 * MIB);
      await expectOthersServed();
      for (const session of sessions) session.destroy();
      await expectNothingLeft();
    },
    LONG_MS,
  );
});

describe('clients that are slow', () => {
  it('are answered when they are through, one byte at a time', async () => {
    const session = connectHttp2(`http://${served.target}`);
    const call = openHttp2Call(session);
    const chunks: Buffer[] = [];
    call.on('data', (bytes: Buffer) => chunks.push(bytes));
    const message = frame(encodeRequest(requestOf(await exampleRows(1)), 77));
    for (const [i, byte] of message.entries()) {
      call.write(Buffer.from([byte]));
      if (i % 8 === 0) await sleep(1);
      if (i === 100) await expectOthersServed();
    }
    call.end();
    await once(call, 'end');
    const { sequence, output } = decodeAnswer(Buffer.concat(chunks).subarray(5));
    expect(sequence).toBe(77);
    expect(output).toMatchObject({ rowStatus: [] });
    session.close();
    await expectNothingLeft();
  });

  it('hold nothing when they promise a message and send none of it', async () => {
    const before = process.memoryUsage().external;
    const session = connectHttp2(`http://${served.target}`);
    const calls = Array.from({ length: 200 }, () => openHttp2Call(session));
    // Each says that 60 MiB will come.
    for (const call of calls) call.write(frame(Buffer.from([1]), 60 * MIB));
    await expect.poll(() => metric('open_streams')).toBe(200);
    await expectOthersServed();
    expect(process.memoryUsage().external - before).toBeLessThan(100 * MIB);
    session.destroy();
    await expectNothingLeft();
  });

  it('that never finish the HTTP/2 preface are no harm', async () => {
    const port = Number(served.target.split(':')[1]);
    const sockets = Array.from({ length: 100 }, (): Socket => connectTcp(port, '127.0.0.1'));
    await Promise.all(sockets.map((socket) => once(socket, 'connect')));
    for (const socket of sockets) {
      socket.on('error', () => undefined);
      socket.write('PRI * HTTP/2.0\r\n');
    }
    await expectOthersServed();
    for (const socket of sockets) socket.destroy();
    expect(await scoredPairCount()).toBe(20);
  });
});

describe('clients that vanish', () => {
  it('in the middle of a message leave nothing behind', async () => {
    for (let round = 0; round < 20; round += 1) {
      const session = connectHttp2(`http://${served.target}`);
      session.on('error', () => undefined);
      const calls = Array.from({ length: 50 }, () => openHttp2Call(session));
      for (const [i, call] of calls.entries()) {
        call.write(frame(request));
        call.write(frame(request).subarray(0, 50 * i));
        if (i % 2 === 0) call.close(8);
      }
      await once(session, 'connect');
      await sleep(5);
      session.destroy();
    }
    await expectNothingLeft();
    expect(await scoredPairCount()).toBe(20);
  });
});

describe('messages that are too large', () => {
  const call = async (bytes: Buffer): Promise<number> => {
    const client = new Client(served.target, credentials.createInsecure(), {
      'grpc.max_send_message_length': -1,
    });
    const { promise, resolve } = Promise.withResolvers<number>();
    const identity = (value: Buffer): Buffer => value;
    client.makeUnaryRequest(METHOD.Predict.path, identity, identity, bytes, (error) =>
      resolve(error === null ? status.OK : error.code),
    );
    const code = await promise;
    client.close();
    return code;
  };

  it(
    'end their call with RESOURCE_EXHAUSTED, while others are served',
    async () => {
      const large = call(Buffer.alloc(100 * MIB));
      await expectOthersServed();
      expect(await large).toBe(status.RESOURCE_EXHAUSTED);
      using raw = openRawStream(served.target, { 'grpc.max_send_message_length': -1 });
      const { promise: code, resolve } = Promise.withResolvers<number>();
      raw.call.on('status', ({ code: seen }) => resolve(seen));
      raw.call.resume();
      raw.call.write(Buffer.alloc(100 * MIB));
      expect(await code).toBe(status.RESOURCE_EXHAUSTED);
      await expectOthersServed();
      await expectNothingLeft();
    },
    LONG_MS,
  );

  it(
    'just below the limit are read, and refused for what is in them',
    async () => {
      const garbage = Buffer.alloc(63 * MIB, 0x0a);
      expect(await call(garbage)).toBe(status.INVALID_ARGUMENT);
      // One field that nobody knows, of 63 MiB, is skipped; what is left is no request.
      const field = Buffer.concat([
        Buffer.from([0xfa, 0x06, 0x80, 0x80, 0xc0, 0x1f]),
        Buffer.alloc(63 * MIB),
      ]);
      expect(await call(field)).toBe(status.INVALID_ARGUMENT);
      await expectOthersServed();
    },
    LONG_MS,
  );
});

describe('idle streams', () => {
  it(
    'by the thousand do not keep others from being served, and are let go of',
    async () => {
      const STREAMS = 3_000;
      const session = connectHttp2(`http://${served.target}`);
      const calls = Array.from({ length: STREAMS }, () => openHttp2Call(session));
      await expect.poll(() => metric('open_streams'), { timeout: 150_000 }).toBe(STREAMS);
      await expectOthersServed();
      // Any of them can still be used.
      const chunks: Buffer[] = [];
      calls[STREAMS - 1]!.on('data', (bytes: Buffer) => chunks.push(bytes));
      calls[STREAMS - 1]!.end(frame(request));
      await once(calls[STREAMS - 1]!, 'end');
      expect(decodeAnswer(Buffer.concat(chunks).subarray(5)).output).toMatchObject({ rowStatus: [] });
      session.destroy();
      await expectNothingLeft();
    },
    LONG_MS,
  );
});

describe('calls of one connection', () => {
  it('are as many as the server says, which it tells every caller', async () => {
    await using narrow = await startTestGateway(
      { maxStreamsPerConnection: 2 },
      { backend: new NullBackend(nullModels(SHIPPED_PIPELINE)), checksGoldenRows: false },
    );
    const session = connectHttp2(`http://${narrow.target}`);
    await once(session, 'remoteSettings');
    expect(session.remoteSettings.maxConcurrentStreams).toBe(2);
    session.destroy();
    // A gRPC library holds back what is more than that: all calls are answered, two at a time.
    const requests = requestOf(await exampleRows(5));
    const answers = await Promise.all(Array.from({ length: 20 }, () => narrow.client.predict(requests)));
    expect(answers.every(({ like }) => like.length === 5)).toBe(true);
  });
});

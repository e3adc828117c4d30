import { once } from 'node:events';
import { constants, createServer, type Http2Server, type ServerHttp2Stream } from 'node:http2';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { status } from './status-code.js';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { GrpcStatusError } from './grpc-status.js';
import { UnaryChannel, type UnaryChannelOptions } from './unary-channel.js';

const OK = { ':status': 200, 'content-type': 'application/grpc' };
const SOON = { interval: 2 };

/** What the server does with one call, once it has the whole request. */
type Answer = (stream: ServerHttp2Stream, request: Buffer) => void;

let server: Http2Server;
let answer: Answer;
let headers: Record<string, unknown>[];
let connectionCount: number;

beforeEach(async () => {
  headers = [];
  connectionCount = 0;
  answer = echo;
  server = createServer();
  server.on('session', () => (connectionCount += 1));
  server.on('stream', (stream, head) => {
    headers.push(head);
    const chunks: Buffer[] = [];
    stream.on('error', () => undefined);
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.on('end', () => answer(stream, Buffer.concat(chunks)));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterEach(() => {
  server.close();
});

const echo: Answer = (stream, request) => respond(stream, [request]);

/** Answers with these bytes, each write on its own, and a status. */
function respond(
  stream: ServerHttp2Stream,
  chunks: readonly Uint8Array[],
  trailers = { 'grpc-status': '0' },
): void {
  stream.respond(OK, { waitForTrailers: true });
  stream.on('wantTrailers', () => stream.sendTrailers(trailers));
  for (const chunk of chunks) stream.write(chunk);
  stream.end();
}

function framed(byteLength: number, flag = 0): Buffer {
  const frame = Buffer.alloc(5 + byteLength, 7);
  frame[0] = flag;
  frame.writeUInt32BE(byteLength, 1);
  return frame;
}

function channelTo(port: number, options: Partial<UnaryChannelOptions> = {}): UnaryChannel {
  return new UnaryChannel({
    target: `127.0.0.1:${port}`,
    maxMessageBytes: 1_000_000,
    keepaliveTimeMs: 60_000,
    toError: (error) => error,
    ...options,
  });
}

function port(): number {
  return (server.address() as AddressInfo).port;
}

function channel(options?: Partial<UnaryChannelOptions>): UnaryChannel {
  return channelTo(port(), options);
}

function message(target: UnaryChannel, text = 'hello'): Buffer {
  const bytes = target.acquireMessage(text.length);
  bytes.write(text, 'latin1');
  return bytes;
}

async function ask(target: UnaryChannel, options = {}, text = 'hello'): Promise<string> {
  return await target.call('/s/m', message(target, text), options, (bytes) => bytes.toString('latin1'));
}

async function codeOf(call: Promise<unknown>): Promise<[string | undefined, string]> {
  const error = await call.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof GrpcStatusError)) throw new TypeError('no status', { cause: error });
  return [status[error.code], error.details];
}

describe('UnaryChannel', () => {
  it('carries a message there and back', async () => {
    const calls = channel({ headers: { authorization: 'Bearer x' } });
    expect(await ask(calls, { timeoutMs: 1_500.5 })).toBe('hello');
    expect(await ask(calls, { timeoutMs: 1e6 }, '')).toBe('');
    expect((await calls.callForKeeps('/s/m', message(calls), {})).toString()).toBe('hello');
    expect(headers).toMatchObject([
      {
        ':method': 'POST',
        ':path': '/s/m',
        ':authority': `127.0.0.1:${port()}`,
        te: 'trailers',
        'content-type': 'application/grpc+proto',
        authorization: 'Bearer x',
        'grpc-timeout': '1500500u',
      },
      { 'grpc-timeout': '1000000m' },
      expect.not.objectContaining({ 'grpc-timeout': expect.anything() as unknown }),
    ]);
    expect(connectionCount).toBe(1);
    calls.close();
  });

  it('carries megabytes, in chunks of any size', async () => {
    const calls = channel({ maxMessageBytes: 5_000_000 });
    const text = 'abc'.repeat(1_000_000);
    expect(await ask(calls, {}, text)).toBe(text);
    answer = (stream) =>
      respond(
        stream,
        [...framed(20)].map((byte) => Uint8Array.of(byte)),
      );
    expect(await ask(calls)).toBe('\u0007'.repeat(20));
    calls.close();
  });

  it.each([
    [
      'a status before any message',
      { ':status': 200, 'grpc-status': '5', 'grpc-message': 'no%20%C3%BCser' },
      'NOT_FOUND',
      'no üser',
    ],
    [
      'a text that is not encoded',
      { ':status': 200, 'grpc-status': '3', 'grpc-message': '100%' },
      'INVALID_ARGUMENT',
      '100%',
    ],
    ['no text', { ':status': 200, 'grpc-status': '13' }, 'INTERNAL', ''],
    [
      'a proxy in the way',
      { ':status': 503 },
      'UNAVAILABLE',
      'the server answers with HTTP status 503 (Service Unavailable), not with gRPC',
    ],
    [
      'another service',
      { ':status': 404 },
      'UNIMPLEMENTED',
      'the server answers with HTTP status 404 (Not Found), not with gRPC',
    ],
    [
      'a status of HTTP without a meaning',
      { ':status': 418 },
      'UNKNOWN',
      "the server answers with HTTP status 418 (I'm a Teapot), not with gRPC",
    ],
  ])('fails with %s', async (_, head, code, details) => {
    answer = (stream) => stream.respond(head, { endStream: true });
    const calls = channel();
    expect(await codeOf(ask(calls))).toEqual([code, details]);
    answer = echo;
    expect(await ask(calls)).toBe('hello');
    expect(connectionCount).toBe(1);
    calls.close();
  });

  it.each([
    ['none', [], 'INTERNAL', 'the server says OK without a whole message'],
    ['half of one', [framed(10).subarray(0, 9)], 'INTERNAL', 'the server says OK without a whole message'],
    ['two', [framed(10), framed(10)], 'INTERNAL', 'the server answers with more than one message'],
    ['a compressed one', [framed(10, 1)], 'INTERNAL', 'the server answers with a compressed message'],
    [
      'one that is too large',
      [framed(11)],
      'RESOURCE_EXHAUSTED',
      'Received message larger than max (11 vs 10)',
    ],
  ])('fails for an answer of %s messages', async (_, chunks, code, details) => {
    answer = (stream) => respond(stream, chunks);
    const calls = channel({ maxMessageBytes: 10 });
    expect(await codeOf(ask(calls))).toEqual([code, details]);
    calls.close();
  });

  it('takes the status of the trailers over a message', async () => {
    answer = (stream) => respond(stream, [framed(3)], { 'grpc-status': '14' });
    const calls = channel();
    expect(await codeOf(ask(calls))).toEqual(['UNAVAILABLE', '']);
    calls.close();
  });

  it('sends no message that is too large, none that is late and none that is cancelled', async () => {
    const calls = channel({ maxMessageBytes: 5 });
    expect(await codeOf(ask(calls, {}, 'sixsix'))).toEqual([
      'RESOURCE_EXHAUSTED',
      'Attempted to send message larger than max (6 vs 5)',
    ]);
    expect(await codeOf(ask(calls, { timeoutMs: 0 }))).toEqual([
      'DEADLINE_EXCEEDED',
      'Deadline exceeded after 0 ms',
    ]);
    expect(await codeOf(ask(calls, { signal: AbortSignal.abort() }))).toEqual([
      'CANCELLED',
      'cancelled by the caller',
    ]);
    expect(connectionCount).toBe(0);
    calls.close();
  });

  it('tells the server when it gives a call up', async () => {
    const codes: (number | undefined)[] = [];
    answer = (stream) => stream.on('close', () => codes.push(stream.rstCode));
    const calls = channel();
    expect((await codeOf(ask(calls, { timeoutMs: 30 })))[0]).toBe('DEADLINE_EXCEEDED');
    const controller = new AbortController();
    const call = codeOf(ask(calls, { signal: controller.signal }));
    await expect.poll(() => headers.length, SOON).toBe(2);
    controller.abort();
    expect((await call)[0]).toBe('CANCELLED');
    await expect.poll(() => codes, SOON).toEqual([constants.NGHTTP2_CANCEL, constants.NGHTTP2_CANCEL]);
    calls.close();
  });

  it('makes a call that the server refused unseen once more', async () => {
    const calls = channel();
    let refusals = 1;
    answer = (stream, request) => {
      refusals -= 1;
      if (refusals >= 0) stream.close(constants.NGHTTP2_REFUSED_STREAM);
      else echo(stream, request);
    };
    expect(await ask(calls)).toBe('hello');
    refusals = 2;
    expect((await codeOf(ask(calls)))[0]).toBe('UNAVAILABLE');
    expect(headers).toHaveLength(4);
    calls.close();
  });

  it('hears a cancel between a refusal and the next attempt', async () => {
    const calls = channel();
    const controller = new AbortController();
    answer = (stream) => {
      stream.close(constants.NGHTTP2_REFUSED_STREAM);
      controller.abort();
    };
    expect((await codeOf(ask(calls, { signal: controller.signal })))[0]).toBe('CANCELLED');
    expect(headers).toHaveLength(1);
    calls.close();
  });

  it.each([constants.NGHTTP2_INTERNAL_ERROR, constants.NGHTTP2_ENHANCE_YOUR_CALM])(
    'is lost when the stream is reset with code %i',
    async (code) => {
      answer = (stream) => stream.close(code);
      const calls = channel();
      expect((await codeOf(ask(calls)))[0]).toBe('UNAVAILABLE');
      calls.close();
    },
  );

  it('ends with the answer of a server that does not read the request to its end', async () => {
    server.removeAllListeners('stream');
    server.on('stream', (stream) => {
      stream.on('error', () => undefined);
      stream.respond({ ...OK, 'grpc-status': '8', 'grpc-message': 'enough' }, { endStream: true });
    });
    const calls = channel({ maxMessageBytes: 1e7 });
    expect(await codeOf(ask(calls, {}, 'x'.repeat(5e6)))).toEqual(['RESOURCE_EXHAUSTED', 'enough']);
    // What was not sent may still be read.
    expect(calls.freeByteLength).toBe(0);
    calls.close();
  });

  it('connects anew when the server ends the connection', async () => {
    const calls = channel();
    answer = (stream, request) => {
      stream.session?.goaway();
      echo(stream, request);
    };
    expect(await ask(calls)).toBe('hello');
    answer = (stream) => stream.session?.destroy();
    expect((await codeOf(ask(calls)))[0]).toBe('UNAVAILABLE');
    answer = echo;
    expect(await ask(calls)).toBe('hello');
    expect(connectionCount).toBe(3);
    calls.close();
  });

  it('connects anew before its calls have no numbers left', async () => {
    const calls = channel({ maxCallCount: 2 });
    for (let call = 0; call < 5; call += 1) expect(await ask(calls)).toBe('hello');
    expect(connectionCount).toBe(3);
    calls.close();
  });

  it('says why there is no connection', async () => {
    const closed = createTcpServer().listen(0, '127.0.0.1');
    await once(closed, 'listening');
    const { port: unused } = closed.address() as AddressInfo;
    closed.close();
    const calls = channelTo(unused);
    expect(await codeOf(ask(calls))).toEqual([
      'UNAVAILABLE',
      `the call was lost: connect ECONNREFUSED 127.0.0.1:${unused}`,
    ]);
    await expect(calls.waitForReady(50)).rejects.toThrow(/timed out after 50ms/);
  });

  it('gives up a connection that does not come about', async () => {
    const silent = createTcpServer((socket) => socket.on('error', () => undefined)).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const calls = channelTo((silent.address() as AddressInfo).port, { connectTimeoutMs: 20 });
    expect(await codeOf(ask(calls))).toEqual([
      'UNAVAILABLE',
      'the call was lost: no connection within 20 ms',
    ]);
    silent.close();
  });

  it('ends the calls of a connection that is given up, and makes the next one', async () => {
    const calls = channel();
    answer = () => undefined;
    const held = codeOf(ask(calls));
    await expect.poll(() => headers.length, SOON).toBe(1);
    calls.reset('it hangs');
    expect(await held).toEqual(['UNAVAILABLE', 'the call was lost: it hangs']);
    answer = echo;
    expect(await ask(calls)).toBe('hello');
    calls.close();
  });

  it('finishes what was sent when it is closed, and takes no more', async () => {
    let finish: (() => void) | undefined;
    answer = (stream, request) => {
      finish = () => echo(stream, request);
    };
    const calls = channel();
    const held = ask(calls);
    await expect.poll(() => finish, SOON).toBeDefined();
    calls.close();
    expect(await codeOf(ask(calls))).toEqual(['UNAVAILABLE', 'the client is closed']);
    finish?.();
    expect(await held).toBe('hello');
  });

  it('gives up a connection that answers no probe', async () => {
    const silent = createTcpServer((socket) => socket.on('error', () => undefined)).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const calls = channelTo((silent.address() as AddressInfo).port, {
      keepaliveTimeMs: 20,
      keepaliveTimeoutMs: 20,
    });
    expect(await codeOf(ask(calls))).toEqual([
      'UNAVAILABLE',
      'the call was lost: the server answers no ping',
    ]);
    silent.close();
  });

  it('probes while there are calls', async () => {
    let pingCount = 0;
    let finish: (() => void) | undefined;
    server.on('session', (session) => session.on('ping', () => (pingCount += 1)));
    answer = (stream, request) => {
      finish = () => echo(stream, request);
    };
    const calls = channel({ keepaliveTimeMs: 5 });
    const call = ask(calls);
    await expect.poll(() => pingCount, SOON).toBeGreaterThan(2);
    finish?.();
    expect(await call).toBe('hello');
    calls.close();
  });
});

describe('memory of a UnaryChannel', () => {
  it('is used again once a call is over', async () => {
    const calls = channel();
    await ask(calls);
    const kept = calls.freeByteLength;
    expect(kept).toBeGreaterThan(0);
    for (let call = 0; call < 10; call += 1) await ask(calls);
    expect(calls.freeByteLength).toBe(kept);
    calls.close();
  });

  it('is used again after an error of the server', async () => {
    answer = (stream) => stream.respond({ ':status': 200, 'grpc-status': '5' }, { endStream: true });
    const calls = channel();
    await codeOf(ask(calls));
    expect(calls.freeByteLength).toBe(4_096);
    calls.close();
  });

  it('is left to a call that was given up', async () => {
    answer = () => undefined;
    const calls = channel();
    await codeOf(ask(calls, { timeoutMs: 20 }));
    expect(calls.freeByteLength).toBe(0);
    calls.close();
  });

  it('is used again when the reader throws', async () => {
    const calls = channel();
    const failing = calls.call('/s/m', message(calls), {}, () => {
      throw new RangeError('unreadable');
    });
    await expect(failing).rejects.toThrow(new RangeError('unreadable'));
    expect(calls.freeByteLength).toBe(8_192);
    calls.close();
  });

  it('is bounded', async () => {
    const calls = channel({ maxMessageBytes: 2 ** 24 });
    const text = 'x'.repeat(2 ** 23);
    await Promise.all(Array.from({ length: 6 }, () => ask(calls, {}, text)));
    expect(calls.freeByteLength).toBeGreaterThan(48 * 1_048_576);
    expect(calls.freeByteLength).toBeLessThanOrEqual(64 * 1_048_576);
    calls.close();
  });
});

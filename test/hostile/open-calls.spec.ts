import { once } from 'node:events';
import type { ClientHttp2Session, ClientHttp2Stream } from 'node:http2';
import { status } from '@grpc/grpc-js';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Connections } from '../../src/gateway/grpc/limits/connections.js';
import { OpenCalls } from '../../src/gateway/grpc/limits/open-calls.js';
import { createGuardedServer } from '../../src/gateway/grpc/limits/guarded-server.js';
import { grpcFrame, http2Call, openSession } from '../support/network/http2-call.js';
import { bindFreePort } from '../support/network/bind-free-port.js';

const LIMIT = 400;
/** Three quarters: what connections with more than 100 calls may use. */
const LARGE_LIMIT = 300;
const EMPTY = grpcFrame(Buffer.alloc(0));

describe(`a server with ${LIMIT} open calls at most`, () => {
  let target: string;
  let sessions: ClientHttp2Session[];
  let heldCount: number;
  let refusals: string[];
  let stop: () => void;

  beforeEach(async () => {
    const connections = new Connections();
    sessions = [];
    refusals = [];
    heldCount = 0;
    const server = createGuardedServer({
      grpc: {},
      connections,
      connectionLimit: 100,
      maxStreamsPerConnection: 1_000,
      openCalls: new OpenCalls(LIMIT),
      onCall: () => undefined,
      onRefused: ({ code }) => refusals.push(code),
      onDroppedConnection: () => undefined,
    });
    const identity = (bytes: Buffer): Buffer => bytes;
    const method = {
      path: '/test/Hold',
      requestStream: true,
      responseStream: true,
      requestSerialize: identity,
      requestDeserialize: identity,
      responseSerialize: identity,
      responseDeserialize: identity,
    };
    server.addService({ hold: method }, { hold: () => void (heldCount += 1) });
    target = await bindFreePort(server);
    stop = () => {
      for (const session of sessions) session.destroy();
      server.forceShutdown();
      connections.destroyAll();
    };
  });
  afterEach(() => stop());

  async function open(): Promise<ClientHttp2Session> {
    const session = openSession(target);
    sessions.push(session);
    await once(session, 'remoteSettings');
    return session;
  }

  function hold(session: ClientHttp2Session, count: number): ClientHttp2Stream[] {
    return Array.from({ length: count }, () => {
      const call = session.request({
        ':method': 'POST',
        ':path': '/test/Hold',
        'content-type': 'application/grpc',
        te: 'trailers',
      });
      return call.on('error', () => undefined);
    });
  }

  /** Any other method is answered with UNIMPLEMENTED. */
  const call = (session: ClientHttp2Session) => http2Call(session, {}, EMPTY);

  it('refuses the calls of one connection above three quarters, and answers another', async () => {
    const greedy = await open();
    hold(greedy, LIMIT + 50);
    await expect.poll(() => heldCount).toBe(LARGE_LIMIT);
    expect(await call(greedy)).toMatchObject({
      code: status.RESOURCE_EXHAUSTED,
      message:
        '300 calls are open, 300 of them on this connection, no more are accepted; try again in 1000 ms',
      details: { reason: 'BUSY', retryAfterMs: 1_000 },
    });
    expect((await call(await open())).code).toBe(status.UNIMPLEMENTED);
    expect(new Set(refusals)).toEqual(new Set(['BUSY']));
  });

  it('refuses every call at the bound, and accepts calls again when others have ended', async () => {
    const many = await Promise.all(Array.from({ length: 5 }, () => open()));
    const calls = many.flatMap((session) => hold(session, 90));
    await expect.poll(() => heldCount).toBe(LIMIT);
    const late = await open();
    expect((await call(late)).code).toBe(status.RESOURCE_EXHAUSTED);
    for (const each of calls.slice(0, 50)) each.close();
    await expect.poll(async () => (await call(late)).code).toBe(status.UNIMPLEMENTED);
    for (const session of many) session.destroy();
    hold(late, 100);
    await expect.poll(() => heldCount).toBe(LIMIT + 100);
  });
});

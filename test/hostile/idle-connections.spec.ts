import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { status } from '@grpc/grpc-js';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PairstreamClient } from '@pairstream/client';
import { Connections } from '../../src/gateway/grpc/limits/connections.js';
import { OpenCalls } from '../../src/gateway/grpc/limits/open-calls.js';
import { createGuardedServer } from '../../src/gateway/grpc/limits/guarded-server.js';
import { exampleRows, requestOf } from '../support/requests/example-rows.js';
import { grpcFrame, http2Call, openSession } from '../support/network/http2-call.js';
import { callHeaders, FLAG, FRAME, http2Frame, RawHttp2Connection } from '../support/network/raw-http2.js';
import { servingAddress } from '../support/gateway/serve-log.js';
import { ROOT } from '../support/gateway/test-gateway.js';
import { bindFreePort } from '../support/network/bind-free-port.js';

const LIMIT = 5;
const EMPTY = grpcFrame(Buffer.alloc(0));

describe(`a server with ${LIMIT} connections at most`, () => {
  let target: string;
  let droppedCount: number;
  let sockets: { close(): void }[];
  let stop: () => void;

  beforeEach(async () => {
    const connections = new Connections();
    droppedCount = 0;
    sockets = [];
    const server = createGuardedServer({
      grpc: {},
      connections,
      connectionLimit: LIMIT,
      maxStreamsPerConnection: 100,
      openCalls: new OpenCalls(1_000),
      onCall: () => undefined,
      onRefused: () => undefined,
      onDroppedConnection: () => (droppedCount += 1),
    });
    // A call that stays open; any other method is answered with UNIMPLEMENTED.
    const identity = (bytes: Buffer): Buffer => bytes;
    server.addService(
      {
        hold: {
          path: '/test/Hold',
          requestStream: true,
          responseStream: true,
          requestSerialize: identity,
          requestDeserialize: identity,
          responseSerialize: identity,
          responseDeserialize: identity,
        },
      },
      { hold: () => undefined },
    );
    target = await bindFreePort(server);
    stop = () => {
      for (const socket of sockets) socket.close();
      server.forceShutdown();
      connections.destroyAll();
    };
  });
  afterEach(() => stop());

  /** A call on a connection of its own. */
  async function callOnce(): Promise<number | undefined> {
    const session = openSession(target);
    const { code } = await http2Call(session, {}, EMPTY);
    session.destroy();
    return code;
  }

  async function openSilent(): Promise<void> {
    const [host, port] = target.split(':');
    const socket: Socket = connect(Number(port), host);
    socket.on('error', () => undefined);
    await once(socket, 'connect');
    sockets.push({ close: () => socket.destroy() });
  }

  async function openRaw(...frames: Buffer[]): Promise<void> {
    const connection = new RawHttp2Connection(target);
    sockets.push(connection);
    await connection.send(...frames);
    await expect.poll(() => connection.hasSettings || connection.isClosed).toBe(true);
  }

  const HOLD = http2Frame(FRAME.headers, FLAG.endHeaders, 1, callHeaders('/test/Hold'));
  const ENDED = http2Frame(FRAME.headers, FLAG.endHeaders | FLAG.endStream, 1, callHeaders('/none'));

  it.each<[string, () => Promise<void>]>([
    ['that send nothing', openSilent],
    ['that send the preface alone', () => openRaw()],
    ['whose calls have ended', () => openRaw(ENDED)],
  ])('answers a new caller among connections %s', async (_name, open) => {
    for (let i = 0; i < 4 * LIMIT; i += 1) await open();
    expect(await callOnce()).toBe(status.UNIMPLEMENTED);
    expect(droppedCount).toBeGreaterThanOrEqual(3 * LIMIT);
  });

  it('keeps connections with open calls, and closes the new one if all have one', async () => {
    const holder = new RawHttp2Connection(target);
    sockets.push(holder);
    await holder.send(HOLD);
    for (let i = 0; i < 4 * LIMIT; i += 1) await openSilent();
    expect(await callOnce()).toBe(status.UNIMPLEMENTED);
    expect(holder.isClosed).toBe(false);
    for (let i = 0; i < LIMIT; i += 1) await openRaw(HOLD);
    await expect.poll(callOnce).toBeUndefined();
    expect(holder.isClosed).toBe(false);
  });
});

describe('a gateway with 160 open files at most', () => {
  let gateway: ChildProcess | undefined;
  afterEach(() => gateway?.kill('SIGKILL'));

  it('answers a caller and /readyz among 600 connections that send nothing', async () => {
    const main = join(ROOT, 'dist/cli/main.js');
    gateway = spawn('sh', ['-c', `ulimit -n 160; exec "${process.execPath}" "${main}" serve`], {
      env: {
        ...process.env,
        PAIRSTREAM_GRPC_PORT: '0',
        PAIRSTREAM_ADMIN_PORT: '0',
        PAIRSTREAM_LOG_LEVEL: 'info',
      },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let log = '';
    gateway.stderr?.setEncoding('utf8').on('data', (text: string) => (log += text));
    await expect.poll(() => servingAddress(log), { timeout: 150_000 }).toBeDefined();
    const target = servingAddress(log)!;
    const [host, port] = target.split(':');
    const sockets = Array.from({ length: 600 }, () =>
      connect(Number(port), host).on('error', () => undefined),
    );
    await Promise.all(
      sockets.map((socket) => Promise.race([once(socket, 'connect'), once(socket, 'close')])),
    );
    const client = new PairstreamClient({ target });
    const { like } = await client.predict(requestOf(await exampleRows(20)), { timeoutMs: 60_000 });
    expect(like).toHaveLength(20);
    const admin = /"admin":"([^"]+)"/.exec(log)?.[1];
    expect((await fetch(`http://${admin?.replace('http://', '')}/readyz`)).status).toBe(200);
    expect(gateway.exitCode).toBeNull();
    client.close();
    for (const socket of sockets) socket.destroy();
  });
});

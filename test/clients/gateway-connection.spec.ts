import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import {
  type AddressInfo,
  connect,
  createServer,
  type ListenOptions,
  type Server,
  type Socket,
} from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Metadata, status } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PairstreamClient, type PredictInput, ServerError } from '@pairstream/client';
import { messageType, METHOD, STATUS_DETAILS_KEY } from '@pairstream/client/wire';
import { RawHttp2Server } from '../support/network/raw-http2-server.js';
import { ScriptedServer } from '../support/network/scripted-server.js';
import { SMALL_TWEETS } from '../support/requests/small-request.js';

/** No call may need its deadline. */
const TIMEOUT = { timeoutMs: 60_000 };
const INPUT: PredictInput = {
  users: { idText: ['ada', 'grace'], followerCount: [1, 1], followingCount: [1, 1] },
  tweets: SMALL_TWEETS,
  pairs: { tweetIndex: [0], readerIndex: [0], authorFollowsReader: [true] },
};
const ANSWER = Buffer.from(
  messageType('pairstream.v1.PredictResponse')
    .encode({ reply: [0.1], retweet: [0.1], quote: [0.1], like: [0.1] })
    .finish(),
);
const DETAILS = Buffer.from(
  messageType('google.rpc.Status').encode({ code: status.UNAVAILABLE, message: 'draining' }).finish(),
);

/** Forwards connections to a server, at an address of its own. */
class Forwarder implements AsyncDisposable {
  connectionCount = 0;
  private readonly sockets = new Set<Socket>();

  private constructor(private readonly server: Server) {}

  static async start(target: string, listenOptions: ListenOptions): Promise<Forwarder> {
    const server = createServer();
    const forwarder = new Forwarder(server);
    server.on('connection', (socket) => {
      forwarder.connectionCount += 1;
      const upstream = connect(Number(target.split(':').at(-1)), '127.0.0.1');
      for (const [from, to] of [
        [socket, upstream],
        [upstream, socket],
      ] as const) {
        forwarder.sockets.add(from);
        from.on('error', () => undefined).on('close', () => to.destroy());
        from.pipe(to);
      }
    });
    server.listen(listenOptions);
    await once(server, 'listening');
    return forwarder;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  cutConnections(): void {
    for (const socket of this.sockets) socket.destroy();
    this.sockets.clear();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.server.close();
    this.cutConnections();
    await once(this.server, 'close');
  }
}

const LOOPBACK = { host: '127.0.0.1', port: 0 };
const folder = mkdtempSync(join(tmpdir(), 'gateway-connection-'));
let gateway: ScriptedServer;
beforeAll(async () => {
  const metadata = new Metadata();
  metadata.set(STATUS_DETAILS_KEY, DETAILS);
  gateway = await ScriptedServer.start(
    { [METHOD.Predict.path]: () => ANSWER },
    {
      [METHOD.PredictStream.path]: (call) => {
        call.once('data', () => {
          call.write(ANSWER);
          call.emit('error', { code: status.UNAVAILABLE, details: 'plain text', metadata });
        });
      },
    },
  );
});
afterAll(() => {
  gateway[Symbol.dispose]();
  rmSync(folder, { recursive: true });
});

async function predictAt(target: string): Promise<readonly number[]> {
  const client = new PairstreamClient({ target });
  try {
    return Array.from((await client.predict(INPUT, TIMEOUT)).like);
  } finally {
    client.close();
  }
}

async function unusedPort(): Promise<number> {
  await using forwarder = await Forwarder.start(gateway.target, LOOPBACK);
  return forwarder.port;
}

describe('the connection of a PairstreamClient', () => {
  it.each(['unix:', 'unix://'])('goes over a Unix domain socket: %s', async (scheme) => {
    const path = join(folder, 'gateway.sock');
    await using forwarder = await Forwarder.start(gateway.target, { path });
    expect(await predictAt(scheme + path)).toHaveLength(1);
    expect(forwarder.connectionCount).toBe(1);
  });

  it.each(['127.0.0.1', 'localhost', 'dns:localhost', 'dns:///localhost', 'ipv4:127.0.0.1'])(
    'goes to %s',
    async (host) => {
      await using forwarder = await Forwarder.start(gateway.target, LOOPBACK);
      expect(await predictAt(`${host}:${forwarder.port}`)).toHaveLength(1);
    },
  );

  it('carries unary calls and streams', async () => {
    await using forwarder = await Forwarder.start(gateway.target, LOOPBACK);
    const client = new PairstreamClient({ target: `127.0.0.1:${forwarder.port}` });
    const stream = client.predictStream([INPUT], TIMEOUT);
    await Promise.all([stream.next(), client.predict(INPUT, TIMEOUT), client.predict(INPUT, TIMEOUT)]);
    await stream.return(undefined);
    expect(forwarder.connectionCount).toBe(1);
    client.close();
  });

  it('is made again after it was lost', async () => {
    await using forwarder = await Forwarder.start(gateway.target, LOOPBACK);
    const client = new PairstreamClient({ target: `127.0.0.1:${forwarder.port}` });
    await client.predict(INPUT, TIMEOUT);
    forwarder.cutConnections();
    const isAnswered = (): Promise<boolean> =>
      client.predict(INPUT, TIMEOUT).then(
        () => true,
        () => false,
      );
    // A call fails if it starts before the client has noticed the loss.
    await expect.poll(isAnswered, { timeout: TIMEOUT.timeoutMs }).toBe(true);
    expect(forwarder.connectionCount).toBe(2);
    client.close();
  });

  it('waits for a gateway that starts later', async () => {
    const port = await unusedPort();
    const client = new PairstreamClient({ target: `127.0.0.1:${port}` });
    await expect(client.predict(INPUT, TIMEOUT)).rejects.toThrow(
      new ServerError({
        code: status.UNAVAILABLE,
        message: `the call was lost: connect ECONNREFUSED 127.0.0.1:${port}`,
        reason: undefined,
        field: undefined,
        retryAfterMs: undefined,
      }),
    );
    const ready = client.waitForReady(TIMEOUT.timeoutMs);
    await using forwarder = await Forwarder.start(gateway.target, { host: '127.0.0.1', port });
    await ready;
    expect((await client.predict(INPUT, TIMEOUT)).like).toHaveLength(1);
    expect(forwarder.connectionCount).toBe(1);
    client.close();
  });

  it('is not waited for after close, and the error says so', async () => {
    const client = new PairstreamClient({ target: gateway.target });
    client.close();
    await expect(client.waitForReady(60_000)).rejects.toThrow(/\(the client is closed\)$/);
    await expect(client.predict(INPUT)).rejects.toThrow(/^the client is closed$/);
  });

  it('says why no gateway answers in time', async () => {
    const port = await unusedPort();
    const client = new PairstreamClient({ target: `127.0.0.1:${port}` });
    await expect(client.waitForReady(300)).rejects.toThrow(
      `no gateway answers at 127.0.0.1:${port} within 300 ms (Operation timed out after 300ms: connect ECONNREFUSED 127.0.0.1:${port})`,
    );
    client.close();
  });
});

describe('a call of a PairstreamClient', () => {
  it('that is a stream fails with the details in the trailers', async () => {
    const client = new PairstreamClient({ target: gateway.target });
    const stream = client.predictStream([INPUT], TIMEOUT);
    expect((await stream.next()).value).toMatchObject({ index: 0 });
    await expect(stream.next()).rejects.toMatchObject({ code: status.UNAVAILABLE, message: 'draining' });
    client.close();
  });

  it('ends when the server answers before it has read a large request', async () => {
    const refusal = { 'grpc-status': `${status.RESOURCE_EXHAUSTED}`, 'grpc-message': 'enough' };
    using server = await RawHttp2Server.start(
      (call) => call.headers({ ':status': '200', 'content-type': 'application/grpc', ...refusal }, true),
      'its head',
    );
    const client = new PairstreamClient({ target: server.target });
    const large = { ...INPUT, tweets: { ...SMALL_TWEETS, text: ['x'.repeat(1_000_000)] } };
    await expect(client.predict(large, TIMEOUT)).rejects.toMatchObject({
      code: status.RESOURCE_EXHAUSTED,
      message: 'enough',
    });
    client.close();
  });
});

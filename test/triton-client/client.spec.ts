import { createServer } from 'node:net';
import { once } from 'node:events';
import { Server } from '@grpc/grpc-js';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  type InferInput,
  type InferRequest,
  TritonClient,
  type TritonClientOptions,
  TritonError,
} from '@pairstream/triton-client';
import { inferenceMethod, inferencePath } from '@pairstream/triton-client/messages';
import { FakeTriton, identityModel, type ReceivedMessage } from '@pairstream/triton-testing';
import { type Authority, type Certificate, createAuthority } from '../support/network/certificates.js';
import { bindFreePort } from '../support/network/bind-free-port.js';

const echo = identityModel('echo', { x: 'FP32', s: 'BYTES' });
const X: InferInput = { name: 'x', datatype: 'FP32', shape: [1, 2], data: Float32Array.of(1, 2) };
const REQUEST: InferRequest = { modelName: 'echo', inputs: [X] };
/** How often something that comes soon is looked for. */
const SOON = { interval: 2 };
const ANSWER = Float32Array.of(1, 2);

async function ask(client: TritonClient, options?: Parameters<TritonClient['infer']>[1]): Promise<unknown> {
  return (await client.infer(REQUEST, options)).outputs.get('x_out')?.data;
}

describe('TritonClient', () => {
  const received: ReceivedMessage[] = [];
  let triton: FakeTriton;
  let client: TritonClient;

  beforeAll(async () => {
    triton = await FakeTriton.start({ models: [echo], onMessage: (message) => received.push(message) });
    client = new TritonClient({ target: triton.target });
  });
  afterAll(async () => {
    client.close();
    await triton[Symbol.asyncDispose]();
  });
  beforeEach(() => {
    received.length = 0;
    triton.script('echo').resetCounts();
    triton.script('echo').delayMs = 0;
  });

  /** The parameters of the last request. */
  function parameters(): unknown {
    const { request } = inferenceMethod('ModelInfer');
    return request.toObject(request.decode(received.at(-1)!.bytes), { longs: String, objects: true })[
      'parameters'
    ];
  }

  it('sends what is left of its time as the time to wait in the queue', async () => {
    expect(await ask(client, { timeoutMs: 2_500.7 })).toEqual(ANSWER);
    expect(parameters()).toEqual({ timeout: { int64Param: '2500700' } });
    await ask(client);
    expect(parameters()).toEqual({});
    await client.infer({ ...REQUEST, parameters: { timeout: 7, custom: 'x' } }, { timeoutMs: 1_000 });
    expect(parameters()).toEqual({ timeout: { int64Param: '7' }, custom: { stringParam: 'x' } });
  });

  it('tells the server the deadline', async () => {
    const beforeMs = Date.now();
    await ask(client, { timeoutMs: 1_000 });
    expect(received.at(-1)?.deadlineMs).toBeGreaterThan(beforeMs + 500);
    expect(received.at(-1)?.deadlineMs).toBeLessThan(beforeMs + 1_500);
    await ask(client);
    expect(received.at(-1)?.deadlineMs).toBe(Infinity);
  });

  it('sends its headers with every call', async () => {
    using other = new TritonClient({
      target: triton.target,
      headers: { 'triton-grpc-protocol-infer-key': 'secret', authorization: 'Bearer x' },
    });
    await other.isServerLive();
    await ask(other);
    for await (const _ of other.streamInfer([REQUEST]));
    expect(received.map(({ method, metadata }) => [method, metadata.get('authorization')[0]])).toEqual([
      ['ServerLive', 'Bearer x'],
      ['ModelInfer', 'Bearer x'],
      ['ModelStreamInfer', 'Bearer x'],
    ]);
    expect(received[1]?.metadata.get('triton-grpc-protocol-infer-key')).toEqual(['secret']);
  });

  it('cancels on the server', async () => {
    triton.script('echo').delayMs = 200;
    const controller = new AbortController();
    const call = ask(client, { signal: controller.signal });
    await expect.poll(() => triton.script('echo').counts.requests, SOON).toBe(1);
    controller.abort();
    await expect(call).rejects.toMatchObject({ kind: 'cancelled' });
    await expect.poll(() => triton.script('echo').counts.cancels, SOON).toBe(1);
  });

  it('cancels a stream on the server when its reader leaves or its deadline is over', async () => {
    triton.script('echo').delayMs = 200;
    const late = client.streamInfer([REQUEST], { timeoutMs: 50 }).next();
    await expect(late).rejects.toMatchObject({ kind: 'late' });
    await expect.poll(() => triton.script('echo').counts.cancels, SOON).toBe(1);
    triton.script('echo').delayMs = 0;
    const slow = async function* (): AsyncGenerator<InferRequest> {
      yield REQUEST;
      triton.script('echo').delayMs = 200;
      yield REQUEST;
    };
    for await (const { output } of client.streamInfer(slow())) {
      expect('outputs' in output).toBe(true);
      break;
    }
    await expect.poll(() => triton.script('echo').counts.cancels, SOON).toBe(2);
  });

  it('ends a stream with what its source throws', async () => {
    const failing = async function* (): AsyncGenerator<InferRequest> {
      yield REQUEST;
      throw new RangeError('no more');
    };
    const answers = client.streamInfer(failing());
    await expect(
      (async () => {
        for await (const _ of answers);
      })(),
    ).rejects.toThrow(new RangeError('no more'));
    const wrong = client.streamInfer([{ ...REQUEST, inputs: [{ ...X, datatype: 'INT32' }] }]);
    await expect(wrong.next()).rejects.toMatchObject({ kind: 'invalid_argument' });
  });

  it('has any number of calls in flight', async () => {
    const answers = await Promise.all(Array.from({ length: 200 }, () => ask(client)));
    expect(answers).toEqual(Array.from({ length: 200 }, () => ANSWER));
  });
});

describe('options of a client', () => {
  it.each(['triton', 'dns:///triton:8001', 'http://triton:8001', '::1:8001', ''])(
    'refuse the target "%s"',
    (target) => {
      expect(() => new TritonClient({ target })).toThrow(
        new TritonError('invalid_argument', `target "${target}": expected host:port`),
      );
    },
  );

  it('have their defaults where they are undefined', async () => {
    await using triton = await FakeTriton.start({ models: [echo] });
    using client = new TritonClient({
      target: triton.target,
      tls: undefined,
      headers: undefined,
      maxMessageBytes: undefined,
      keepaliveTimeMs: undefined,
    });
    expect(await ask(client)).toEqual(ANSWER);
  });
});

describe('a server that is away', () => {
  it('is down, and a client made before it comes finds it', async () => {
    const port = await freePort();
    using client = new TritonClient({ target: `127.0.0.1:${port}` });
    await expect(client.waitForConnection(60)).rejects.toMatchObject({
      kind: 'down',
      message: `no server answers at 127.0.0.1:${port} within 60 ms`,
    });
    await expect(ask(client)).rejects.toMatchObject({ kind: 'down' });
    await using triton = await FakeTriton.start({ models: [echo], port });
    await client.waitForConnection(5_000);
    expect(await ask(client)).toEqual(ANSWER);
    expect(triton.callCount('ModelInfer')).toBe(1);
  });

  it('fails what is in flight when it dies, and is used again when it is back', async () => {
    await using triton = await FakeTriton.start({ models: [echo] });
    using client = new TritonClient({ target: triton.target });
    triton.script('echo').delayMs = 10_000;
    const calls = [ask(client), client.streamInfer([REQUEST]).next()];
    const outcomes = Promise.allSettled(calls);
    await expect.poll(() => triton.script('echo').counts.requests, SOON).toBe(2);
    await triton.die();
    for (const outcome of await outcomes)
      expect(outcome).toMatchObject({ status: 'rejected', reason: { kind: 'down' } });
    triton.script('echo').delayMs = 0;
    await triton.start();
    await client.waitForConnection(5_000);
    expect(await ask(client)).toEqual(ANSWER);
  });

  it('is late while it hangs, and answers what it held when it goes on', async () => {
    await using triton = await FakeTriton.start({ models: [echo] });
    using client = new TritonClient({ target: triton.target });
    await ask(client);
    triton.hang();
    const held = ask(client);
    await expect(ask(client, { timeoutMs: 100 })).rejects.toMatchObject({ kind: 'late' });
    expect(triton.script('echo').counts.requests).toBe(1);
    triton.resume();
    expect(await held).toEqual(ANSWER);
  });

  it('answers with what is no answer', async () => {
    const server = new Server();
    const identity = (bytes: Buffer): Buffer => bytes;
    for (const method of ['ModelInfer', 'ServerLive', 'ModelMetadata', 'RepositoryIndex'] as const)
      server.addService(
        {
          [method]: {
            path: inferencePath(method),
            requestStream: false,
            responseStream: false,
            requestSerialize: identity,
            requestDeserialize: identity,
            responseSerialize: identity,
            responseDeserialize: identity,
          },
        },
        {
          [method]: (_call: unknown, answer: (error: null, bytes: Buffer) => void) =>
            answer(null, Buffer.of(0x0a, 0x7f)),
        },
      );
    using client = new TritonClient({ target: await bindFreePort(server) });
    await expect(ask(client)).rejects.toMatchObject({
      kind: 'internal',
      message: 'the server answered with bytes that are no ModelInferResponse',
    });
    for (const [call, method] of [
      [client.isServerLive(), 'ServerLive'],
      [client.modelMetadata('m'), 'ModelMetadata'],
      [client.repository.index(), 'RepositoryIndex'],
    ] as const)
      await expect(call).rejects.toMatchObject({
        kind: 'internal',
        message: `${method}: the server's answer is none of the protocol`,
      });
    server.forceShutdown();
  });
});

describe('TLS', () => {
  let authority: Authority;
  let server: Certificate;
  let own: Certificate;

  beforeAll(async () => {
    authority = await createAuthority('authority');
    server = await authority.sign('server', { dns: ['triton.example'], ip: ['127.0.0.1'] });
    own = await authority.sign('client');
  });

  async function outcome(tls: TritonClientOptions['tls'], isMutual: boolean): Promise<unknown> {
    await using triton = await FakeTriton.start({
      models: [echo],
      tls: {
        certificateChain: server.certificate,
        privateKey: server.key,
        ...(isMutual ? { clientCertificates: authority.certificate } : {}),
      },
    });
    const channel = tls === undefined ? {} : { tls };
    using client = new TritonClient({ target: triton.target, ...channel });
    try {
      return await ask(client, { timeoutMs: 5_000 });
    } catch (error) {
      return error;
    }
  }

  it('with the certificate of the authority', async () => {
    expect(await outcome({ rootCertificates: authority.certificate }, false)).toEqual(ANSWER);
  });

  it('with the name that the certificate has', async () => {
    const tls = { rootCertificates: authority.certificate, serverName: 'triton.example' };
    expect(await outcome(tls, false)).toEqual(ANSWER);
    expect(await outcome({ ...tls, serverName: 'other.example' }, false)).toMatchObject({ kind: 'down' });
  });

  it('with the certificate of the client (mTLS)', async () => {
    const tls = {
      rootCertificates: authority.certificate,
      certificateChain: own.certificate,
      privateKey: own.key,
    };
    expect(await outcome(tls, true)).toEqual(ANSWER);
  });

  it('without one, where the server wants one', async () => {
    expect(await outcome({ rootCertificates: authority.certificate }, true)).toMatchObject({ kind: 'down' });
  });

  it('with one of another authority', async () => {
    const stranger = await (await createAuthority('another')).sign('client');
    const tls = {
      rootCertificates: authority.certificate,
      certificateChain: stranger.certificate,
      privateKey: stranger.key,
    };
    expect(await outcome(tls, true)).toMatchObject({ kind: 'down' });
  });

  it('of a server that is not trusted, or of none', async () => {
    const { certificate } = await createAuthority('another');
    expect(await outcome({ rootCertificates: certificate }, false)).toMatchObject({ kind: 'down' });
    expect(await outcome({}, false)).toMatchObject({ kind: 'down' });
    expect(await outcome(undefined, false)).toMatchObject({ kind: 'down' });
  });
});

/** A port that nobody listens on. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  if (address === null || typeof address === 'string') throw new TypeError('no port');
  return address.port;
}

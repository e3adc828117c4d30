import { status } from '@grpc/grpc-js';
import { describe, expect, it } from 'vitest';
import { grpcFrame } from '../support/network/http2-call.js';
import { type RawCall, RawHttp2Server } from '../support/network/raw-http2-server.js';
import { GrpcStatusError, StreamChannel } from '@pairstream/grpc-channel';

const MAX_MESSAGE_BYTES = 200_000;
const GRPC = { ':status': '200', 'content-type': 'application/grpc' };
const OK = { 'grpc-status': '0' };
const frameOf = (text: string): Buffer => grpcFrame(Buffer.from(text));

async function* sourceOf(...requests: readonly Buffer[]): AsyncGenerator<Buffer> {
  yield* requests;
}

/** Answers of one call as text, and the status that it failed with. */
async function outcomeOf(
  target: string,
  requests: AsyncIterable<Buffer>,
  options: Parameters<StreamChannel['stream']>[2] = {},
): Promise<{ answers: string[]; code?: string | undefined; details?: string }> {
  const toError = (error: GrpcStatusError): Error => error;
  const channel = new StreamChannel({
    target,
    maxMessageBytes: MAX_MESSAGE_BYTES,
    keepaliveTimeMs: 60_000,
    toError,
  });
  const answers: string[] = [];
  try {
    for await (const bytes of channel.stream('/s/m', requests, options)) answers.push(bytes.toString());
    return { answers };
  } catch (error) {
    if (!(error instanceof GrpcStatusError)) throw error;
    return { answers, code: status[error.code], details: error.details };
  } finally {
    channel.close();
  }
}

const THREE = Buffer.concat([frameOf('a'), frameOf(''), frameOf('ccc')]);

/** Bytes of a response, as the server cuts them, with the status OK; and what comes of them. */
const RESPONSES: readonly {
  readonly name: string;
  readonly chunks: readonly Buffer[];
  readonly outcome: object;
}[] = [
  { name: 'no message', chunks: [], outcome: { answers: [] } },
  { name: 'an empty message', chunks: [frameOf('')], outcome: { answers: [''] } },
  { name: 'three messages in one chunk', chunks: [THREE], outcome: { answers: ['a', '', 'ccc'] } },
  {
    name: 'three messages, a byte at a time',
    chunks: [...THREE].map((byte) => Buffer.of(byte)),
    outcome: { answers: ['a', '', 'ccc'] },
  },
  {
    name: 'a message, and the prefix of another',
    chunks: [frameOf('a'), frameOf('b').subarray(0, 3)],
    outcome: { answers: ['a'], code: 'INTERNAL', details: 'the server says OK within a message' },
  },
  {
    name: 'a message, and half of another',
    chunks: [Buffer.concat([frameOf('a'), frameOf('bbb').subarray(0, 6)])],
    outcome: { answers: ['a'], code: 'INTERNAL', details: 'the server says OK within a message' },
  },
  {
    name: 'a message, and a compressed one',
    chunks: [frameOf('a'), grpcFrame(Buffer.from('b'), { flag: 1 })],
    outcome: { answers: ['a'], code: 'INTERNAL', details: 'the server answers with a compressed message' },
  },
  {
    name: 'a message that is too large',
    chunks: [grpcFrame(Buffer.alloc(0), { toldBytes: MAX_MESSAGE_BYTES + 1 })],
    outcome: {
      answers: [],
      code: 'RESOURCE_EXHAUSTED',
      details: `Received message larger than max (${MAX_MESSAGE_BYTES + 1} vs ${MAX_MESSAGE_BYTES})`,
    },
  },
];

describe('StreamChannel', () => {
  it.each(RESPONSES)('reads $name', async ({ chunks, outcome }) => {
    using server = await RawHttp2Server.start((call) => {
      call.headers(GRPC);
      for (const chunk of chunks) call.data(chunk);
      call.headers(OK, true);
    });
    expect(await outcomeOf(server.target, sourceOf(Buffer.from('r')))).toEqual(outcome);
  });

  it('yields answers before a failure, and then the status of the trailers', async () => {
    const trailers = { 'grpc-status': '14', 'grpc-message': 'gone' };
    using server = await RawHttp2Server.start((call) =>
      call.headers(GRPC).data(frameOf('a')).headers(trailers, true),
    );
    const outcome = { answers: ['a'], code: 'UNAVAILABLE', details: 'gone' };
    expect(await outcomeOf(server.target, sourceOf())).toEqual(outcome);
  });

  it('sends no message that is too large, and cancels the call', async () => {
    using server = await RawHttp2Server.start((call) => call.headers(GRPC), 'its head');
    const large = Buffer.alloc(MAX_MESSAGE_BYTES + 1);
    expect(await outcomeOf(server.target, sourceOf(large))).toEqual({
      answers: [],
      code: 'RESOURCE_EXHAUSTED',
      details: `Attempted to send message larger than max (${large.byteLength} vs ${MAX_MESSAGE_BYTES})`,
    });
  });

  it('fails with what the source of the requests throws', async () => {
    using server = await RawHttp2Server.start((call) => call.headers(GRPC), 'its head');
    const failing = async function* (): AsyncGenerator<Buffer> {
      yield Buffer.from('r');
      throw new RangeError('no more');
    };
    await expect(outcomeOf(server.target, failing())).rejects.toThrow(new RangeError('no more'));
  });

  it('is not done when the server says OK before all requests were sent', async () => {
    let end: (call: RawCall) => void = () => undefined;
    using server = await RawHttp2Server.start((call) => end(call.headers(GRPC)), 'its head');
    const { promise: never } = Promise.withResolvers<never>();
    const waiting = async function* (): AsyncGenerator<Buffer> {
      yield Buffer.from('r');
      await never;
    };
    end = (call) => call.headers(OK, true);
    expect(await outcomeOf(server.target, waiting())).toEqual({
      answers: [],
      code: 'UNAVAILABLE',
      details: 'the server ended the call with OK before all requests were sent',
    });
  });

  it.each([
    ['a deadline', () => ({ timeoutMs: 30 }), 'DEADLINE_EXCEEDED', 'Deadline exceeded after 30 ms', 1],
    [
      'a deadline that is over',
      () => ({ timeoutMs: 0 }),
      'DEADLINE_EXCEEDED',
      'Deadline exceeded after 0 ms',
      0,
    ],
    ['a cancel', () => ({ signal: AbortSignal.timeout(20) }), 'CANCELLED', 'cancelled by the caller', 1],
    ['a cancel before', () => ({ signal: AbortSignal.abort() }), 'CANCELLED', 'cancelled by the caller', 0],
    [
      'a deadline that is none',
      () => ({ timeoutMs: Number.NaN }),
      'INVALID_ARGUMENT',
      'timeoutMs: NaN, expected a number of milliseconds, or Infinity for no limit',
      0,
    ],
  ])('hears %s', async (_name, optionsOf, code, details, callCount) => {
    using server = await RawHttp2Server.start((call) => call.headers(GRPC));
    const outcome = await outcomeOf(server.target, sourceOf(Buffer.from('r')), optionsOf());
    expect(outcome).toEqual({ answers: [], code, details });
    expect(server.callCount).toBeLessThanOrEqual(callCount);
  });

  it('pulls requests no faster than the server takes them', async () => {
    using server = await RawHttp2Server.start((call) => call.headers(GRPC), 'its head');
    let pulledCount = 0;
    const endless = async function* (): AsyncGenerator<Buffer> {
      for (;;) {
        pulledCount += 1;
        yield Buffer.alloc(MAX_MESSAGE_BYTES);
      }
    };
    expect(await outcomeOf(server.target, endless(), { timeoutMs: 300 })).toMatchObject({
      code: 'DEADLINE_EXCEEDED',
    });
    // The server takes 65,535 bytes, and the rest of the first message waits.
    expect(pulledCount).toBe(1);
  });
});

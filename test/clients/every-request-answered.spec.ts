import { createServer, type ServerHttp2Stream } from 'node:http2';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { ServerDuplexStream } from '@grpc/grpc-js';
import { describe, expect, it } from 'vitest';
import { type InferRequest, TritonClient } from '@pairstream/triton-client';
import { inferencePath, inferenceType } from '@pairstream/triton-client/messages';
import { PairstreamClient } from '@pairstream/client';
import { METHOD } from '@pairstream/client/wire';
import { messageType } from '@pairstream/client/wire';
import { ScriptedServer } from '../support/network/scripted-server.js';
import { SMALL_REQUEST as INPUT } from '../support/requests/small-request.js';

const REQUEST_COUNT = 3;

function inferRequest(i: number): InferRequest {
  const data = new Float32Array(1);
  return { modelName: 'm', id: `r${i}`, inputs: [{ name: 'x', datatype: 'FP32', shape: [1, 1], data }] };
}

function encode(
  type: { create: (f: object) => object; encode: (m: never) => { finish: () => Uint8Array } },
  fields: object,
): Buffer {
  return Buffer.from(type.encode(type.create(fields) as never).finish());
}

const STREAM_ANSWER = inferenceType('ModelStreamInferResponse');
const PREDICT_ANSWER = messageType('pairstream.v1.PredictResponse');
/** Of one pair. */
const COLUMNS = { reply: [0.1], retweet: [0.2], quote: [0.3], like: [0.4] };

/** Both clients: a stream of requests, and an answer of the server to request `index`. */
const CLIENTS = [
  {
    name: 'TritonClient.streamInfer, a server that tells the last answer',
    path: inferencePath('ModelStreamInfer'),
    answer: (index: number) =>
      encode(STREAM_ANSWER, {
        inferResponse: {
          id: `r${index}`,
          parameters: { triton_final_response: { boolParam: true } },
          outputs: [{ name: 'y', datatype: 'FP32', shape: [0] }],
        },
      }),
    stream: (target: string, requests: AsyncIterable<number> | Iterable<number>) => {
      const client = new TritonClient({ target });
      return closing(client, client.streamInfer(mapped(requests, inferRequest), { timeoutMs: 120_000 }));
    },
  },
  {
    name: 'PairstreamClient.predictStream',
    path: METHOD.PredictStream.path,
    answer: (index: number) => encode(PREDICT_ANSWER, { sequence: index, releaseId: 'r', ...COLUMNS }),
    stream: (target: string, requests: AsyncIterable<number> | Iterable<number>) => {
      const client = new PairstreamClient({ target });
      const inputs = mapped(requests, () => INPUT);
      return closing(client, client.predictStream(inputs, { timeoutMs: 120_000 }));
    },
  },
];

async function* mapped<T>(
  source: AsyncIterable<number> | Iterable<number>,
  make: (i: number) => T,
): AsyncGenerator<T> {
  for await (const i of source) yield make(i);
}

async function* closing<T>(client: { close: () => void }, answers: AsyncIterable<T>): AsyncGenerator<T> {
  try {
    yield* answers;
  } finally {
    client.close();
  }
}

async function outcomeOf(answers: AsyncIterable<unknown>): Promise<{ count: number; error: string }> {
  let count = 0;
  try {
    for await (const _ of answers) count += 1;
    return { count, error: '' };
  } catch (error) {
    return { count, error: (error as Error).message };
  }
}

/** Requests that the server answers after it has all of them, before it ends the call with OK. */
const SCRIPTS: readonly { name: string; answered: readonly number[]; count: number; error: RegExp }[] = [
  { name: 'all, in order', answered: [0, 1, 2], count: 3, error: /^$/ },
  { name: 'all, in another order', answered: [2, 0, 1], count: 3, error: /^$/ },
  {
    name: 'the first alone',
    answered: [0],
    count: 1,
    error: /2 of 3 requests unanswered: (index 1, 2|id "r1", "r2")/,
  },
  { name: 'the last alone', answered: [2], count: 1, error: /2 of 3 requests unanswered/ },
  { name: 'none', answered: [], count: 0, error: /3 of 3 requests unanswered/ },
  { name: 'one twice', answered: [0, 0, 1, 2], count: 1, error: /request "?r?0"?,? (twice|which)/ },
  {
    name: 'one twice at the end',
    answered: [0, 1, 2, 2],
    count: 3,
    error: /request "?r?2"?,? (twice|which)/,
  },
  { name: 'one that was not sent', answered: [0, 7], count: 1, error: /request "?r?7"?,? .*not sent/ },
];

describe.each(CLIENTS)('$name', ({ path, answer, stream }) => {
  it.each(SCRIPTS)('a server answers $name', async ({ answered, count, error }) => {
    const handle = (call: ServerDuplexStream<Buffer, Buffer>): void => {
      call.resume();
      call.on('end', () => {
        for (const index of answered) call.write(answer(index));
        call.end();
      });
    };
    using server = await ScriptedServer.start({}, { [path]: handle });
    const outcome = await outcomeOf(
      stream(
        server.target,
        Array.from({ length: REQUEST_COUNT }, (_, i) => i),
      ),
    );
    expect(outcome).toEqual({ count, error: expect.stringMatching(error) });
  });

  it('a server ends the call while the source has more requests', async () => {
    let endSource: () => void = () => undefined;
    const never = new Promise<void>((resolve) => (endSource = resolve));
    const source = async function* (): AsyncGenerator<number> {
      yield 0;
      await never;
    };
    const handle = (call: ServerDuplexStream<Buffer, Buffer>): void => {
      call.once('data', () => {
        call.write(answer(0));
        call.end();
      });
    };
    using server = await ScriptedServer.start({}, { [path]: handle });
    const outcome = await outcomeOf(stream(server.target, source()));
    endSource();
    expect(outcome).toEqual({ count: 1, error: expect.stringContaining('before all requests were sent') });
  });

  it('a server answers bytes that are no message', async () => {
    const handle = (call: ServerDuplexStream<Buffer, Buffer>): void => {
      call.once('data', () => call.write(Buffer.from([0x0a, 0xff])));
    };
    using server = await ScriptedServer.start({}, { [path]: handle });
    const outcome = await outcomeOf(stream(server.target, [0]));
    expect(outcome).toEqual({ count: 0, error: expect.stringContaining('bytes that are no') });
  });

  it('a source that fails ends the call with its error', async () => {
    using server = await ScriptedServer.start({}, { [path]: (call) => call.resume() });
    const source = async function* (): AsyncGenerator<number> {
      yield 0;
      throw new RangeError('the source failed');
    };
    expect(await outcomeOf(stream(server.target, source()))).toEqual({
      count: 0,
      error: 'the source failed',
    });
  });

  it('a slow reader gets no pile of listeners', async () => {
    const warnings: Error[] = [];
    const onWarning = (warning: Error): void => void warnings.push(warning);
    process.on('warning', onWarning);
    const count = 200;
    const handle = (call: ServerDuplexStream<Buffer, Buffer>): void => {
      let index = 0;
      call.on('data', () => {
        call.pause();
        setTimeout(() => call.resume(), 1);
        call.write(answer(index));
        index += 1;
      });
      call.on('end', () => call.end());
    };
    using server = await ScriptedServer.start({}, { [path]: handle });
    const outcome = await outcomeOf(
      stream(
        server.target,
        Array.from({ length: count }, (_, i) => i),
      ),
    );
    process.off('warning', onWarning);
    expect(outcome).toEqual({ count, error: '' });
    expect(warnings).toEqual([]);
  });
});

/** Messages of a unary answer with status OK. */
const UNARY_ANSWERS = [
  { name: 'no message', messageCount: 0 },
  { name: 'two messages', messageCount: 2 },
];
const UNARY_CALLS = [
  {
    name: 'TritonClient.infer',
    call: (target: string) => new TritonClient({ target }).infer(inferRequest(0), { timeoutMs: 120_000 }),
  },
  {
    name: 'PairstreamClient.predict',
    call: (target: string) => new PairstreamClient({ target }).predict(INPUT, { timeoutMs: 120_000 }),
  },
];

describe.each(UNARY_CALLS)('$name', ({ call }) => {
  it.each(UNARY_ANSWERS)('an answer of $name is an error', async ({ messageCount }) => {
    const server = createServer();
    server.on('stream', (stream: ServerHttp2Stream) => {
      stream.on('error', () => undefined);
      stream.resume().on('end', () => {
        stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
        stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
        for (let i = 0; i < messageCount; i += 1) stream.write(Buffer.alloc(5));
        stream.end();
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    await expect(call(`127.0.0.1:${(server.address() as AddressInfo).port}`)).rejects.toThrow(
      /more than one message|without a (whole )?message/,
    );
    server.close();
  });
});

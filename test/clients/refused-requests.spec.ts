import { once } from 'node:events';
import type { ServerDuplexStream } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PairstreamClient, type PredictInput, ServerError } from '@pairstream/client';
import { METHOD } from '@pairstream/client/wire';
import { messageType } from '@pairstream/client/wire';
import { ScriptedServer } from '../support/network/scripted-server.js';
import { SMALL_REQUEST as GOOD } from '../support/requests/small-request.js';

/** As JavaScript without types sends it. */
const BAD = JSON.parse(
  JSON.stringify({ ...GOOD, tweets: { ...GOOD.tweets, createdAtS: ['1614125083'] } }),
) as PredictInput;
const FIELD = 'tweets.createdAtS[0]';
const TIMEOUT = { timeoutMs: 120_000 };

const ANSWER = messageType('pairstream.v1.PredictResponse');
/** Of one pair. */
const COLUMNS = { reply: [0.1], retweet: [0.2], quote: [0.3], like: [0.4] };
const REQUEST = messageType('pairstream.v1.PredictRequest');

let server: ScriptedServer;
let client: PairstreamClient;
let received: number[];

beforeAll(async () => {
  received = [];
  const answerTo = (bytes: Buffer): Buffer => {
    const { sequence } = REQUEST.toObject(REQUEST.decode(bytes), { longs: Number, defaults: true }) as {
      sequence: number;
    };
    received.push(sequence);
    return Buffer.from(ANSWER.encode({ sequence, releaseId: 'r', ...COLUMNS }).finish());
  };
  const echo = (call: ServerDuplexStream<Buffer, Buffer>): void => {
    call.on('data', (bytes: Buffer) => call.write(answerTo(bytes)));
    call.on('end', () => call.end());
  };
  server = await ScriptedServer.start(
    { [METHOD.Predict.path]: answerTo },
    { [METHOD.PredictStream.path]: echo },
  );
  client = new PairstreamClient({ target: server.target });
});
afterAll(() => {
  client.close();
  server[Symbol.dispose]();
});

/** Answers by index: `ok`, or the field of the refusal. */
async function outcomes(
  inputs: Iterable<PredictInput> | AsyncIterable<PredictInput>,
  maxInFlight = 16,
): Promise<string[]> {
  const told: string[] = [];
  for await (const { index, output } of client.predictStream(inputs, { ...TIMEOUT, maxInFlight }))
    told[index] = output instanceof ServerError ? `${output.reason} ${output.field}` : 'ok';
  return told;
}

const REFUSED = `INVALID_REQUEST ${FIELD}`;

describe('a request with a value of the wrong kind', () => {
  it('is not sent', async () => {
    received = [];
    await expect(client.predict(BAD, TIMEOUT)).rejects.toMatchObject({ code: 3, field: FIELD });
    expect(received).toEqual([]);
    await expect(client.predict(GOOD, TIMEOUT)).resolves.toMatchObject({ releaseId: 'r' });
    expect(received).toEqual([0]);
  });

  it.each([
    ['alone', [BAD], 16],
    ['first', [BAD, GOOD, GOOD], 16],
    ['in the middle', [GOOD, BAD, GOOD], 16],
    ['last', [GOOD, GOOD, BAD], 16],
    ['every one', [BAD, BAD, BAD, BAD], 16],
    ['every one, with room for one', [BAD, BAD, BAD, BAD], 1],
    ['by turns, with room for one', [BAD, GOOD, BAD, GOOD, BAD], 1],
    ['ordered', [GOOD, { ...BAD, options: { ordered: true } }, GOOD], 16],
  ])('%s in a stream is its own answer, and the others are answered', async (_name, inputs, maxInFlight) => {
    received = [];
    const isGood = inputs.map((input) => input === GOOD);
    expect(await outcomes(inputs, maxInFlight)).toEqual(isGood.map((good) => (good ? 'ok' : REFUSED)));
    expect(received).toEqual([...isGood.keys()].filter((index) => isGood[index]));
  });

  it('is answered while the source waits for that answer', async () => {
    let answered: () => void = () => undefined;
    const source = async function* (): AsyncGenerator<PredictInput> {
      for (const input of [BAD, GOOD, BAD]) {
        const wait = new Promise<void>((resolve) => (answered = resolve));
        yield input;
        await wait;
      }
    };
    const seen: number[] = [];
    for await (const { index } of client.predictStream(source(), TIMEOUT)) {
      seen.push(index);
      answered();
    }
    expect(seen).toEqual([0, 1, 2]);
  });

  it('does not keep the call open for a caller that leaves after its answer', async () => {
    const mute = (call: ServerDuplexStream<Buffer, Buffer>): void => {
      call.resume();
      cancelled = once(call, 'cancelled');
    };
    let cancelled: Promise<unknown> = Promise.resolve();
    using silent = await ScriptedServer.start({}, { [METHOD.PredictStream.path]: mute });
    const own = new PairstreamClient({ target: silent.target });
    await own.waitForReady(10_000);
    for await (const { index } of own.predictStream([GOOD, BAD], TIMEOUT)) {
      expect(index).toBe(1);
      break;
    }
    await cancelled;
    own.close();
  });

  it('leaves the failure of the call as it is', async () => {
    using refusing = await ScriptedServer.start(
      {},
      { [METHOD.PredictStream.path]: (call) => void call.emit('error', { code: 13, details: 'no' }) },
    );
    const own = new PairstreamClient({ target: refusing.target });
    const indexes: number[] = [];
    const reading = (async () => {
      for await (const { index } of own.predictStream([BAD, GOOD], TIMEOUT)) indexes.push(index);
    })();
    await expect(reading).rejects.toBeInstanceOf(ServerError);
    expect(indexes).toEqual([0]);
    own.close();
  });
});

describe('an option of the wrong kind is refused by name', () => {
  it.each<[string, () => unknown]>([
    ['target', () => new PairstreamClient({ target: 50_051 as never })],
    ['target', () => new PairstreamClient({ target: '' })],
    ['maxMessageBytes', () => new PairstreamClient({ target: 'a:1', maxMessageBytes: '64' as never })],
    ['maxMessageBytes', () => new PairstreamClient({ target: 'a:1', maxMessageBytes: Number.NaN })],
    ['maxMessageBytes', () => new PairstreamClient({ target: 'a:1', maxMessageBytes: 1.5 })],
    ['connections', () => new PairstreamClient({ target: 'a:1', connections: 0 })],
    ['connections', () => new PairstreamClient({ target: 'a:1', connections: 257 })],
    ['connections', () => new PairstreamClient({ target: 'a:1', connections: 'all' as never })],
    ['timeoutMs', () => client.predict(GOOD, { timeoutMs: '5' as never })],
    ['timeoutMs', () => client.predict(GOOD, { timeoutMs: 5n as never })],
    ['timeoutMs', () => client.predict(GOOD, { timeoutMs: new Date() as never })],
    ['timeoutMs', () => client.predict(GOOD, { timeoutMs: null as never })],
    ['timeoutMs', () => client.getServerInfo({ timeoutMs: Number.NaN })],
    ['timeoutMs', () => client.predictStream([GOOD], { timeoutMs: '5' as never }).next()],
    ['signal', () => client.predict(GOOD, { signal: {} as never })],
    ['signal', () => client.predictStream([GOOD], { signal: 'x' as never }).next()],
    ['timeoutMs', () => client.waitForReady('5' as never)],
    ['timeoutMs', () => client.waitForReady(Number.NaN)],
    ...['16', 0, -1, 1.5, Number.NaN, null, 2n].map((maxInFlight): [string, () => unknown] => [
      'maxInFlight',
      () => client.predictStream([GOOD], { maxInFlight: maxInFlight as never }).next(),
    ]),
  ])('%s (%#)', async (field, call) => {
    const calling = (async () => call())();
    await expect(calling).rejects.toMatchObject({
      field,
      reason: 'INVALID_REQUEST',
      message: expect.stringMatching(new RegExp(`${field}: .+, expected `)),
    });
  });
});

describe('a server that is not there', () => {
  it('is told without the empty note of gRPC', async () => {
    const none = new PairstreamClient({ target: '127.0.0.1:1' });
    const failure = await none.predict(GOOD, TIMEOUT).catch((error: unknown) => error);
    none.close();
    expect(failure).toMatchObject({ code: 14, reason: undefined });
    expect((failure as ServerError).message).toMatch(/ECONNREFUSED 127\.0\.0\.1:1$/);
  });
});

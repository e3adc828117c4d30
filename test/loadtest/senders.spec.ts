import type { ServerDuplexStream } from '@grpc/grpc-js';
import { describe, expect, it } from 'vitest';
import { messageType, METHOD, PAIRSTREAM_MESSAGES } from '@pairstream/client/wire';
import type { Outcome } from '../../src/loadtest/transport/outcome.js';
import { Callers } from '../../src/loadtest/transport/callers.js';
import type { Transport } from '../../src/loadtest/transport/sender.js';
import { requestOf, exampleRows } from '../support/requests/example-rows.js';
import { encodeRequest } from '@pairstream/client/wire';
import { ScriptedServer } from '../support/network/scripted-server.js';

const PAIRS = 3;
const bytes = encodeRequest(requestOf(await exampleRows(PAIRS)), 0);
const MESSAGE = { pairCount: PAIRS, bytes, timeoutMs: undefined };

function response(fields: Record<string, unknown>): Buffer {
  return Buffer.from(messageType('pairstream.v1.PredictResponse').encode(fields).finish());
}

function scored(sequence = 0, pairCount = PAIRS): Buffer {
  const column = Array.from({ length: pairCount }, () => 0.5);
  return response({ sequence, reply: column, retweet: column, quote: column, like: column, rung: 'full' });
}

const sequenceOf = (request: Buffer): number =>
  PAIRSTREAM_MESSAGES.decode('pairstream.v1.PredictRequest', request).sequence;

interface Script {
  readonly unary?: (request: Buffer) => Buffer | Promise<Buffer>;
  readonly stream?: (call: ServerDuplexStream<Buffer, Buffer>) => void;
}

/** Sends messages by a caller of a scripted server. */
async function outcomesOf(
  transport: Transport,
  { unary = () => scored(), stream = (call) => call.end() }: Script,
  send: (callers: Callers) => Promise<Outcome>[],
): Promise<{ outcomes: Outcome[]; doubled: number }> {
  using server = await ScriptedServer.start(
    { [METHOD.Predict.path]: unary },
    { [METHOD.PredictStream.path]: stream },
  );
  let doubled = 0;
  const options = { target: server.target, transport, shares: [1], streamsPerCaller: 1 };
  using callers = await Callers.connect(options, () => (doubled += 1));
  return { outcomes: await Promise.all(send(callers)), doubled };
}

const once = (callers: Callers): Promise<Outcome>[] => [callers.send(0, MESSAGE)];
const ANSWER = {
  kind: 'answered',
  scoredPairCount: PAIRS,
  failedPairCount: 0,
  rung: 'full',
  isMissingModels: false,
};

describe('a message of a unary caller', () => {
  it.each<[string, Script['unary'], object]>([
    ['an answer', () => scored(), ANSWER],
    [
      'a degraded answer with a failed pair',
      () =>
        response({
          like: [0.1, Number.NaN, 0.1],
          rung: 'base',
          missingMembers: ['a'],
          rowStatus: [{ pairIndex: 1, code: 3 }],
        }),
      { kind: 'answered', scoredPairCount: 2, failedPairCount: 1, rung: 'base', isMissingModels: true },
    ],
    ['too few pairs', () => scored(0, 2), { kind: 'refused', reason: 'MALFORMED_RESPONSE' }],
    [
      'bytes that are no response',
      () => Buffer.from([0xff, 0xff]),
      { kind: 'refused', reason: 'MALFORMED_RESPONSE' },
    ],
    [
      'a failure without error details',
      () => Promise.reject(new Error('broken')),
      { kind: 'refused', status: 'UNKNOWN', reason: undefined },
    ],
  ])('that gets %s', async (_name, unary, expected) => {
    const { outcomes, doubled } = await outcomesOf('unary', unary === undefined ? {} : { unary }, once);
    expect(outcomes).toEqual([expect.objectContaining(expected)]);
    expect(doubled).toBe(0);
  });

  it('is lost if no response comes until the calls end', async () => {
    const never = (): Promise<Buffer> => new Promise(() => undefined);
    const { outcomes } = await outcomesOf('unary', { unary: never }, (callers) => {
      const sent = callers.send(0, MESSAGE);
      callers.endCalls();
      return [sent];
    });
    expect(outcomes).toEqual([expect.objectContaining({ kind: 'lost' })]);
  });

  it.each<Transport>(['unary', 'stream'])('is not sent after its deadline, by %s', async (transport) => {
    const { outcomes } = await outcomesOf(transport, {}, (callers) => [
      callers.send(0, { ...MESSAGE, timeoutMs: 0 }),
    ]);
    expect(outcomes).toEqual([
      expect.objectContaining({ kind: 'refused', status: 'DEADLINE_EXCEEDED', reason: 'BEFORE_SENDING' }),
    ]);
  });
});

describe('messages of a stream', () => {
  const three = (callers: Callers): Promise<Outcome>[] => [1, 2, 3].map(() => callers.send(0, MESSAGE));

  it('have their responses in any order, and doubled or unknown ones are counted', async () => {
    const stream = (call: ServerDuplexStream<Buffer, Buffer>): void => {
      const waiting: number[] = [];
      call.on('data', (request: Buffer) => {
        waiting.push(sequenceOf(request));
        if (waiting.length < 3) return;
        call.write(scored(77));
        call.write(scored(waiting[2]));
        call.write(scored(waiting[2]));
        call.write(response({ sequence: waiting[1], status: { code: 8, message: 'full' } }));
        call.write(scored(waiting[0]));
      });
      call.on('end', () => call.end());
    };
    const { outcomes, doubled } = await outcomesOf('stream', { stream }, three);
    expect(outcomes).toEqual([
      expect.objectContaining(ANSWER),
      expect.objectContaining({ kind: 'refused', status: 'RESOURCE_EXHAUSTED', reason: undefined }),
      expect.objectContaining(ANSWER),
    ]);
    expect(doubled).toBe(2);
  });

  it('are lost with the stream, and the next message opens another one', async () => {
    let count = 0;
    const stream = (call: ServerDuplexStream<Buffer, Buffer>): void => {
      count += 1;
      const isFirst = count === 1;
      call.on('data', (request: Buffer) => {
        if (isFirst) call.emit('error', new Error('broken'));
        else call.write(scored(sequenceOf(request)));
      });
    };
    const { outcomes } = await outcomesOf('stream', { stream }, (callers) => {
      const lost = callers.send(0, MESSAGE);
      return [lost, lost.then(() => callers.send(0, MESSAGE))];
    });
    expect(outcomes).toEqual([
      expect.objectContaining({ kind: 'lost', problem: expect.stringContaining('the stream failed') }),
      expect.objectContaining(ANSWER),
    ]);
  });
});

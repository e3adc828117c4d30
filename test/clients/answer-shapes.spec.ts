import type { ServerDuplexStream } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PairstreamClient, type PredictInput, type PredictOptions } from '@pairstream/client';
import { METHOD } from '@pairstream/client/wire';
import { messageType } from '@pairstream/client/wire';
import { ScriptedServer } from '../support/network/scripted-server.js';
import { SMALL_TWEETS } from '../support/requests/small-request.js';

/** A request of two pairs. */
const INPUT: PredictInput = {
  users: { idText: ['ada', 'grace'], followerCount: [1, 1], followingCount: [1, 1] },
  tweets: SMALL_TWEETS,
  pairs: { tweetIndex: [0, 0], readerIndex: [0, 1], authorFollowsReader: [true, false] },
};
const RANKED: PredictOptions = { scoreWeights: { like: 1 } };
const TIMEOUT = { timeoutMs: 120_000 };
const ANSWER = messageType('pairstream.v1.PredictResponse');

const NONE = { reply: [], retweet: [], quote: [], like: [] };
const TWO = { reply: [0.1, 0.2], retweet: [0.1, 0.2], quote: [0.1, 0.2], like: [0.1, 0.2] };
const failed = (pairIndex: number) => [
  { pairIndex: pairIndex, code: 3, reason: 'INVALID_ROW', message: 'm' },
];

let fields: object;
let server: ScriptedServer;
let client: PairstreamClient;

beforeAll(async () => {
  const answer = (sequence: number): Buffer => Buffer.from(ANSWER.encode({ sequence, ...fields }).finish());
  const stream = (call: ServerDuplexStream<Buffer, Buffer>): void => {
    let sequence = 0;
    call.on('data', () => call.write(answer(sequence++)));
    call.on('end', () => call.end());
  };
  server = await ScriptedServer.start(
    { [METHOD.Predict.path]: () => answer(0) },
    { [METHOD.PredictStream.path]: stream },
  );
  client = new PairstreamClient({ target: server.target });
});
afterAll(() => {
  client.close();
  server[Symbol.dispose]();
});

type Ask = () => Promise<unknown>;

function bothWays(options: PredictOptions | undefined): [unary: Ask, stream: Ask] {
  const input = options === undefined ? INPUT : { ...INPUT, options };
  return [
    () => client.predict(input, TIMEOUT),
    () => Array.fromAsync(client.predictStream([input, input], TIMEOUT)),
  ];
}

describe('an answer', () => {
  it.each<[string, object, PredictOptions | undefined, string]>([
    ['no bytes', {}, undefined, '0 values of reply, expected 2, one per pair'],
    ['a column left out', { ...TWO, like: [] }, undefined, '0 values of like, expected 2, one per pair'],
    [
      'a column cut short',
      { ...TWO, quote: [0.1] },
      undefined,
      '1 values of quote, expected 2, one per pair',
    ],
    ['a column too long', { ...TWO, retweet: [0.1, 0.2, 0.3] }, undefined, '3 values of retweet, expected 2'],
    [
      'all columns of another request',
      { reply: [0], retweet: [0], quote: [0], like: [0] },
      undefined,
      '1 values',
    ],
    ['a ranking nobody asked for', { ...NONE, rankedPairIndex: [0] }, undefined, '0 values of reply'],
    [
      'the status of a pair too many',
      { ...TWO, rowStatus: failed(2) },
      undefined,
      'pair 2, expected pairs below 2',
    ],
    [
      'the rank of a pair too many',
      { rankedPairIndex: [1, 9], rankedScore: [2, 1] },
      RANKED,
      'pair 9, expected',
    ],
    [
      'the status of a pair not sent',
      { rowStatus: failed(4_294_967_295) },
      RANKED,
      'pair 4294967295, expected',
    ],
  ])('with %s fails the call', async (_name, sent, options, message) => {
    fields = sent;
    const [unary, stream] = bothWays(options);
    await expect(unary()).rejects.toMatchObject({
      name: 'ServerError',
      code: 13,
      message: expect.stringContaining(`the server answers the request with ${message}`),
    });
    await expect(stream()).rejects.toMatchObject({
      name: 'ServerError',
      code: 13,
      message: expect.stringContaining(`the server answers request 0 with ${message}`),
    });
  });

  it.each<[string, object, PredictOptions | undefined]>([
    ['a value for each pair', TWO, undefined],
    ['the status of the last pair', { ...TWO, rowStatus: failed(1) }, undefined],
    ['a ranking of all pairs', { rankedPairIndex: [1, 0], rankedScore: [2, 1] }, RANKED],
    ['a ranking of no pair', { rowStatus: [...failed(0), ...failed(1)] }, RANKED],
    ['a ranking and the columns', { ...TWO, rankedPairIndex: [1], rankedScore: [2] }, RANKED],
  ])('with %s is taken', async (_name, sent, options) => {
    fields = sent;
    const [unary, stream] = bothWays(options);
    await expect(stream()).resolves.toHaveLength(2);
    await expect(unary()).resolves.toMatchObject({ rung: '' });
  });

  it('that is a refusal has no columns', async () => {
    fields = { status: { code: 8, message: 'BUSY' } };
    const [unary, stream] = bothWays(undefined);
    await expect(unary()).rejects.toMatchObject({ code: 8, message: 'BUSY' });
    const refusal = { output: { code: 8, message: 'BUSY' } };
    await expect(stream()).resolves.toMatchObject([refusal, refusal]);
  });
});

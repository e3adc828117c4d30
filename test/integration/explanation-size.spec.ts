import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  explanationBytes,
  type PredictInput,
  type PredictOptions,
  type ServerInfo,
} from '@pairstream/client';
import { encodeRequest } from '@pairstream/client/wire';
import { exampleRows, requestOf } from '../support/requests/example-rows.js';
import { openRawStream } from '../support/network/raw-call.js';
import { startTestGateway, type TestGateway } from '../support/gateway/test-gateway.js';

const MAX_MESSAGE_BYTES = 200_000;
const scoreWeights = { like: 1 };

let served: TestGateway;
let small: TestGateway;
let info: ServerInfo;

beforeAll(async () => {
  served = await startTestGateway();
  small = await startTestGateway({ maxMessageBytes: MAX_MESSAGE_BYTES });
  info = await served.client.getServerInfo();
});
afterAll(async () => {
  await served[Symbol.asyncDispose]();
  await small[Symbol.asyncDispose]();
});

async function requestFor(pairCount: number, options: PredictOptions): Promise<PredictInput> {
  const request: PredictInput = { ...requestOf(await exampleRows(pairCount)), options };
  return request;
}

/** Bytes of an answer as the server sends it. */
async function answerBytes(request: PredictInput): Promise<number> {
  using raw = openRawStream(served.target, { 'grpc.max_receive_message_length': -1 });
  raw.call.write(encodeRequest(request, 0));
  const [bytes] = (await once(raw.call, 'data')) as [Buffer];
  return bytes.length;
}

describe('the size of an explained answer', () => {
  it.each([
    [1, {}],
    [300, {}],
    [300, { scoreWeights, topK: 20 }],
  ])('of %i pairs with %j is what the server tells, or little less', async (pairCount, ranking) => {
    const explained = await answerBytes(await requestFor(pairCount, { ...ranking, explain: true }));
    const plain = await answerBytes(await requestFor(pairCount, ranking));
    const bound = explanationBytes(info, 'topK' in ranking ? ranking.topK : pairCount);
    expect(explained - plain).toBeLessThanOrEqual(bound);
    expect(explained - plain).toBeGreaterThan(bound - info.explainBaseBytes - 2 * pairCount);
  });

  it('is refused when it would pass the limit of a message, with its size', async () => {
    const most = Math.floor(
      (MAX_MESSAGE_BYTES - info.explainBaseBytes - 1_024) / (info.explainBytesPerPair + 16),
    );
    const fits = await small.client.predict(await requestFor(most, { explain: true }));
    expect(fits.explanation!.pairIndexes).toHaveLength(most);
    const bytes = explanationBytes(info, most + 1);
    await expect(small.client.predict(await requestFor(most + 1, { explain: true }))).rejects.toMatchObject({
      reason: 'MESSAGE_TOO_LARGE',
      field: 'options.explain',
      message: expect.stringContaining(
        `the explanation of ${most + 1} pairs has about ${bytes} bytes (${info.explainBytesPerPair} per pair), expected at most `,
      ),
    });
  });

  it.each<[string, PredictOptions, boolean]>([
    ['the best 20 of all', { scoreWeights, topK: 20 }, true],
    ['the best 20 with probabilities', { scoreWeights, topK: 20, keepProbabilities: true }, true],
    ['all in one list', { scoreWeights }, false],
    [
      'the best of each reader, all of different readers',
      { scoreWeights, topK: 1, rankPerReader: true },
      false,
    ],
  ])('counts the pairs that are answered: %s', async (_name, options, isAnswered) => {
    const call = small.client.predict(await requestFor(400, { ...options, explain: true }));
    const outcome = await call.then(
      ({ explanation }) => explanation!.pairIndexes.length,
      (error: { reason?: string }) => error.reason,
    );
    expect(outcome).toBe(isAnswered ? 20 : 'MESSAGE_TOO_LARGE');
  });

  it('is told of very many pairs, which are refused', async () => {
    const bytes = explanationBytes(info, 10_001);
    await expect(served.client.predict(await requestFor(10_001, { explain: true }))).rejects.toMatchObject({
      reason: 'MESSAGE_TOO_LARGE',
      field: 'options.explain',
      message: expect.stringContaining(
        `10001 pairs, expected at most 10000 to be explained; the explanation would have about ${bytes} bytes`,
      ),
    });
  });
});

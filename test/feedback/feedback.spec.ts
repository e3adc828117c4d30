import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { PairstreamClient, type PredictInput, type PredictOptions, ServerError } from '@pairstream/client';
import { IMPRESSION } from '../../src/feedback/events/event-record.js';
import { TOO_OLD } from '../../src/feedback/feedback-sink.js';
import { LOG_FULL, RecordingSink } from '../support/feedback/recording-sink.js';
import { AdminCalls } from '../support/gateway/admin-calls.js';
import { startTestGateway, type TestGateway } from '../support/gateway/test-gateway.js';
import { SMALL_TWEETS } from '../support/requests/small-request.js';

const AS_OF_S = 1_614_125_100;
/** Three pairs: a good one, one whose reader has no id, another good one. */
const INPUT: PredictInput = {
  users: { idText: ['ada', 'grace', ''], followerCount: [1, 2, 3], followingCount: [1, 2, 3] },
  tweets: { ...SMALL_TWEETS, idText: ['tweet'] },
  pairs: {
    tweetIndex: [0, 0, 0],
    readerIndex: [1, 2, 0],
    authorFollowsReader: [true, false, false],
    asOfS: [AS_OF_S],
  },
};

const NO_ID = new Uint8Array(0);
const state = mkdtempSync(join(tmpdir(), 'pairstream-'));
const sink = new RecordingSink();
let gateway: TestGateway;
let client: PairstreamClient;

beforeAll(async () => {
  gateway = await startTestGateway({}, { feedback: { sink, stateDirectory: state } });
  client = gateway.client;
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  rmSync(state, { recursive: true });
});
beforeEach(() => {
  sink.events.length = 0;
  sink.beforeSubmit = () => undefined;
  sink.outcomeOf = () => 0;
});

function ask(feedback: NonNullable<PredictOptions['feedback']>, more: PredictOptions = {}) {
  return client.predict({ ...INPUT, options: { ...more, feedback } }, { timeoutMs: 120_000 });
}

type FeedbackRequest = Parameters<PairstreamClient['feedback']>[0] extends
  | AsyncIterable<infer I>
  | Iterable<infer I>
  ? I
  : never;

async function send(...requests: FeedbackRequest[]) {
  const answers = await Array.fromAsync(client.feedback(requests, { timeoutMs: 120_000 }));
  return answers.toSorted((a, b) => a.index - b.index).map(({ output }) => output);
}

describe('tokens of an answer', () => {
  it('come one per pair, empty for a failed pair', async () => {
    const { feedbackTokens = [], like, rowStatus } = await ask({ tokens: true });
    expect(feedbackTokens.map(({ length }) => length)).toEqual([113, 0, 113]);
    expect(rowStatus.map(({ pairIndex }) => pairIndex)).toEqual([1]);
    expect([...like].map(Number.isNaN)).toEqual([false, true, false]);
  });

  it('come one per ranked pair, in ranked order', async () => {
    const { feedbackTokens = [], ranking } = await ask(
      { tokens: true },
      { scoreWeights: { like: 1 }, topK: 1 },
    );
    const best = ranking!.pairIndexes[0]!;
    const all = (await ask({ tokens: true })).feedbackTokens!;
    expect(feedbackTokens).toEqual([all[best]]);
  });

  it('are the same without scores, and no model runs', async () => {
    const scored = await ask({ tokens: true });
    const { feedbackTokens, like, rung, rowStatus } = await ask({ tokensOnly: true });
    expect(feedbackTokens).toEqual(scored.feedbackTokens);
    expect({ likes: like.length, rung }).toEqual({ likes: 0, rung: '' });
    expect(rowStatus.map(({ pairIndex }) => pairIndex)).toEqual([1]);
  });

  it.each<[string, PredictOptions]>([
    ['score_weights', { scoreWeights: { like: 1 } }],
    ['explain', { explain: true }],
  ])('are refused without scores beside %s', async (name, options) => {
    await expect(ask({ tokensOnly: true }, options)).rejects.toMatchObject({
      reason: 'INVALID_REQUEST',
      field: 'options.feedback.tokens_only',
      message: expect.stringContaining(`options.${name}`),
    });
  });

  it('are not in an answer that nobody asked for them', async () => {
    const output = await ask({});
    expect(output.feedbackTokens).toBeUndefined();
    expect(output.predictionId).toBeUndefined();
  });
});

describe('events', () => {
  it('by tokens are accepted once per pair and kind', async () => {
    const tokens = (await ask({ tokens: true })).feedbackTokens!;
    const token = [tokens[0]!, tokens[0]!, tokens[2]!, tokens[0]!];
    const request = {
      token,
      kind: ['IMPRESSION', 'LIKE', 'IMPRESSION', 'LIKE'] as const,
      timeS: [AS_OF_S + 5],
    };
    expect(await send(request, request)).toEqual([
      { acceptedCount: 3, duplicateCount: 1, tooOldCount: 0, eventStatus: [] },
      { acceptedCount: 0, duplicateCount: 4, tooOldCount: 0, eventStatus: [] },
    ]);
    expect(sink.events.map(({ kind, timeS }) => [kind, timeS])).toEqual([
      [IMPRESSION, AS_OF_S + 5],
      [3, AS_OF_S + 5],
      [IMPRESSION, AS_OF_S + 5],
    ]);
  });

  it('have the time of the server without a time', async () => {
    const tokens = (await ask({ tokens: true })).feedbackTokens!;
    const beforeS = Math.floor(Date.now() / 1_000);
    await send({ token: [tokens[0]!], kind: ['REPLY'] });
    expect(sink.events[0]!.kind).toBe(0);
    expect(sink.events[0]!.timeS).toBeGreaterThanOrEqual(beforeS);
    expect(sink.events[0]!.timeS).toBeLessThanOrEqual(Math.floor(Date.now() / 1_000));
  });

  it('by prediction and pair are those of the tokens, and other pairs are not found', async () => {
    const { predictionId = NO_ID, feedbackTokens } = await ask({ tokens: true, remember: true });
    expect(predictionId).toHaveLength(16);
    await send({ token: [feedbackTokens![2]!], kind: ['QUOTE'], timeS: [AS_OF_S] });
    const pairIndex = [2, 1, 0, 3];
    const [output] = await send({ predictionId, pairIndex, kind: ['QUOTE'], timeS: [AS_OF_S] });
    expect(output).toMatchObject({ acceptedCount: 1, duplicateCount: 1 });
    expect(output).toMatchObject({
      eventStatus: [
        { eventIndex: 1, code: 5, reason: 'NOT_FOUND', message: /^pair_index\[1]: 1, expected a pair/ },
        { eventIndex: 3, code: 5, reason: 'NOT_FOUND', message: /^pair_index\[3]: 3, expected a pair/ },
      ].map(({ message, ...status }) => ({ ...status, message: expect.stringMatching(message) })),
    });
  });

  it('of a ranking can name only ranked pairs', async () => {
    const { predictionId = NO_ID, ranking } = await ask({ remember: true }, { scoreWeights: { like: -1 } });
    const ranked = [...ranking!.pairIndexes];
    expect(ranked.toSorted((a, b) => a - b)).toEqual([0, 2]);
    const [output] = await send({ predictionId, pairIndex: [0, 1, 2], kind: ['LIKE'], timeS: [AS_OF_S] });
    expect(output).toMatchObject({ acceptedCount: 2, eventStatus: [{ eventIndex: 1 }] });
  });

  it('of a prediction that the gateway does not remember are not found', async () => {
    const predictionId = new Uint8Array(16).fill(7);
    const [output] = await send({ predictionId, pairIndex: [0, 1], kind: ['LIKE'] });
    expect(output).toMatchObject({
      acceptedCount: 0,
      eventStatus: [
        { eventIndex: 0, reason: 'NOT_FOUND', message: expect.stringContaining('0707070707') },
        { eventIndex: 1, reason: 'NOT_FOUND' },
      ],
    });
  });

  it('that are too old have a status beside the errors of others', async () => {
    const tokens = (await ask({ tokens: true })).feedbackTokens!;
    sink.outcomeOf = ({ kind }) => (kind === 1 ? TOO_OLD : 0);
    const [output] = await send({
      token: [tokens[0]!, tokens[0]!, tokens[0]!],
      kind: ['LIKE', 'RETWEET', 9],
      timeS: [AS_OF_S],
    });
    expect(output).toMatchObject({
      acceptedCount: 1,
      tooOldCount: 1,
      eventStatus: [
        { eventIndex: 1, code: 9, reason: 'EVENT_TOO_OLD' },
        { eventIndex: 2, code: 3, reason: 'INVALID_EVENT', message: expect.stringContaining('kind[2]: 9') },
      ],
    });
  });
});

describe('pairs that will be shown', () => {
  it('have an impression at the time of their prediction before they are answered', async () => {
    const { shownError } = await ask({ shown: true });
    expect(shownError).toBeUndefined();
    expect(sink.events.map(({ kind, timeS }) => [kind, timeS])).toEqual([
      [IMPRESSION, AS_OF_S],
      [IMPRESSION, AS_OF_S],
    ]);
  });

  it('are those of the ranking', async () => {
    await ask({ shown: true }, { scoreWeights: { like: 1 }, topK: 1 });
    expect(sink.events).toHaveLength(1);
  });

  it('are answered with scores and the reason if the log takes no impressions', async () => {
    sink.beforeSubmit = () => Promise.reject(LOG_FULL);
    const { shownError, like } = await ask({ shown: true });
    expect(shownError).toMatchObject({ reason: 'BUSY', retryAfterMs: 250 });
    expect(like[0]).toBeGreaterThan(0);
  });

  it('are answered at the deadline if the log does not answer', async () => {
    const log = Promise.withResolvers<void>();
    sink.beforeSubmit = () => log.promise;
    const input = { ...INPUT, timeoutMs: 1_000, options: { feedback: { shown: true } } };
    const { shownError } = await client.predict(input);
    log.resolve();
    expect(shownError).toMatchObject({ reason: 'DEADLINE_EXCEEDED' });
  });

  it('may not lie in the future', async () => {
    const asOfS = [Math.floor(Date.now() / 1_000) + 3_600];
    const pairs = { ...INPUT.pairs, asOfS };
    const request = { ...INPUT, pairs, options: { feedback: { shown: true } } };
    await expect(client.predict(request)).rejects.toMatchObject({
      reason: 'INVALID_REQUEST',
      field: 'pairs.as_of_s[0]',
    });
  });
});

describe('a feedback stream', () => {
  it('goes on after a request that the log refuses', async () => {
    const token = [(await ask({ tokens: true })).feedbackTokens![0]!];
    let isFull = true;
    sink.beforeSubmit = () => {
      const wasFull = isFull;
      isFull = false;
      return wasFull ? Promise.reject(LOG_FULL) : undefined;
    };
    const [first, second] = await send(
      { token, kind: ['LIKE'], timeS: [AS_OF_S] },
      { token, kind: ['LIKE'], timeS: [AS_OF_S] },
    );
    expect(first).toMatchObject({ reason: 'BUSY', retryAfterMs: 250 });
    expect(second).toMatchObject({ acceptedCount: 1 });
  });

  it('refuses a value of the wrong kind before it is sent', async () => {
    const [output] = await send({ token: ['text' as never], kind: ['LIKE'] });
    expect(output).toBeInstanceOf(ServerError);
    expect(output).toMatchObject({ field: 'token[0]' });
  });

  it('is not read further than the maximum of requests in flight, is listed, and can be closed', async () => {
    const maxInFlight = 4;
    await using small = await startTestGateway(
      { maxMessagesPerStream: maxInFlight },
      { feedback: { sink, stateDirectory: state } },
    );
    const token = [(await ask({ tokens: true })).feedbackTokens![0]!];
    const log = Promise.withResolvers<void>();
    sink.beforeSubmit = () => log.promise;
    const requests = Array.from({ length: 50 }, () => ({ token, kind: ['LIKE' as const], timeS: [AS_OF_S] }));
    const answered = Array.fromAsync(small.client.feedback(requests, { maxInFlight: Infinity }));
    answered.catch(() => undefined);
    const admin = new AdminCalls(small.adminUrl);
    await expect
      .poll(async () => (await admin.get('/admin/v1/streams')).json, { timeout: 150_000 })
      .toMatchObject({
        streams: [
          { method: '/pairstream.v1.PairService/Feedback', inFlightCount: maxInFlight, isPaused: true },
        ],
      });
    expect(sink.inFlightCount).toBe(maxInFlight);
    log.resolve();
    expect(await answered).toHaveLength(50);
    expect(sink.events).toHaveLength(1);
  });

  it('refuses new events while the gateway drains, and answers those in flight', async () => {
    const other = await startTestGateway({}, { feedback: { sink, stateDirectory: state } });
    const token = [(await ask({ tokens: true })).feedbackTokens![0]!];
    const log = Promise.withResolvers<void>();
    sink.beforeSubmit = () => log.promise;
    const stream = other.client.feedback([{ token, kind: ['LIKE'], timeS: [AS_OF_S] }]);
    const answer = stream.next();
    await expect.poll(() => sink.inFlightCount).toBe(1);
    const closed = other.gateway.close();
    log.resolve();
    expect((await answer).value).toMatchObject({ output: { acceptedCount: 1 } });
    await closed;
    other.client.close();
  });
});

describe('the freshness of the statistics', () => {
  it('is in the timing of an answer and in the info of the server', async () => {
    const newestEventS = Math.floor(Date.now() / 1_000) - 100;
    sink.freshness = { newestEventS, lagCount: 7, appliedCount: 5, duplicateCount: 3, tooOldCount: 2 };
    const { timing } = await ask({});
    expect(timing.statisticsAgeS).toBeGreaterThanOrEqual(100);
    expect(timing.feedbackLag).toBe(7);
    const { feedback } = await client.getServerInfo();
    expect(feedback).toEqual({
      enabled: true,
      eventLog: 'embedded',
      keyScheme: expect.any(Number) as number,
      newestEventS,
      lag: 7,
      appliedCount: 5,
      duplicateCount: 3,
      tooOldCount: 2,
      maxEventsPerRequest: 10_000,
    });
  });

  it('saturates', async () => {
    sink.freshness = { ...sink.freshness, newestEventS: -1e12, lagCount: 1e12 };
    expect((await ask({})).timing).toMatchObject({
      statisticsAgeS: 4_294_967_295,
      feedbackLag: 4_294_967_295,
    });
    sink.freshness = { ...sink.freshness, newestEventS: 1e12 };
    expect((await ask({})).timing.statisticsAgeS).toBe(0);
  });
});

describe('a gateway without a state directory', () => {
  it('refuses feedback with FEEDBACK_OFF, and says so', async () => {
    await using off = await startTestGateway();
    const predicted = off.client.predict({ ...INPUT, options: { feedback: { tokens: true } } });
    await expect(predicted).rejects.toMatchObject({ reason: 'FEEDBACK_OFF', field: 'options.feedback' });
    const sent = Array.fromAsync(off.client.feedback([{ token: [new Uint8Array(113)], kind: ['LIKE'] }]));
    await expect(sent).rejects.toMatchObject({ reason: 'FEEDBACK_OFF', code: 9 });
    const { feedback } = await off.client.getServerInfo();
    expect(feedback).toMatchObject({ enabled: false, maxEventsPerRequest: 0 });
    expect((await off.client.predict(INPUT)).timing).toMatchObject({ statisticsAgeS: 0, feedbackLag: 0 });
  });
});

describe('metrics', () => {
  it('count events by outcome and the served-pair log', async () => {
    const { text } = await new AdminCalls(gateway.adminUrl).get('/metrics');
    expect(text).toMatch(/^pairstream_feedback_events_total\{kind="impression",outcome="accepted"} [1-9]/m);
    expect(text).toMatch(/^pairstream_feedback_events_total\{kind="[a-z]+",outcome="EVENT_TOO_OLD"} 1$/m);
    expect(text).toMatch(/^pairstream_feedback_requests_total\{outcome="BUSY"} 1$/m);
    expect(text).toMatch(/^pairstream_served_pairs_bytes [1-9]/m);
    expect(text).toMatch(/^pairstream_served_pairs_bytes_limit 67108864$/m);
  });
});

import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { FeedbackInput, PairstreamClient } from '@pairstream/client';
import { DAY_S } from '../../src/pairs/unix-time.js';
import { sendFeedback, startLearningGateway } from '../support/feedback/learning-gateway.js';
import { StateFolder } from '../support/feedback/state-folder.js';
import { AdminCalls } from '../support/gateway/admin-calls.js';
import type { TestGateway } from '../support/gateway/test-gateway.js';
import { SMALL_REQUEST } from '../support/requests/small-request.js';

const HOUR_S = 3_600;
const RUN_MS = 120_000;
const realNow = Date.now.bind(Date);

/** Sets the clock of the gateway, relative to the clock of this machine. */
function setClock(offsetS: number): void {
  vi.spyOn(Date, 'now').mockImplementation(() => realNow() + offsetS * 1_000);
}

function realNowS(): number {
  return Math.floor(realNow() / 1_000);
}

/** Tokens of new pairs, predicted at the time of the gateway. */
async function newTokens(client: PairstreamClient, count: number): Promise<readonly Uint8Array[]> {
  const { feedbackTokens = [] } = await client.predict({
    ...SMALL_REQUEST,
    users: {
      idText: ['ada', ...Array.from({ length: count }, () => crypto.randomUUID())],
      followerCount: Array.from({ length: count + 1 }, () => 1),
      followingCount: Array.from({ length: count + 1 }, () => 1),
    },
    pairs: {
      tweetIndex: Array.from({ length: count }, () => 0),
      readerIndex: Array.from({ length: count }, (_, i) => i + 1),
      authorFollowsReader: Array.from({ length: count }, () => false),
    },
    options: { feedback: { tokensOnly: true } },
  });
  return feedbackTokens;
}

describe('a gateway whose clock steps between events', () => {
  const state = new StateFolder();
  let gateway: TestGateway;
  beforeAll(async () => {
    gateway = await startLearningGateway(state.path);
  }, RUN_MS);
  afterEach(() => vi.restoreAllMocks());
  afterAll(async () => {
    await gateway[Symbol.asyncDispose]();
    state[Symbol.dispose]();
  });

  const send = async (events: FeedbackInput) => {
    const [answer] = await sendFeedback(gateway.client, events);
    return answer!;
  };
  const feedback = () => gateway.client.getServerInfo().then((info) => info.feedback);

  it.each([
    ['an hour back', -HOUR_S],
    ['an hour ahead', HOUR_S],
    ['two days ahead', 2 * DAY_S],
    ['two years ahead', 730 * DAY_S],
    ['to 1970', -realNowS()],
  ])(
    '%s counts every event once, and events of the present are never too old',
    async (_name, stepS) => {
      const before = await feedback();
      const tokens = await newTokens(gateway.client, 10);
      expect(await send({ token: tokens, kind: ['IMPRESSION'] })).toMatchObject({ acceptedCount: 10 });
      setClock(stepS);
      // Events without a time, of pairs that were predicted before the step and after it.
      expect(await send({ token: tokens, kind: ['LIKE'] })).toMatchObject({ acceptedCount: 10 });
      expect(await send({ token: tokens, kind: ['LIKE'] })).toMatchObject({ duplicateCount: 10 });
      const later = await newTokens(gateway.client, 10);
      expect(await send({ token: later, kind: ['IMPRESSION'] })).toMatchObject({ acceptedCount: 10 });
      const during = await feedback();
      vi.restoreAllMocks();

      expect(await send({ token: later, kind: ['LIKE'] })).toMatchObject({ acceptedCount: 10 });
      const present = await newTokens(gateway.client, 10);
      expect(await send({ token: present, kind: ['IMPRESSION'] })).toMatchObject({ acceptedCount: 10 });
      expect(await send({ token: tokens, kind: ['REPLY'], timeS: [realNowS()] })).toMatchObject({
        acceptedCount: 10,
      });
      expect(await send({ token: tokens, kind: ['LIKE'] })).toMatchObject({ duplicateCount: 10 });
      const after = await feedback();
      expect(during.newestEventS).toBeGreaterThanOrEqual(before.newestEventS);
      expect(after.newestEventS).toBeGreaterThanOrEqual(during.newestEventS);
      // A step of at most a day moves the newest event; a larger one does not.
      expect(after.newestEventS).toBeLessThanOrEqual(realNowS() + HOUR_S);
      expect(after.appliedCount).toBe(before.appliedCount + 60);
      expect(after.tooOldCount).toBe(0);
    },
    RUN_MS,
  );

  it(
    'two years ahead refuses events of that time, and operators see the step',
    async () => {
      const [token] = await newTokens(gateway.client, 1);
      const stepS = 730 * DAY_S;
      setClock(stepS);
      expect(await send({ token: [token!], kind: ['LIKE'], timeS: [realNowS() + stepS] })).toMatchObject({
        eventStatus: [
          { reason: 'INVALID_EVENT', message: expect.stringContaining("after the server's clock") },
        ],
      });
      const admin = new AdminCalls(gateway.adminUrl);
      expect(await admin.get('/readyz')).toMatchObject({
        status: 200,
        text: expect.stringMatching(/the clock of this machine jumped ahead by 630\d+ s/),
      });
      vi.restoreAllMocks();
      expect((await admin.get('/readyz')).text).not.toContain('jumped');
    },
    RUN_MS,
  );

  it(
    'a gateway that starts with a clock behind its newest event says so',
    async () => {
      const [token] = await newTokens(gateway.client, 1);
      await send({ token: [token!], kind: ['LIKE'] });
      const { newestEventS, appliedCount } = await feedback();
      await gateway[Symbol.asyncDispose]();
      setClock(-30 * DAY_S);
      gateway = await startLearningGateway(state.path);
      const tokens = await newTokens(gateway.client, 1);
      // The present of this clock is older than the attribution window before the newest event.
      expect(await send({ token: tokens, kind: ['LIKE'] })).toMatchObject({ tooOldCount: 1 });
      expect(await feedback()).toMatchObject({ newestEventS, appliedCount });
      expect(await new AdminCalls(gateway.adminUrl).get('/readyz')).toMatchObject({
        status: 200,
        text: expect.stringMatching(/the newest event is 2[56]\d{5} s ahead of the clock/),
      });
    },
    RUN_MS,
  );
});

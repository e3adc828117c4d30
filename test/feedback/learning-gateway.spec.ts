import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PairstreamClient } from '@pairstream/client';
import type { PartRow } from '../../src/pairs/part-row.js';
import {
  changedFeatures,
  eventsOf,
  featuresOf,
  sendFeedback,
  startLearningGateway,
  tokensOf,
} from '../support/feedback/learning-gateway.js';
import { StateFolder } from '../support/feedback/state-folder.js';
import { AdminCalls } from '../support/gateway/admin-calls.js';
import type { TestGateway } from '../support/gateway/test-gateway.js';
import { exampleRows } from '../support/requests/example-rows.js';

const HOUR_S = 3_600;
const RUN_MS = 120_000;

describe('a gateway that learns from feedback', () => {
  const state = new StateFolder();
  let rows: PartRow[];
  let gateway: TestGateway;
  let asOfS: number;
  beforeAll(async () => {
    rows = await exampleRows(3_000);
    asOfS = rows.at(-1)!.tweetCreatedAtS + HOUR_S;
    gateway = await startLearningGateway(state.path);
  }, RUN_MS);
  afterAll(async () => {
    await gateway[Symbol.asyncDispose]();
    state[Symbol.dispose]();
  });

  /** Size of the only snapshot. */
  function snapshotSize(): number {
    const folder = join(state.path, 'snapshots');
    const [name] = readdirSync(folder);
    return statSync(join(folder, name!)).size;
  }

  it('answers 10,000 events without a valid token with a reason for each', async () => {
    const token = Array.from({ length: 10_000 }, () => Uint8Array.of(1));
    const [answer] = await sendFeedback(gateway.client, { token, kind: ['LIKE'] });
    expect(answer?.eventStatus).toHaveLength(10_000);
    expect(new Set(answer?.eventStatus.map(({ reason }) => reason))).toEqual(
      new Set(['FEEDBACK_TOKEN_INVALID']),
    );
    expect(answer?.eventStatus[0]?.message).toContain('token[0]: 1 bytes, expected 113');
    expect(answer?.eventStatus.at(-1)?.message).toBe('');
  });

  it('changes the encodings of the next answer, and not again for duplicates', async () => {
    const { client } = gateway;
    const shown = rows.slice(0, 5);
    const tokens = await tokensOf(client, shown);
    const before = await featuresOf(client, shown, asOfS);
    const [first] = await sendFeedback(client, eventsOf(tokens, shown));
    expect(first).toMatchObject({ acceptedCount: 5, duplicateCount: 0, tooOldCount: 0, eventStatus: [] });
    const afterImpressions = await featuresOf(client, shown, asOfS);
    const [second] = await sendFeedback(client, eventsOf(tokens, shown, 'LIKE'));
    expect(second).toMatchObject({ acceptedCount: 5 });
    const afterLikes = await featuresOf(client, shown, asOfS);
    expect(changedFeatures(before, afterImpressions)).not.toEqual([]);
    expect(changedFeatures(afterImpressions, afterLikes)).not.toEqual([]);
    const [third] = await sendFeedback(client, eventsOf(tokens, shown, 'LIKE'));
    expect(third).toMatchObject({ acceptedCount: 0, duplicateCount: 5 });
    expect(changedFeatures(afterLikes, await featuresOf(client, shown, asOfS))).toEqual([]);
  });

  it('counts 1,000 events of one request once, whichever of two callers sends them first', async () => {
    const other = new PairstreamClient({ target: gateway.target });
    const sent = rows.slice(1_000, 2_000);
    const events = eventsOf(await tokensOf(gateway.client, sent), sent, 'RETWEET');
    const answers = await Promise.all([sendFeedback(gateway.client, events), sendFeedback(other, events)]);
    const sum = (count: 'acceptedCount' | 'duplicateCount'): number =>
      answers.flat().reduce((total, answer) => total + answer[count], 0);
    const pairCount = new Set(sent.map(({ tweetId, reader }) => `${tweetId} ${reader.id}`)).size;
    expect(sum('acceptedCount')).toBe(pairCount);
    expect(sum('duplicateCount')).toBe(2_000 - pairCount);
    other.close();
  });

  it('reports the age of its statistics in answers and in GetServerInfo', async () => {
    const { client } = gateway;
    const { feedback } = await client.getServerInfo();
    expect(feedback).toMatchObject({ enabled: true, eventLog: 'embedded', lag: 0 });
    expect(feedback.appliedCount).toBeGreaterThan(1_000);
    expect(feedback.newestEventS).toBe(rows[1_999]!.tweetCreatedAtS);
    const { timing } = await client.predict({
      users: { idText: ['a', 'b'], followerCount: [1, 1], followingCount: [1, 1] },
      tweets: { authorIndex: [0], type: ['TOP_LEVEL'], language: ['en'], createdAtS: [asOfS], text: ['a'] },
      pairs: { tweetIndex: [0], readerIndex: [1], authorFollowsReader: [false], asOfS: [asOfS] },
    });
    expect(timing.feedbackLag).toBe(0);
    expect(timing.statisticsAgeS).toBeGreaterThan(Date.now() / 1_000 - feedback.newestEventS - HOUR_S);
  });

  it('reports its state to operators, and writes a snapshot when told', async () => {
    const admin = new AdminCalls(gateway.adminUrl);
    const { json: learning } = await admin.get('/admin/v1/learning');
    const { feedback } = await gateway.client.getServerInfo();
    expect(learning).toMatchObject({
      snapshotAgeMs: null,
      snapshotBytes: 0,
      newestEventS: feedback.newestEventS,
      appliedCount: feedback.appliedCount,
      problem: null,
    });
    const { json: statistics } = await admin.get('/admin/v1/statistics');
    expect(statistics).toMatchObject({ asOfS: feedback.newestEventS });
    const { status, json: snapshot } = await admin.post('/admin/v1/learning/snapshot');
    expect(status).toBe(200);
    expect(snapshot).toMatchObject({ eventsBehindCount: 0, snapshotCount: 1 });
    expect((await admin.get('/admin/v1/learning')).json).toMatchObject({
      lagMs: 0,
      snapshotAgeMs: expect.any(Number),
      snapshotBytes: snapshotSize(),
    });
    const { text } = await admin.get('/metrics');
    expect(text).toMatch(/^pairstream_state_snapshot_age_seconds \d/m);
    expect(text).toContain(`pairstream_state_snapshot_bytes ${snapshotSize()}\n`);
    expect(text).toMatch(/^pairstream_state_snapshot_duration_seconds 0*\.?\d*[1-9]/m);
    expect(text).toMatch(/^pairstream_feedback_lag_seconds 0$/m);
    expect(text).toMatch(/^pairstream_feedback_events_total\{kind="like",outcome="duplicate"\} 5$/m);
    expect(text).toContain(`pairstream_learned_events{outcome="applied"} ${feedback.appliedCount}`);
    expect(text).toMatch(/^pairstream_seen_pairs \d+$/m);
    expect(text).toMatch(/^pairstream_event_log_bytes [1-9]\d*$/m);
    expect(text).toMatch(/^pairstream_statistics_table_load_factor\{table="tweet_id"\} 0\.\d+$/m);
  });

  it('forgets a user: the keys of the user alone are gone', async () => {
    const admin = new AdminCalls(gateway.adminUrl);
    const { author } = rows[0]!;
    const lookUp = (): Promise<unknown> =>
      admin
        .post('/admin/v1/statistics/a_user_id/lookup', { components: { author: author.id } })
        .then(({ json }) => json);
    expect(await lookUp()).toMatchObject({ isFound: true });
    const { status, json } = await admin.post('/admin/v1/learning/forget', { user: author.id });
    expect([status, json]).toMatchObject([200, { keyCount: expect.any(Number) }]);
    expect(await lookUp()).toMatchObject({ isFound: false });
    const refused = await admin.post('/admin/v1/learning/forget', { user: 'number:99999999999999999999' });
    expect(refused).toMatchObject({ status: 400, json: { code: 'INVALID_REQUEST', field: 'user' } });
  });

  it('keeps a second gateway off its folder', async () => {
    await expect(startLearningGateway(state.path)).rejects.toMatchObject({
      code: 'EVENT_LOG_UNAVAILABLE',
      message: expect.stringMatching(/log.*already open in process \d+/),
    });
  });

  it('has the same statistics after a restart, and still knows duplicates', async () => {
    const sent = rows.slice(2_000, 2_100);
    const tokens = await tokensOf(gateway.client, sent);
    await sendFeedback(gateway.client, eventsOf(tokens, sent, 'REPLY'));
    const before = await featuresOf(gateway.client, sent, asOfS);
    await gateway[Symbol.asyncDispose]();
    gateway = await startLearningGateway(state.path);
    const { json } = await new AdminCalls(gateway.adminUrl).get('/admin/v1/learning');
    expect(json).toMatchObject({ snapshotAgeMs: expect.any(Number), snapshotDurationMs: 0 });
    expect(changedFeatures(before, await featuresOf(gateway.client, sent, asOfS))).toEqual([]);
    const [again] = await sendFeedback(gateway.client, eventsOf(tokens, sent, 'REPLY'));
    expect(again).toMatchObject({ acceptedCount: 0, duplicateCount: 100 });
  });

  it('loses no acknowledged event if it closes while feedback is in flight', async () => {
    const sent = rows.slice(0, 1_000);
    const tokens = await tokensOf(gateway.client, sent);
    const requests = Array.from({ length: 100 }, (_, i) =>
      eventsOf(tokens.slice(i * 10, i * 10 + 10), sent.slice(i * 10, i * 10 + 10), 'QUOTE'),
    );
    let acceptedCount = 0;
    let closing: Promise<void> | undefined;
    try {
      for await (const { output } of gateway.client.feedback(requests, { maxInFlight: 4 })) {
        if ('acceptedCount' in output) acceptedCount += output.acceptedCount;
        closing ??= gateway.gateway.close();
      }
    } catch {
      // The gateway ends the call.
    }
    await closing;
    await gateway[Symbol.asyncDispose]();
    expect(acceptedCount).toBeGreaterThan(0);
    gateway = await startLearningGateway(state.path);
    const again = await sendFeedback(gateway.client, ...requests);
    const newCount = again.reduce((sum, answer) => sum + answer.acceptedCount, 0);
    const pairCount = new Set(sent.map(({ tweetId, reader }) => `${tweetId} ${reader.id}`)).size;
    expect(newCount).toBeLessThanOrEqual(pairCount - acceptedCount);
  });
});

describe('a gateway without a state folder', () => {
  it('refuses feedback and the routes of learning with FEEDBACK_OFF', { timeout: RUN_MS }, async () => {
    await using gateway = await startLearningGateway('');
    await expect(tokensOf(gateway.client, await exampleRows(1))).rejects.toMatchObject({
      reason: 'FEEDBACK_OFF',
      message: expect.stringContaining('PAIRSTREAM_STATE_DIR'),
    });
    const admin = new AdminCalls(gateway.adminUrl);
    expect(await admin.get('/admin/v1/learning')).toMatchObject({
      status: 409,
      json: { code: 'FEEDBACK_OFF' },
    });
    expect((await gateway.client.getServerInfo()).feedback.enabled).toBe(false);
  });
});

import { setTimeout } from 'node:timers/promises';
import { afterAll, expect, it, onTestFinished, vi } from 'vitest';
import type { FeedbackInput } from '@pairstream/client';
import { StateThread } from '../../src/feedback/learning/state-thread.js';
import { EventStream } from '../support/feedback/event-stream.js';
import {
  eventsOf,
  featuresOf,
  startLearningGateway,
  tokensOf,
} from '../support/feedback/learning-gateway.js';
import { StateFolder } from '../support/feedback/state-folder.js';
import { AdminCalls } from '../support/gateway/admin-calls.js';
import { checkHealth } from '../support/gateway/health-check.js';
import { exampleRows, requestOf } from '../support/requests/example-rows.js';

const RUN_MS = 300_000;
const CRASH_COUNT = 3;
const STREAM_COUNT = 4;
const EVENTS_PER_REQUEST = 10;
const rows = await exampleRows(2_000);
const asOfS = rows.at(-1)!.tweetCreatedAtS;
const pairCount = new Set(rows.map(({ tweetId, reader }) => `${tweetId} ${reader.id}`)).size;

const folders: StateFolder[] = [];
afterAll(() => folders.forEach((folder) => folder[Symbol.dispose]()));

/** Its contexts are the state threads that were started. */
const started = vi.spyOn(StateThread.prototype, 'whenReady');
afterAll(() => started.mockRestore());

function newestThread(): StateThread {
  const thread: unknown = started.mock.contexts.at(-1);
  if (thread instanceof StateThread) return thread;
  throw new Error('no state thread was started');
}

async function start() {
  const folder = new StateFolder();
  folders.push(folder);
  const gateway = await startLearningGateway(folder.path, { snapshotIntervalS: 1 });
  onTestFinished(() => gateway[Symbol.asyncDispose]());
  return gateway;
}

/** Impressions of the rows, split into one list of requests for each stream. */
function streamsOf(tokens: readonly Uint8Array[]): FeedbackInput[][] {
  return Array.from({ length: STREAM_COUNT }, (_, stream) =>
    Array.from({ length: rows.length / EVENTS_PER_REQUEST }, (_, i) => {
      const from = i * EVENTS_PER_REQUEST;
      const to = from + EVENTS_PER_REQUEST;
      return eventsOf(tokens.slice(from, to), rows.slice(from, to));
    }).filter((_, i) => i % STREAM_COUNT === stream),
  );
}

it(
  'a gateway whose state thread crashes under load answers pairs, refuses feedback with a reason and a delay, and loses and doubles no event',
  async () => {
    const gateway = await start();
    const { client, target } = gateway;
    const admin = new AdminCalls(gateway.adminUrl);
    const tokens = await tokensOf(client, rows);
    const streams = streamsOf(tokens).map((requests) => new EventStream(client, requests));
    const sent = Promise.all(streams.map((stream) => stream.send()));
    const acceptedCount = (): number => streams.reduce((sum, stream) => sum + stream.acceptedCount, 0);

    for (let crash = 1; crash <= CRASH_COUNT; crash += 1) {
      const enough = (crash * pairCount) / (CRASH_COUNT + 1);
      await expect.poll(acceptedCount, { timeout: RUN_MS }).toBeGreaterThan(enough);
      await newestThread().kill();
      await setTimeout();
      expect((await admin.get('/readyz')).text).toMatch(
        /feedback is refused: .*the state thread starts anew/,
      );
      expect((await admin.get('/readyz')).status).toBe(200);
      expect(await checkHealth(target)).toBe('SERVING');
      expect((await admin.get('/metrics')).text).toContain('pairstream_feedback_refused 1');
      const { like } = await client.predict(requestOf(rows.slice(0, 50)));
      expect(like.every((probability) => Number.isFinite(probability))).toBe(true);
      await expect
        .poll(() => admin.get('/admin/v1/learning').then(({ json }) => json), { timeout: RUN_MS })
        .toMatchObject({ problem: null, restartCount: crash });
    }
    await sent;
    const refusals = streams.flatMap((stream) => stream.refusals);
    expect(refusals.length).toBeGreaterThan(0);
    for (const refusal of refusals)
      expect(refusal).toMatchObject({
        reason: 'EVENT_LOG_UNAVAILABLE',
        message: expect.stringMatching(/state thread .*starts anew/),
        retryAfterMs: expect.any(Number),
      });
    expect((await client.getServerInfo()).feedback.appliedCount).toBe(pairCount);
    expect((await admin.get('/readyz')).text).not.toContain('refused');

    const calm = await start();
    const reference = new EventStream(calm.client, streamsOf(await tokensOf(calm.client, rows)).flat());
    await reference.send();
    const expected = await featuresOf(calm.client, rows.slice(0, 500), asOfS);
    for (const [name, values] of await featuresOf(client, rows.slice(0, 500), asOfS))
      values.forEach((value, i) =>
        expect([name, value]).toEqual([name, expect.closeTo(expected.get(name)![i]!, 4)]),
      );
  },
  RUN_MS,
);

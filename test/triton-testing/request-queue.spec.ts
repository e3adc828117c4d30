import { describe, expect, it } from 'vitest';
import {
  failureOf,
  GOOD,
  QUEUED,
  requestOf,
  SOON,
  startFakePerTest,
} from '../support/fake-triton/started-fake.js';

const fake = startFakePerTest();
const { ask } = fake;

describe('a queue', () => {
  it('lets as many wait as its policy says, each with its own time', async () => {
    fake.triton.script('queued').delayMs = 300;
    const running = ask('queued');
    await expect.poll(() => fake.triton.script('queued').counts.requests, SOON).toBe(1);
    const calls = [running, ask('queued'), ask('queued', 1, { timeout: 20_000 })];
    await expect.poll(() => fake.triton.script('queued').counts.requests, SOON).toBe(3);
    calls.push(ask('queued'));
    expect(await Promise.all(calls.map(failureOf))).toEqual([
      GOOD,
      GOOD,
      { kind: 'busy', text: 'Request timeout expired' },
      { kind: 'busy', text: '[request id: <id_unknown>] Exceeds maximum queue size' },
    ]);
    expect(fake.triton.script('queued').counts).toMatchObject({ rejections: 1, expirations: 1, answers: 2 });
  });

  it('has as many instances as the configuration says', async () => {
    const config = { ...QUEUED.config, instanceGroup: [{ count: 2 }, {}] };
    await fake.triton.replace({ ...QUEUED, config });
    fake.triton.script('queued').delayMs = 300;
    const calls = [ask('queued'), ask('queued'), ask('queued')];
    await expect.poll(() => fake.triton.script('queued').counts.requests, SOON).toBe(3);
    // Two wait and three run, or the last one would have been refused.
    const more = [ask('queued'), ask('queued')];
    expect(await Promise.all([...calls, ...more])).toEqual(Array.from({ length: 5 }, () => GOOD));
  });

  it('does not run what was cancelled while it waited', async () => {
    fake.triton.script('queued').delayMs = 300;
    const running = ask('queued');
    await expect.poll(() => fake.triton.script('queued').counts.requests, SOON).toBe(1);
    const controller = new AbortController();
    const waiting = fake.client.infer(requestOf('queued'), { signal: controller.signal });
    await expect.poll(() => fake.triton.script('queued').counts.requests, SOON).toBe(2);
    controller.abort();
    await expect(waiting).rejects.toMatchObject({ kind: 'cancelled' });
    await running;
    await ask('queued');
    expect(fake.triton.script('queued').counts).toMatchObject({ requests: 3, answers: 2, cancels: 1 });
  });
});

import { describe, expect, it } from 'vitest';
import { PairstreamError } from '../../../errors/pairstream-error.js';
import type { Backend, ModelCheck, ModelHandle, ModelLocation } from '../../../backends/backend.js';
import { TimedBackend } from './timed-backend.js';

/** Runs that end when the test says so. */
class HeldBackend implements Backend {
  readonly name = 'held';
  readonly running: string[] = [];
  readonly end: (() => void)[] = [];

  load({ name, version }: ModelLocation, _check: ModelCheck): Promise<ModelHandle> {
    return Promise.resolve({
      metadata: { name, version, inputs: [], outputs: [], contentSha256: '', engine: 'test' },
      infer: () => {
        this.running.push(name);
        const { promise, resolve, reject } = Promise.withResolvers<void>();
        this.end.push(
          name === 'broken' ? () => reject(new PairstreamError('BACKEND_FAILED', 'broken')) : resolve,
        );
        return promise;
      },
    });
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

describe('TimedBackend', () => {
  it('runs one model after another, and has the time of those that answered', async () => {
    const held = new HeldBackend();
    const timed = new TimedBackend(held);
    const load = (name: string): Promise<ModelHandle> =>
      timed.load({ name, version: '1', directory: '' }, () => Promise.resolve());
    const [broken, a, b] = [await load('broken'), await load('a'), await load('b')];
    const context = { deadlineMs: Infinity, signal: new AbortController().signal };
    const runs = [broken, a, b].map((model, i) => model.infer(10 * (i + 1), new Map(), new Map(), context));
    const settled = Promise.allSettled(runs);
    for (const [i, name] of ['broken', 'a', 'b'].entries()) {
      await expect.poll(() => held.running).toEqual(['broken', 'a', 'b'].slice(0, i + 1));
      expect(held.running.at(-1)).toBe(name);
      held.end[i]!();
    }
    expect((await settled).map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'fulfilled']);
    const [failedUs, ...answeredUs] = [...timed.takeTimes()].map(([, us]) => us);
    expect(failedUs).toBe(0);
    expect(Math.min(...answeredUs)).toBeGreaterThan(0);
    expect(timed.engines.get('a')).toBe('test');
    expect([...timed.takeTimes()]).toEqual([
      ['broken', 0],
      ['a', 0],
      ['b', 0],
    ]);
  });

  it('lists models in the order of their loads, not of their arrival', async () => {
    const arrivals = new Map<string, () => void>();
    const slow: Backend = {
      name: 'slow',
      load: async (location, check) => {
        await new Promise<void>((resolve) => arrivals.set(location.name, resolve));
        return await new HeldBackend().load(location, check);
      },
      close: () => Promise.resolve(),
    };
    const timed = new TimedBackend(slow);
    const loads = ['first', 'second'].map((name) =>
      timed.load({ name, version: '1', directory: '' }, () => Promise.resolve()),
    );
    arrivals.get('second')!();
    await loads[1];
    arrivals.get('first')!();
    await loads[0];
    expect([...timed.takeTimes().keys()]).toEqual(['first', 'second']);
  });
});

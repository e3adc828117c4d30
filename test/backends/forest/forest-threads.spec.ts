import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { InferenceContext } from '../../../src/backends/backend.js';
import { allocateRegion, floatsAt } from '../../../src/backends/forest/memory-regions.js';
import { ForestThreads } from '../../../src/backends/forest/forest-threads.js';
import { walkableForest } from '../../support/forests/walkable-forest.js';
import { ROOT } from '../../support/gateway/test-gateway.js';

const XGB1 = join(ROOT, 'triton-models/xgb1/1/xgboost.ubj');
const ROWS = 1_024;

/** Threads that can be ended in the middle of their work. */
class MortalThreads extends ForestThreads {
  /** Tells what the pool tells if a thread could not start. */
  failToStart(): void {
    this.pool.emit('error', new Error('no memory for a thread'));
  }

  /** Ends all threads. */
  async kill(): Promise<void> {
    await Promise.all(this.pool.threads.map((thread) => thread.terminate()));
  }
}

const open = { deadlineMs: Infinity, signal: new AbortController().signal };
let threads: MortalThreads;
afterEach(() => threads.close());

describe('threads of forests', () => {
  it('that end fail their calls, and are replaced', async () => {
    threads = new MortalThreads(2);
    const { compiled, ...addresses } = walkableForest(XGB1, ROWS, 40);
    const { outsAddress } = addresses;
    const number = threads.add(compiled);
    // Each walk has its own flag, as each has its own region in a model.
    const flags = Array.from({ length: 40 }, () => allocateRegion(compiled, 4));
    const walk = (scratch: number): Promise<void> => {
      const task = { ...addresses, number, scratch, rowCount: ROWS, mayBeginAddress: flags[scratch]! };
      return threads.walk(task, open).answered;
    };
    await walk(0);
    const expected = floatsAt(compiled, outsAddress, ROWS * compiled.outputCount).slice();
    const walks = Promise.allSettled(Array.from({ length: 40 }, (_, scratch) => walk(scratch)));
    await threads.kill();
    const failed = (await walks).filter((outcome) => outcome.status === 'rejected');
    expect(failed.length).toBeGreaterThan(0);
    for (const { reason } of failed)
      expect(reason).toMatchObject({
        code: 'BACKEND_FAILED',
        message: expect.stringMatching(/^a thread that runs forests ended: /),
      });
    floatsAt(compiled, outsAddress, expected.length).fill(0);
    await walk(0);
    expect(floatsAt(compiled, outsAddress, expected.length).slice()).toEqual(expected);
  });

  it('are started again after one that could not start', async () => {
    threads = new MortalThreads(2);
    const { compiled, ...addresses } = walkableForest(XGB1, 1);
    const walk = { ...addresses, number: threads.add(compiled), scratch: 0, rowCount: 1 };
    await threads.walk(walk, open).answered;
    const inFlight = threads.walk(walk, open);
    threads.failToStart();
    await expect(inFlight.answered).rejects.toMatchObject({ code: 'BACKEND_FAILED' });
    await inFlight.ended;
    await threads.walk(walk, open).answered;
  });

  it('pass over walks that are cancelled or late before they begin', async () => {
    threads = new MortalThreads(1);
    const { compiled, ...addresses } = walkableForest(XGB1, ROWS, 4);
    const { outsAddress } = addresses;
    const number = threads.add(compiled);
    const walkOf = (rowCount: number, context: InferenceContext) => {
      const mayBeginAddress = allocateRegion(compiled, 4);
      return threads.walk({ ...addresses, number, scratch: 0, rowCount, mayBeginAddress }, context);
    };
    await walkOf(1, open).answered;
    floatsAt(compiled, outsAddress, ROWS * compiled.outputCount).fill(0);
    const controller = new AbortController();
    const first = walkOf(1, open);
    const cancelled = walkOf(ROWS, { ...open, signal: controller.signal });
    const late = walkOf(ROWS, { ...open, deadlineMs: performance.now() });
    expect(threads.waitingCount).toBe(2);
    // The thread may have begun neither: this thread has not waited since, and withdraws both or one of them at once.
    controller.abort();
    const outcomes = await Promise.allSettled([first.answered, cancelled.answered, late.answered]);
    await Promise.all([first.ended, cancelled.ended, late.ended]);
    expect(threads.waitingCount).toBe(0);
    const outs = floatsAt(compiled, outsAddress, ROWS * compiled.outputCount);
    expect(outs[0]).toBeGreaterThan(0);
    const refused = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []));
    const codes = refused.map(({ code }) => code);
    expect(['CANCELLED', 'DEADLINE_EXCEEDED']).toEqual(expect.arrayContaining(codes));
    // Rows after the first are computed only by a walk that was not withdrawn.
    expect(outs[compiled.outputCount] === 0).toBe(codes.length === 2);
  });
});

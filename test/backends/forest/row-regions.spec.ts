import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type RowRegion, RowRegions } from '../../../src/backends/forest/row-regions.js';

const open = { deadlineMs: Infinity, signal: new AbortController().signal };
const regionsOf = (count: number): RowRegion[] =>
  Array.from({ length: count }, (_, scratch) => ({
    scratch,
    rowsAddress: 0,
    outsAddress: 0,
    mayBeginAddress: 0,
  }));

describe('regions of a forest', () => {
  it('let a waiting walk hear its cancel and its deadline while all regions are taken', async () => {
    const regions = new RowRegions(regionsOf(1));
    const taken = await regions.acquire(open);
    const controller = new AbortController();
    const cancelled = regions.acquire({ ...open, signal: controller.signal });
    const late = regions.acquire({ ...open, deadlineMs: performance.now() + 5 });
    const patient = regions.acquire({ ...open, deadlineMs: performance.now() + 2 ** 32 });
    expect(regions.waitingCount).toBe(3);
    controller.abort();
    await expect(cancelled).rejects.toMatchObject({ code: 'CANCELLED' });
    await expect(late).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED' });
    expect(regions.waitingCount).toBe(1);
    regions.release(taken);
    expect(regions.waitingCount).toBe(0);
    expect(await patient).toBe(taken);
  });

  it('are neither lost nor given twice, whichever walks are cancelled', async () => {
    const step = fc.record({ kind: fc.constantFrom('acquire', 'release', 'cancel'), at: fc.nat(20) });
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 3 }),
        fc.array(step, { maxLength: 60 }),
        async (count, steps) => {
          const regions = new RowRegions(regionsOf(count));
          const held: RowRegion[] = [];
          const walks: AbortController[] = [];
          for (const { kind, at } of steps) {
            if (kind === 'acquire') {
              const controller = new AbortController();
              walks.push(controller);
              void regions.acquire({ ...open, signal: controller.signal }).then(
                (region) => held.push(region),
                () => undefined,
              );
            } else if (kind === 'cancel') walks[at % walks.length]?.abort();
            else if (held.length > 0) regions.release(held.splice(at % held.length, 1)[0]!);
            // Some steps follow each other before a promise settles.
            if (at % 3 === 0) await new Promise(setImmediate);
            expect(new Set(held).size).toBe(held.length);
          }
          for (const walk of walks) walk.abort();
          await new Promise(setImmediate);
          for (const region of held.splice(0)) regions.release(region);
          const all = await Promise.all(regionsOf(count).map(() => regions.acquire(open)));
          expect(new Set(all).size).toBe(count);
        },
      ),
    );
  });
});

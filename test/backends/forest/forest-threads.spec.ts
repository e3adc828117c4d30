import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { allocateRegion, floatsAt } from '../../../src/backends/forest/memory-regions.js';
import { ForestThreads } from '../../../src/backends/forest/forest-threads.js';
import { ROOT } from '../../support/gateway/test-gateway.js';

const ROWS = 1_024;

/** Threads that can be ended in the middle of their work. */
class MortalThreads extends ForestThreads {
  /** Ends the threads of all loads. */
  async killLoads(): Promise<void> {
    const all = [...this.loaders].flatMap((loader) => loader.threads);
    await Promise.all(all.map((thread) => thread.terminate()));
  }

  /** Tells what the pool tells if a thread could not start. */
  failToStart(): void {
    this.pool.emit('error', new Error('no memory for a thread'));
  }

  /** Ends all threads. */
  async kill(): Promise<void> {
    await Promise.all(this.pool.threads.map((thread) => thread.terminate()));
  }
}

let threads: MortalThreads;
afterEach(() => threads.close());

describe('threads of forests', () => {
  it('that end fail their calls, and are replaced', async () => {
    threads = new MortalThreads(2);
    const path = join(ROOT, 'triton-models/xgb1/1/xgboost.ubj');
    const loaded = await threads.load({ path, maxBytes: 2 ** 28, scratchCount: 40 });
    if (loaded.kind !== 'loaded') throw new Error(loaded.problem);
    const { compiled } = loaded;
    const number = threads.add(compiled);
    const rowsAddress = allocateRegion(compiled, 4 * ROWS * compiled.featureCount);
    const outsAddress = allocateRegion(compiled, 4 * ROWS * compiled.outputCount);
    const walk = (scratch: number): Promise<void> =>
      threads.walk({ number, scratch, rowsAddress, outsAddress, rowCount: ROWS });
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

  it('walk while a load has not ended, also with one thread', async () => {
    threads = new MortalThreads(1);
    const path = join(ROOT, 'triton-models/xgb1/1/xgboost.ubj');
    const loaded = await threads.load({ path, maxBytes: 2 ** 28, scratchCount: 1 });
    if (loaded.kind !== 'loaded') throw new Error(loaded.problem);
    const { compiled } = loaded;
    const rowsAddress = allocateRegion(compiled, 4 * compiled.featureCount);
    const outsAddress = allocateRegion(compiled, 4 * compiled.outputCount);
    const folder = mkdtempSync(join(tmpdir(), 'forest-threads-'));
    try {
      // Reading this file ends when something was written to it.
      const pipe = join(folder, 'xgboost.ubj');
      execFileSync('mkfifo', [pipe]);
      const load = threads.load({ path: pipe, maxBytes: 2 ** 28, scratchCount: 1 });
      const number = threads.add(compiled);
      for (let i = 0; i < 20; i += 1)
        await threads.walk({ number, scratch: 0, rowsAddress, outsAddress, rowCount: 1 });
      await writeFile(pipe, 'no forest');
      expect(await load).toMatchObject({ kind: 'refused' });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('are started again after one that could not start', async () => {
    threads = new MortalThreads(2);
    const path = join(ROOT, 'triton-models/xgb1/1/xgboost.ubj');
    const loaded = await threads.load({ path, maxBytes: 2 ** 28, scratchCount: 1 });
    if (loaded.kind !== 'loaded') throw new Error(loaded.problem);
    const { compiled } = loaded;
    const rowsAddress = allocateRegion(compiled, 4 * compiled.featureCount);
    const outsAddress = allocateRegion(compiled, 4 * compiled.outputCount);
    const walk = { number: threads.add(compiled), scratch: 0, rowsAddress, outsAddress, rowCount: 1 };
    await threads.walk(walk);
    const inFlight = threads.walk(walk);
    threads.failToStart();
    await expect(inFlight).rejects.toMatchObject({ code: 'BACKEND_FAILED' });
    await threads.walk(walk);
  });

  it('name the file if a load ends with its thread, and load it later', async () => {
    threads = new MortalThreads(1);
    const path = join(ROOT, 'triton-models/xgb1/1/xgboost.ubj');
    const task = { path, maxBytes: 2 ** 28, scratchCount: 1 };
    const loads = Promise.allSettled([threads.load(task), threads.load(task)]);
    await threads.killLoads();
    const [ended, waiting] = await loads;
    expect(ended).toMatchObject({
      status: 'rejected',
      reason: {
        code: 'BACKEND_FAILED',
        message: expect.stringContaining(`${path}: the thread that loads the forest ended: `),
      },
    });
    expect(waiting).toMatchObject({ status: 'fulfilled', value: { kind: 'loaded' } });
  });

  it('load more files at once than there are threads, some of them damaged', async () => {
    threads = new MortalThreads(2);
    const path = join(ROOT, 'triton-models/xgb1/1/xgboost.ubj');
    const loads = Array.from({ length: 7 }, (_, i) =>
      threads.load({ path: i % 2 === 0 ? path : import.meta.filename, maxBytes: 2 ** 28, scratchCount: 1 }),
    );
    const kinds = (await Promise.all(loads)).map(({ kind }) => kind);
    expect(kinds).toEqual(kinds.map((_, i) => (i % 2 === 0 ? 'loaded' : 'refused')));
  });
});

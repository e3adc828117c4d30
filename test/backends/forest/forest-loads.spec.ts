import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { ForestLoads } from '../../../src/backends/forest/forest-loads.js';
import { ROOT } from '../../support/gateway/test-gateway.js';

const XGB1 = join(ROOT, 'triton-models/xgb1/1/xgboost.ubj');
const taskOf = (path: string) => ({ path, maxBytes: 2 ** 28, scratchCount: 1 });
const folder = mkdtempSync(join(tmpdir(), 'forest-loads-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Loads whose threads can be ended in the middle of their work. */
class MortalLoads extends ForestLoads {
  get threadTotal(): number {
    return this.threads.size;
  }

  async kill(): Promise<void> {
    await Promise.all([...this.threads].map((thread) => thread.terminate()));
  }
}

let loads: MortalLoads;
afterEach(() => loads.close());

/** A file whose reading ends when something was written to it. */
function createPipe(name: string): string {
  const pipe = join(folder, name);
  execFileSync('mkfifo', [pipe]);
  return pipe;
}

describe('loads of forests', () => {
  it('give the hash of the file, also of one that is refused', async () => {
    loads = new MortalLoads(1);
    for (const [path, kind] of [
      [XGB1, 'loaded'],
      [import.meta.filename, 'refused'],
    ] as const) {
      const contentSha256 = createHash('sha256').update(readFileSync(path)).digest('hex');
      expect(await loads.load(taskOf(path))).toMatchObject({ kind, contentSha256 });
    }
    expect(await loads.load(taskOf(join(folder, 'none')))).toMatchObject({
      kind: 'refused',
      problem: expect.stringContaining('none: '),
      contentSha256: undefined,
    });
  });

  it('name the file if one ends with its thread, and load the file later', async () => {
    loads = new MortalLoads(1);
    const settled = Promise.allSettled([loads.load(taskOf(XGB1)), loads.load(taskOf(XGB1))]);
    await loads.kill();
    const [ended, waiting] = await settled;
    expect(ended).toMatchObject({
      status: 'rejected',
      reason: {
        code: 'BACKEND_FAILED',
        message: expect.stringContaining(`${XGB1}: the thread that loads the forest ended: `),
      },
    });
    expect(waiting).toMatchObject({ status: 'fulfilled', value: { kind: 'loaded' } });
  });

  it.each(['one by one', 'begun together'])(
    'are more at once than there are threads, some of damaged files: %s',
    async (how) => {
      loads = new MortalLoads(2);
      const tasks = Array.from({ length: 7 }, (_, i) => taskOf(i % 2 === 0 ? XGB1 : import.meta.filename));
      const promises = how === 'one by one' ? tasks.map((task) => loads.load(task)) : loads.begin(tasks);
      expect(loads.threadTotal).toBe(2);
      const kinds = (await Promise.all(promises)).map(({ kind }) => kind);
      expect(kinds).toEqual(tasks.map((_, i) => (i % 2 === 0 ? 'loaded' : 'refused')));
    },
  );

  it('go on while the caller blocks its event loop', async () => {
    loads = new MortalLoads(1);
    const [first, second] = [createPipe('first'), createPipe('second')];
    const promises = loads.begin([taskOf(first), taskOf(second)]);
    // Each command ends when the thread has opened the pipe.
    for (const pipe of [first, second]) execFileSync('sh', ['-c', 'echo no forest > "$0"', pipe]);
    expect(await Promise.all(promises)).toMatchObject([{ kind: 'refused' }, { kind: 'refused' }]);
  });

  it('fail together if their only thread ends, and later loads do not', async () => {
    loads = new MortalLoads(1);
    const pipe = createPipe('held');
    const [held, never] = loads.begin([taskOf(pipe), taskOf(XGB1)]);
    await loads.kill();
    for (const promise of [held, never])
      await expect(promise).rejects.toMatchObject({ code: 'BACKEND_FAILED' });
    expect(await loads.load(taskOf(XGB1))).toMatchObject({ kind: 'loaded' });
  });

  it('fail when they are closed, and later', async () => {
    loads = new MortalLoads(1);
    const pipe = createPipe('closed');
    const [held] = loads.begin([taskOf(pipe)]);
    await loads.close();
    const closed = { code: 'BACKEND_UNAVAILABLE', message: 'the embedded backend is closed' };
    await expect(held).rejects.toMatchObject(closed);
    await expect(loads.load(taskOf(XGB1))).rejects.toMatchObject(closed);
    expect(loads.threadTotal).toBe(0);
  });
});

import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { hostileRows, randomForest, type ForestShape } from '../../support/forests/random-forest.js';
import { bitsOf, runForest } from '../../support/forests/run-forest.js';
import type { CompiledForest } from '../../../src/backends/forest/compiled-forest.js';
import { ForestWalker } from '../../../src/backends/forest/forest-walker.js';
import { compileKernel } from '../../../src/backends/forest/kernel.js';
import { compileForest } from '../../../src/backends/forest/layout/compile-forest.js';
import { allocateRegion, floatsAt } from '../../../src/backends/forest/memory-regions.js';

const SHAPE: ForestShape = {
  seed: 3,
  featureCount: 30,
  outputCount: 4,
  treeCount: 300,
  maxDepth: 10,
  maxLeaves: 120,
  thresholdsPerFeature: 400,
  commonLevels: 2,
  zeroShare: 0.2,
  deepShare: 0.05,
};
/** Not a multiple of the page size, 64 KiB. */
const MAX_BYTES = 2 ** 26 - 640;
const ROWS = 700;
const THREADS = 3;
const ROUNDS = 30;
const forest = randomForest(SHAPE);
const rows = hostileRows(SHAPE, ROWS);

/** Runs the forest again and again in a worker, on the sources as Node runs them. */
function walkInWorker(compiled: CompiledForest, thread: number, rowsAt: number): Promise<unknown> {
  const source = `
    import('node:worker_threads').then(async ({ parentPort, workerData }) => {
      const { ForestWalker } = await import(workerData.walker);
      const { allocateRegion, floatsAt } = await import(workerData.regions);
      const { compiled, module, thread, rowsAt, rowCount, rounds } = workerData;
      const walker = new ForestWalker(compiled, module, thread);
      const answers = [];
      for (let round = 0; round < rounds; round += 1) {
        const length = rowCount * compiled.outputCount;
        const outsAt = allocateRegion(compiled, 4 * length);
        walker.predict(rowsAt, rowCount, outsAt);
        answers.push(floatsAt(compiled, outsAt, length).slice());
      }
      parentPort.postMessage(answers);
    });`;
  const distOf = (file: string): string =>
    new URL(`../../../dist/backends/forest/${file}`, import.meta.url).href;
  const worker = new Worker(source, {
    eval: true,
    workerData: {
      walker: distOf('forest-walker.js'),
      regions: distOf('memory-regions.js'),
      compiled,
      module: compileKernel(),
      thread,
      rowsAt,
      rowCount: ROWS,
      rounds: ROUNDS,
    },
  });
  return new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject));
}

describe('memory of a forest', () => {
  it('serves several threads at once, which allocate regions at the same time', async () => {
    const compiled = compileForest(forest, { maxBytes: MAX_BYTES, scratchCount: THREADS });
    const rowsAt = allocateRegion(compiled, rows.byteLength);
    floatsAt(compiled, rowsAt, rows.length).set(rows);
    const workers = Array.from({ length: THREADS }, (_, thread) => walkInWorker(compiled, thread, rowsAt));
    const answers = (await Promise.all(workers)).flat();
    const expected = bitsOf(
      runForest(compileForest(forest, { maxBytes: MAX_BYTES, scratchCount: 1 }), rows, ROWS),
    );
    expect(answers).toHaveLength(THREADS * ROUNDS);
    for (const answer of answers) expect(bitsOf(answer as Float32Array)).toEqual(expected);
  });

  it('refuses a forest that needs more than the bound, and names both', () => {
    const options = { maxBytes: MAX_BYTES, scratchCount: 2 };
    const { byteLength, scratchBytes } = compileForest(forest, options);
    const needed = byteLength + 2 * scratchBytes;
    expect(() => compileForest(forest, { ...options, maxBytes: needed - 1 })).toThrow(
      expect.objectContaining({
        code: 'INVALID_MODEL',
        message: `forest: ${needed} bytes needed with the scratches of 2 walks, expected at most ${needed - 1}`,
      }),
    );
    expect(compileForest(forest, { ...options, maxBytes: needed }).maxBytes).toBe(needed);
  });

  it('gives out regions that do not overlap, up to the bound', () => {
    const compiled = compileForest(forest, { maxBytes: MAX_BYTES, scratchCount: 1 });
    const addresses = [1, 64, 65, 1_000_000].map((bytes) => ({
      bytes,
      address: allocateRegion(compiled, bytes),
    }));
    addresses.forEach(({ bytes, address }, i) => {
      expect(address % 64).toBe(0);
      expect(address + bytes).toBeLessThanOrEqual(addresses[i + 1]?.address ?? Number.POSITIVE_INFINITY);
      floatsAt(compiled, address, bytes >> 2).fill(1);
    });
    expect(() => allocateRegion(compiled, MAX_BYTES)).toThrow(
      expect.objectContaining({
        code: 'INVALID_MODEL',
        message: expect.stringContaining('bytes needed with the rows of calls, expected at most 67108224'),
      }),
    );
    const left = MAX_BYTES - allocateRegion(compiled, 64) - 64;
    expect(allocateRegion(compiled, left)).toBe(MAX_BYTES - left);
    expect(compiled.memory.buffer.byteLength).toBe(2 ** 26);
    expect(() => allocateRegion(compiled, 1)).toThrow('bytes needed');
  });

  it('has scratch for a fixed number of walks', () => {
    const compiled = compileForest(forest, { maxBytes: MAX_BYTES, scratchCount: 2 });
    expect(() => new ForestWalker(compiled, compileKernel(), 2)).toThrow(
      'scratch 2, expected a number below 2',
    );
  });
});

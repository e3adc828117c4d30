import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hostileRows, randomForest, shapes, type ForestShape } from '../../support/forests/random-forest.js';
import { bitsOf, runForest } from '../../support/forests/run-forest.js';
import { slowMargins } from '../../support/forests/slow-walk.js';
import { compileForest } from '../../../src/backends/forest/layout/compile-forest.js';
import { PLAN_ROUTE_COUNT } from '../../../src/backends/forest/layout/plan-format.js';

const MAX_BYTES = 2 ** 28;
const rowCounts = fc.oneof(
  fc.constantFrom(1, 2, 4, 5, 15, 16, 17, 255, 256, 257, 260, 261),
  fc.integer({ min: 1, max: 40 }),
);

/** Bits of the margins by the kernel, and by a walk of one row and tree after the other. */
function marginBits(shape: ForestShape, rowCount: number): { found: Uint32Array; expected: Uint32Array } {
  const forest = randomForest(shape);
  const rows = hostileRows(shape, rowCount);
  const compiled = compileForest(forest, { maxBytes: MAX_BYTES, scratchCount: 1, outputs: 'margins' });
  const expected = Array.from({ length: rowCount }, (_, row) => {
    const at = row * forest.featureCount;
    return [...slowMargins(forest, rows.subarray(at, at + forest.featureCount))];
  });
  return {
    found: bitsOf(runForest(compiled, rows, rowCount)),
    expected: bitsOf(Float32Array.from(expected.flat())),
  };
}

/** A shape of many trees that the block walk takes. */
const SHALLOW: ForestShape = {
  seed: 1,
  featureCount: 20,
  outputCount: 3,
  treeCount: 500,
  maxDepth: 8,
  maxLeaves: 200,
  thresholdsPerFeature: 100,
  commonLevels: 0,
  zeroShare: 0,
  deepShare: 0,
};

function routeCountOf(shape: ForestShape): number {
  const { memory, planAddress } = compileForest(randomForest(shape), {
    maxBytes: MAX_BYTES,
    scratchCount: 1,
  });
  return new Uint32Array(memory.buffer)[(planAddress + PLAN_ROUTE_COUNT) >> 2]!;
}

describe('forest kernel', () => {
  it('has the bits of float32 sums in the order of the file, for forests of every shape', () => {
    fc.assert(
      fc.property(shapes, rowCounts, (shape, rowCount) => {
        const { found, expected } = marginBits(shape, rowCount);
        expect(found).toEqual(expected);
      }),
      { numRuns: 500 },
    );
  });

  it.each([1, 2, 3, 4, 5, 8, 16, 100, 256, 257, 259, 512, 1_023, 1_024, 1_025, 1_028, 1_280, 1_500])(
    'computes a call of %i rows',
    (rowCount) => {
      const { found, expected } = marginBits({ ...SHALLOW, treeCount: 40 }, rowCount);
      expect(found).toEqual(expected);
    },
  );

  const cases: Record<string, Partial<ForestShape>> = {
    'trees of the block walk': {},
    'thousands of trees, in more than one chunk': { treeCount: 3_000, maxLeaves: 20 },
    'several packs, as a column has more than 255 thresholds': {
      featureCount: 3,
      thresholdsPerFeature: 3_000,
    },
    'columns of too many thresholds to rank once': { featureCount: 2, thresholdsPerFeature: 20_000 },
    'more than 256 columns': { featureCount: 300, maxLeaves: 30 },
    'more columns than a few trees fill': { featureCount: 400, maxLeaves: 256 },
    'one column with 255 thresholds in one tree': {
      featureCount: 1,
      maxLeaves: 256,
      thresholdsPerFeature: 20_000,
    },
    'trees deeper than 8': { maxDepth: 16, maxLeaves: 500, treeCount: 60 },
    'deep trees between shallow ones': { maxDepth: 8, maxLeaves: 300, deepShare: 0.02, treeCount: 200 },
    'routes by common splits': { commonLevels: 3, treeCount: 100 },
    'routes whose trees are often zero': { commonLevels: 2, zeroShare: 0.8, maxDepth: 5, maxLeaves: 30 },
    'single leaves': { maxLeaves: 1 },
    'a single tree': { treeCount: 1 },
    'nothing but zeros': { zeroShare: 1, commonLevels: 1 },
  };
  it.each(Object.entries(cases))('computes %s', (_name, change) => {
    for (const rowCount of [3, 300]) {
      const { found, expected } = marginBits({ ...SHALLOW, ...change }, rowCount);
      expect(found).toEqual(expected);
    }
  });

  it('takes common splits out where that makes trees shallow or zero, and nowhere else', () => {
    const common = { ...SHALLOW, treeCount: 200, commonLevels: 2 };
    expect(routeCountOf({ ...common, maxDepth: 8, maxLeaves: 256 })).toBe(4);
    expect(routeCountOf({ ...common, maxDepth: 3, maxLeaves: 8, zeroShare: 0.8 })).toBe(4);
    expect(routeCountOf({ ...common, maxDepth: 3, maxLeaves: 8 })).toBe(1);
    expect(routeCountOf({ ...common, maxDepth: 8, maxLeaves: 256, treeCount: 15 })).toBe(1);
  });
});

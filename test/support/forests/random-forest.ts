import fc from 'fast-check';
import type { Forest, Tree } from '../../../src/backends/forest/forest.js';

/** Choices from which `randomForest` makes a forest. */
export interface ForestShape {
  readonly seed: number;
  readonly featureCount: number;
  readonly outputCount: number;
  readonly treeCount: number;
  readonly maxDepth: number;
  readonly maxLeaves: number;
  /** Thresholds that a feature has, all trees together. */
  readonly thresholdsPerFeature: number;
  /** Levels of splits that all trees begin with. */
  readonly commonLevels: number;
  /** Share of the sides of common splits on which a tree adds nothing. */
  readonly zeroShare: number;
  /** Share of trees that are twice as deep. */
  readonly deepShare: number;
}

/** Shapes whose nodes are few enough for a test. */
export const shapes: fc.Arbitrary<ForestShape> = fc
  .record({
    seed: fc.integer(),
    featureCount: fc.oneof(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 300 })),
    outputCount: fc.integer({ min: 1, max: 12 }),
    treeCount: fc.oneof(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 600 })),
    maxDepth: fc.integer({ min: 0, max: 16 }),
    maxLeaves: fc.oneof(fc.integer({ min: 1, max: 8 }), fc.integer({ min: 1, max: 500 })),
    thresholdsPerFeature: fc.constantFrom(1, 3, 15, 16, 63, 64, 200, 255, 256, 1_000, 5_000, 20_000),
    commonLevels: fc.constantFrom(0, 0, 0, 1, 2, 3),
    zeroShare: fc.constantFrom(0, 0, 0.5, 0.9),
    deepShare: fc.constantFrom(0, 0, 0.01, 0.3),
  })
  .map((shape) => ({
    ...shape,
    treeCount: Math.max(1, Math.min(shape.treeCount, Math.floor(30_000 / shape.maxLeaves))),
  }));

const SPECIAL = [0, -0, 1e-45, -1e-45, 1e-38, -1e-38, 1, -1, 3.4e38, -3.4e38] as const;

/** A generator of numbers from 0 to 1 (mulberry32). */
export function randomOf(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b_79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A threshold of a feature: number `i` of `thresholdsPerFeature`. */
function thresholdOf(feature: number, i: number): number {
  const random = randomOf(Math.imul(feature, 7_919) + i);
  if (i < SPECIAL.length && feature % 2 === 0) return Math.fround(SPECIAL[i]!);
  const value = random() < 0.5 ? Math.floor(random() * 100) : (random() - 0.5) * 1e3;
  return Math.fround(value);
}

/** The forest of a shape: always the same one. */
export function randomForest(shape: ForestShape): Forest {
  const random = randomOf(shape.seed);
  const { featureCount, outputCount, treeCount } = shape;
  const trees = Array.from({ length: treeCount }, () =>
    randomTree(shape, random, Math.floor(random() * outputCount)),
  );
  const baseMargins = Float32Array.from({ length: outputCount }, () =>
    random() < 0.5 ? 0 : random() * 4 - 2,
  );
  return { featureCount, outputCount, baseMargins, trees };
}

/** Nodes of a tree that grows. */
class GrowingTree {
  readonly left: number[] = [];
  readonly right: number[] = [];
  readonly feature: number[] = [];
  readonly value: number[] = [];
  readonly missingLeft: number[] = [];

  /** Adds a leaf. @returns its number */
  addLeaf(margin: number): number {
    this.missingLeft.push(0);
    this.feature.push(0);
    this.value.push(margin);
    this.right.push(-1);
    return this.left.push(-1) - 1;
  }

  /** Makes a leaf a split of two leaves that are 0. */
  split(node: number, feature: number, threshold: number, missingLeft: number): void {
    this.feature[node] = feature;
    this.value[node] = threshold;
    this.missingLeft[node] = missingLeft;
    this.left[node] = this.addLeaf(0);
    this.right[node] = this.addLeaf(0);
  }

  /** The tree. */
  finish(output: number): Tree {
    return {
      left: Int32Array.from(this.left),
      right: Int32Array.from(this.right),
      feature: Uint16Array.from(this.feature),
      value: Float32Array.from(this.value),
      missingLeft: Uint8Array.from(this.missingLeft),
      output,
    };
  }
}

function randomTree(shape: ForestShape, random: () => number, output: number): Tree {
  const { featureCount, thresholdsPerFeature, commonLevels, zeroShare } = shape;
  const tree = new GrowingTree();
  const maxDepth = shape.maxDepth * (random() < shape.deepShare ? 2 : 1);
  const splitAt = (node: number): void => {
    const feature = Math.floor(random() * featureCount);
    const threshold = thresholdOf(feature, Math.floor(random() * thresholdsPerFeature));
    tree.split(node, feature, threshold, random() < 0.5 ? 1 : 0);
  };
  const grow = (root: number, depth: number): void => {
    let open = [{ node: root, depth }];
    for (let leaves = 1; leaves < shape.maxLeaves && open.length > 0; leaves += 1) {
      const [at] = open.splice(Math.floor(random() * open.length), 1);
      if (at === undefined || at.depth >= maxDepth) continue;
      splitAt(at.node);
      // A chain now and then: only one of the children splits on.
      const children = [tree.left[at.node]!, tree.right[at.node]!].map((node) => ({
        node,
        depth: at.depth + 1,
      }));
      open = random() < 0.1 ? children.slice(0, 1) : [...open, ...children];
    }
  };
  const begin = (node: number, level: number): void => {
    if (level === commonLevels) {
      if (random() < zeroShare) return;
      const first = tree.left.length;
      grow(node, 0);
      for (let n = first; n < tree.left.length; n += 1)
        if (tree.left[n] === -1) tree.value[n] = marginOf(random);
      if (tree.left[node] === -1) tree.value[node] = marginOf(random);
      return;
    }
    tree.split(node, level % featureCount, thresholdOf(level % featureCount, 1), 1);
    begin(tree.left[node]!, level + 1);
    begin(tree.right[node]!, level + 1);
  };
  begin(tree.addLeaf(0), 0);
  return tree.finish(output);
}

function marginOf(random: () => number): number {
  const kind = random();
  if (kind < 0.02) return 0;
  if (kind < 0.04) return -0;
  return Math.fround(random() - 0.5);
}

/** Rows near the thresholds of a shape: on them, one float above or below, missing, infinite, zero, subnormal. */
export function hostileRows(
  { featureCount, thresholdsPerFeature, seed }: ForestShape,
  rowCount: number,
): Float32Array {
  const random = randomOf(seed ^ 0x5555);
  const rows = new Float32Array(rowCount * featureCount);
  const bits = new Int32Array(rows.buffer);
  for (let i = 0; i < rows.length; i += 1) {
    const kind = random();
    if (kind < 0.1) rows[i] = Number.NaN;
    else if (kind < 0.15) rows[i] = random() < 0.5 ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY;
    else if (kind < 0.25) rows[i] = SPECIAL[Math.floor(random() * SPECIAL.length)]!;
    else {
      rows[i] = thresholdOf(i % featureCount, Math.floor(random() * thresholdsPerFeature));
      if (kind < 0.45) bits[i]! += 1;
      else if (kind < 0.65) bits[i]! -= 1;
      else if (kind < 0.7) rows[i] = -rows[i]!;
    }
  }
  return rows;
}

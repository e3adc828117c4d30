import type { RootedTree } from './rooted-tree.js';
import { ThresholdTable, type SortedThresholds } from './threshold-table.js';
import type { Tree } from '../forest.js';

/** The splits of block trees, tree by tree in preorder, each as the position of its threshold. */
export interface SplitList {
  readonly thresholds: SortedThresholds;
  /** Positions of thresholds. */
  readonly positions: Int32Array;
  /** First split of each tree, and the end of the last. */
  readonly starts: Int32Array;
}

/** Lists the splits of trees of at most BLOCK_TREE_DEPTH levels. */
export function listSplits(trees: readonly RootedTree[]): SplitList {
  const table = new ThresholdTable();
  const starts = new Int32Array(trees.length + 1);
  let numbers = new Int32Array(1 << 12);
  let count = 0;
  const visit = (tree: Tree, node: number): void => {
    const left = tree.left[node]!;
    if (left === -1) return;
    numbers[count] = table.add(2 * tree.feature[node]! + 1 - tree.missingLeft[node]!, tree.value[node]!);
    count += 1;
    visit(tree, left);
    visit(tree, tree.right[node]!);
  };
  trees.forEach(({ tree, root }, t) => {
    if (count + 256 > numbers.length) {
      const grown = new Int32Array(numbers.length * 2);
      grown.set(numbers);
      numbers = grown;
    }
    visit(tree, root);
    starts[t + 1] = count;
  });
  const { sorted, positions } = table.sort();
  const used = numbers.subarray(0, count);
  for (let i = 0; i < count; i += 1) used[i] = positions[used[i]!]!;
  return { thresholds: sorted, positions: used, starts };
}

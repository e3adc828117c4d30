import type { Forest, Tree } from '../../../src/backends/forest/forest.js';

/** Sums of a forest for one row [featureCount], tree by tree in single precision, [outputCount]. */
export function slowMargins(forest: Forest, row: Float32Array): Float32Array {
  const sums = Float32Array.from(forest.baseMargins);
  for (const tree of forest.trees) sums[tree.output] = sums[tree.output]! + leafValue(tree, row);
  return sums;
}

function leafValue(tree: Tree, row: Float32Array): number {
  let node = 0;
  while (tree.left[node] !== -1) {
    const seen = row[tree.feature[node]!]!;
    const goesLeft = Number.isNaN(seen) ? tree.missingLeft[node] === 1 : seen < tree.value[node]!;
    node = goesLeft ? tree.left[node]! : tree.right[node]!;
  }
  return tree.value[node]!;
}

import type { Forest, Tree } from '../../../src/backends/forest/forest.js';

/** Margins of rows, [rowCount, outputCount]: the definition of a forest, in float32 and in the order of the file. */
export function referenceMargins(forest: Forest, rows: Float32Array, rowCount: number): Float32Array {
  const { featureCount, outputCount, baseMargins, trees } = forest;
  const margins = new Float32Array(rowCount * outputCount);
  for (let row = 0; row < rowCount; row += 1) {
    const values = rows.subarray(row * featureCount, (row + 1) * featureCount);
    const sums = margins.subarray(row * outputCount, (row + 1) * outputCount);
    sums.set(baseMargins);
    for (const tree of trees) sums[tree.output] = Math.fround(sums[tree.output]! + leafMargin(tree, values));
  }
  return margins;
}

function leafMargin({ left, right, feature, value, missingLeft }: Tree, values: Float32Array): number {
  let node = 0;
  while (left[node] !== -1) {
    const x = values[feature[node]!]!;
    const goesLeft = Number.isNaN(x) ? missingLeft[node] === 1 : x < value[node]!;
    node = goesLeft ? left[node]! : right[node]!;
  }
  return value[node]!;
}

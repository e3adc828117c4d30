import type { CompiledForest } from '../../../src/backends/forest/compiled-forest.js';
import { ForestWalker } from '../../../src/backends/forest/forest-walker.js';
import { compileKernel } from '../../../src/backends/forest/kernel.js';
import { allocateRegion, floatsAt } from '../../../src/backends/forest/memory-regions.js';

const kernel = compileKernel();

/** Outputs of rows, [rowCount, outputCount], by thread 0. The region of the outputs holds NaN before. */
export function runForest(forest: CompiledForest, rows: Float32Array, rowCount: number): Float32Array {
  const rowsAt = allocateRegion(forest, rows.byteLength);
  const length = rowCount * forest.outputCount;
  const outsAt = allocateRegion(forest, length * 4);
  floatsAt(forest, rowsAt, rows.length).set(rows);
  floatsAt(forest, outsAt, length).fill(Number.NaN);
  new ForestWalker(forest, kernel, 0).predict(rowsAt, rowCount, outsAt);
  return floatsAt(forest, outsAt, length).slice();
}

/** Bits of floats, which tell 0 from -0 and NaN from none. */
export function bitsOf(floats: Float32Array): Uint32Array {
  return new Uint32Array(floats.buffer, floats.byteOffset, floats.length);
}

import { readFileSync } from 'node:fs';
import type { CompiledForest } from '../../../src/backends/forest/compiled-forest.js';
import { readForest } from '../../../src/backends/forest/files/read-forest.js';
import { compileForest } from '../../../src/backends/forest/layout/compile-forest.js';
import { allocateRegion } from '../../../src/backends/forest/memory-regions.js';

/** A forest with room for rows and outputs in its memory. */
export interface WalkableForest {
  readonly compiled: CompiledForest;
  readonly rowsAddress: number;
  readonly outsAddress: number;
  readonly mayBeginAddress: number;
}

/** Reads a model file, and allocates room for rows, which are zeros, and their outputs. @param scratchCount walks at the same time */
export function walkableForest(path: string, rowCount: number, scratchCount = 1): WalkableForest {
  const compiled = compileForest(readForest(readFileSync(path), path), { maxBytes: 2 ** 28, scratchCount });
  const bytesOf = (width: number): number => rowCount * width * Float32Array.BYTES_PER_ELEMENT;
  return {
    compiled,
    rowsAddress: allocateRegion(compiled, bytesOf(compiled.featureCount)),
    outsAddress: allocateRegion(compiled, bytesOf(compiled.outputCount)),
    mayBeginAddress: allocateRegion(compiled, Int32Array.BYTES_PER_ELEMENT),
  };
}

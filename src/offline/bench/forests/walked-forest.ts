import { readFileSync } from 'node:fs';
import type { CompiledForest } from '../../../backends/forest/compiled-forest.js';
import { readForest } from '../../../backends/forest/files/read-forest.js';
import { ForestWalker } from '../../../backends/forest/forest-walker.js';
import { compileKernel } from '../../../backends/forest/kernel.js';
import { compileForest } from '../../../backends/forest/layout/compile-forest.js';
import { allocateRegion, floatsAt } from '../../../backends/forest/memory-regions.js';

const MAX_BYTES = 1_024 * 1_024 * 1_024;
const CAPACITY = 1_024;
const kernel = compileKernel();

/** Reads and lays out a model file for one thread. @throws PairstreamError INVALID_MODEL */
export function loadForest(path: string, outputs: 'probabilities' | 'margins'): CompiledForest {
  return compileForest(readForest(readFileSync(path), path), {
    maxBytes: MAX_BYTES,
    scratchCount: 1,
    outputs,
  });
}

/** A forest that the forest walker computes on this thread. */
export class WalkedForest {
  private readonly walker: ForestWalker;
  private readonly rowsAddress: number;
  private readonly outsAddress: number;

  constructor(private readonly compiled: CompiledForest) {
    const floatBytes = Float32Array.BYTES_PER_ELEMENT * CAPACITY;
    this.walker = new ForestWalker(compiled, kernel, 0);
    this.rowsAddress = allocateRegion(compiled, compiled.featureCount * floatBytes);
    this.outsAddress = allocateRegion(compiled, compiled.outputCount * floatBytes);
  }

  /**
   * Computes rows as the backend does: copies them into the memory of the forest, walks them, and copies the outputs out.
   * @param rows float32 [rowCount, featureCount], at most 1,024 rows
   * @returns float32 [rowCount, outputCount]
   */
  predict(rows: Float32Array): Float32Array {
    const { featureCount, outputCount } = this.compiled;
    const rowCount = rows.length / featureCount;
    floatsAt(this.compiled, this.rowsAddress, rows.length).set(rows);
    this.walker.predict(this.rowsAddress, rowCount, this.outsAddress);
    return floatsAt(this.compiled, this.outsAddress, rowCount * outputCount).slice();
  }

  /** Computes any number of rows. */
  predictAll(rows: Float32Array): Float32Array {
    const { featureCount, outputCount } = this.compiled;
    const outs = new Float32Array((rows.length / featureCount) * outputCount);
    for (let at = 0; at < rows.length; at += CAPACITY * featureCount) {
      const outputs = this.predict(rows.subarray(at, at + CAPACITY * featureCount));
      outs.set(outputs, (at / featureCount) * outputCount);
    }
    return outs;
  }
}

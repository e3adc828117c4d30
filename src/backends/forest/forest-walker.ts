import type { CompiledForest } from './compiled-forest.js';
import { instantiateKernel, type Kernel } from './kernel.js';

/** Runs a forest on one thread. Blocks the thread for the whole call; `./pairstream bench forests` measures the time. */
export class ForestWalker {
  private readonly kernel: Kernel;
  private readonly planAddress: number;
  private readonly scratchAddress: number;

  /**
   * @param module result of `compileKernel`
   * @param scratch number of the scratch, 0 to `forest.scratchCount` - 1. Two walkers with the same number must not run at the same time.
   * @throws RangeError for another number
   */
  constructor(forest: CompiledForest, module: WebAssembly.Module, scratch: number) {
    if (!(scratch >= 0 && scratch < forest.scratchCount))
      throw new RangeError(`scratch ${scratch}, expected a number below ${forest.scratchCount}`);
    this.kernel = instantiateKernel(module, forest.memory);
    this.planAddress = forest.planAddress;
    this.scratchAddress = forest.scratchAddress + scratch * forest.scratchBytes;
  }

  /**
   * Computes any number of rows. Addresses are byte offsets in the memory of the forest, such as results of `allocateRegion`.
   * @param rowsAddress address of float32 [rowCount, featureCount]; NaN is a missing value
   * @param outsAddress address of float32 [rowCount, outputCount], which the kernel writes
   */
  predict(rowsAddress: number, rowCount: number, outsAddress: number): void {
    this.kernel.predict(this.planAddress, rowsAddress, rowCount, outsAddress, this.scratchAddress);
  }
}

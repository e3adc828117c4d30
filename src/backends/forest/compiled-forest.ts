/**
 * A forest laid out for the kernel, in a memory of its own. Can be posted to any number of threads, which share the memory.
 *
 * Byte 0 of the memory holds the number of bytes given out so far (see `allocateRegion`).
 */
export interface CompiledForest {
  readonly memory: WebAssembly.Memory;
  /** Size that the memory may grow to, in bytes. */
  readonly maxBytes: number;
  /** Address of the plan, the first argument of the kernel. */
  readonly planAddress: number;
  /** Values of a row. */
  readonly featureCount: number;
  /** Outputs of a row. */
  readonly outputCount: number;
  /** Bytes of the trees and of all that the kernel reads, without scratch. */
  readonly byteLength: number;
  /** Most steps from node to node that a row takes, all trees together. */
  readonly stepsPerRow: number;
  /** Threads that may use the forest at the same time. */
  readonly threadCount: number;
  /** Address of the scratch of thread 0. The others follow. */
  readonly scratchAddress: number;
  /** Bytes of scratch per thread. */
  readonly scratchBytes: number;
}

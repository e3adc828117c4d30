/**
 * A forest laid out for the kernel, in a memory of its own. It can be posted to any number of threads, which share the memory.
 * An address is a byte offset in the memory.
 *
 * The 32-bit word at address 0 is the number of bytes allocated so far (see `allocateRegion`).
 */
export interface CompiledForest {
  readonly memory: WebAssembly.Memory;
  /** Size that the memory may grow to, in bytes. */
  readonly maxBytes: number;
  /** Address of the plan, the first argument of the kernel. */
  readonly planAddress: number;
  /** Features per row, float32. */
  readonly featureCount: number;
  /** Outputs per row, float32. */
  readonly outputCount: number;
  /** Bytes of the trees and of all that the kernel reads, without scratch. */
  readonly byteLength: number;
  /** Maximum number of steps from node to node that a row takes, in all trees together. */
  readonly stepsPerRow: number;
  /** Number of scratches: walks that may run at the same time. */
  readonly scratchCount: number;
  /** Address of scratch 0. The others follow. */
  readonly scratchAddress: number;
  /** Bytes of one scratch. */
  readonly scratchBytes: number;
}

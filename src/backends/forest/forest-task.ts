import type { CompiledForest } from './compiled-forest.js';

/** A forest and its number, which is unique among the forests of a `ForestThreads`. */
export interface NumberedForest {
  readonly number: number;
  readonly compiled: CompiledForest;
}

/** Load of a model file: reads it, and lays the forest out in a memory of its own. */
export interface LoadTask {
  /** Path of the model file. */
  readonly path: string;
  /** Maximum memory of the forest in bytes: trees, scratch, and the rows of calls in flight. */
  readonly maxBytes: number;
  /** Walks that may run at the same time. Each has its own scratch. */
  readonly scratchCount: number;
}

/** Work of a thread that loads forests: it takes tasks, in their order, that no other thread has taken. */
export interface LoadWork {
  readonly tasks: readonly LoadTask[];
  /** Number of the thread that took a task, by index of the task; 0 if none did. In shared memory. */
  readonly takenBy: Int32Array;
  /** Number of the thread, from 1. */
  readonly number: number;
}

/** Result of a `LoadTask`. Errors are values, because an error loses its class between threads. `contentSha256` is hex. */
export type LoadOutcome =
  | {
      readonly kind: 'loaded';
      readonly compiled: CompiledForest;
      readonly contentSha256: string;
      /** Wall time of reading and laying out, milliseconds. */
      readonly loadMs: number;
    }
  /** `unsupported`: a valid model that the walker cannot run. `refused`: a file that is missing, damaged or too large. */
  | {
      readonly kind: 'unsupported' | 'refused';
      readonly problem: string;
      readonly field: string | undefined;
      /** Undefined if the file could not be read. */
      readonly contentSha256: string | undefined;
    };

/** Task `walk`: computes rows that lie in the memory of a forest. */
export interface WalkTask {
  /** Number of the forest. */
  readonly number: number;
  /** Address of float32 [rowCount, featureCount]. */
  readonly rowsAddress: number;
  readonly rowCount: number;
  /** Address of float32 [rowCount, outputCount]. */
  readonly outsAddress: number;
  /** Number of the scratch, below `scratchCount`. No other walk of the forest may use this scratch at the same time. */
  readonly scratch: number;
  /** Address of int32. The thread walks only if it can replace 1 by 0 there: else the caller has withdrawn the walk. */
  readonly mayBeginAddress: number;
  /** Version of the set of forests. Grows by one when a forest is added or removed. */
  readonly generation: number;
  /** All forests of the generation, for a thread that answered `outdated`. */
  readonly forests?: readonly NumberedForest[];
}

/**
 * Result of a `WalkTask`. `outdated`: the thread lacks the forest or has an older generation. `withdrawn`: the caller withdrew the walk
 * before it began. With both, the thread computed nothing.
 */
export type WalkOutcome = 'walked' | 'outdated' | 'withdrawn';

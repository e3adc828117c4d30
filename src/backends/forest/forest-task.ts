import type { CompiledForest } from './compiled-forest.js';

/** A forest under the number that names it in this process. */
export interface NumberedForest {
  readonly number: number;
  readonly compiled: CompiledForest;
}

/** Task `load`: reads a model file, and lays the forest out in a memory of its own. */
export interface LoadTask {
  /** Path of the model file. */
  readonly path: string;
  /** Bound of the memory, bytes. */
  readonly maxBytes: number;
  /** Walks that may be under way at the same time. */
  readonly threadCount: number;
}

/** Result of a `LoadTask`. Errors are values, because a thread cannot throw an error of our class to another. */
export type LoadOutcome =
  | { readonly kind: 'loaded'; readonly compiled: CompiledForest; readonly contentSha256: string }
  /** `unsupported` is a whole model that the walker does not take; `refused` is one that nothing takes. */
  | {
      readonly kind: 'unsupported' | 'refused';
      readonly problem: string;
      readonly field: string | undefined;
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
  /** Number of the scratch, which no other walk of the forest uses meanwhile. */
  readonly thread: number;
  /** Changes with every forest that is loaded or released. */
  readonly generation: number;
  /** All forests of the generation, for a thread that answered `outdated`. */
  readonly forests?: readonly NumberedForest[];
}

/** Result of a `WalkTask`. `outdated`: the thread has the forests of another generation, and computed nothing. */
export type WalkOutcome = 'walked' | 'outdated';

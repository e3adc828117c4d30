import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { PairstreamError } from '../../errors/pairstream-error.js';
import type { ModelLocation, ModelMetadata } from '../backend.js';
import type { CompiledForest } from './compiled-forest.js';
import { ForestModel, INPUT_TENSOR, OUTPUT_TENSOR, walkCount } from './forest-model.js';
import { ForestThreads } from './forest-threads.js';
import { compileKernel } from './kernel.js';

/** Name of a forest's file in its version folder. */
export const FOREST_FILE = 'xgboost.ubj';

/** Options of the forest engine. */
export interface ForestEngineOptions {
  /** Threads that walk forests, and most threads that load some. 0 means one per core that this process may use. */
  readonly threadCount: number;
  /** Maximum memory of one forest in bytes: trees, scratch, and the rows of calls in flight. */
  readonly maxBytes: number;
}

/** A loaded forest, or the error INVALID_MODEL of a valid XGBoost model that the walker cannot run. The caller releases the model. */
export type LoadedForest =
  | { readonly kind: 'loaded'; readonly model: ForestModel }
  | { readonly kind: 'unsupported'; readonly error: PairstreamError };

/** Loads forests from `xgboost.ubj` and runs them on threads of their own. Small calls run on the thread of the caller. */
export class ForestEngine {
  private readonly threads: ForestThreads;
  private readonly kernel = compileKernel();

  constructor(private readonly options: ForestEngineOptions) {
    this.threads = new ForestThreads(
      options.threadCount === 0 ? availableParallelism() : options.threadCount,
    );
  }

  /**
   * Loads `<directory>/<version>/xgboost.ubj`. Does not run golden rows.
   * @throws PairstreamError INVALID_MODEL for a file that is missing, damaged or too large; BACKEND_FAILED if the thread ended;
   *   BACKEND_UNAVAILABLE after `close`
   */
  async load({ name, version, directory }: ModelLocation): Promise<LoadedForest> {
    const path = join(directory, version, FOREST_FILE);
    const startedMs = performance.now();
    const outcome = await this.threads.load({
      path,
      maxBytes: this.options.maxBytes,
      scratchCount: walkCount(this.threads.threadCount),
    });
    if (outcome.kind !== 'loaded') {
      const { problem, field } = outcome;
      const error = new PairstreamError('INVALID_MODEL', problem, field === undefined ? {} : { field });
      if (outcome.kind === 'refused') throw error;
      return { kind: 'unsupported', error };
    }
    const { compiled, contentSha256 } = outcome;
    const tensor = (tensorName: string, width: number): ModelMetadata['inputs'] => [
      { name: tensorName, datatype: 'FP32', shape: [-1, width] },
    ];
    const metadata: ModelMetadata = {
      name,
      version,
      inputs: tensor(INPUT_TENSOR, compiled.featureCount),
      outputs: tensor(OUTPUT_TENSOR, compiled.outputCount),
      contentSha256,
      engine: 'forest',
      loadMs: performance.now() - startedMs,
      memoryBytes: compiled.byteLength,
    };
    return { kind: 'loaded', model: this.createModel(path, metadata, compiled) };
  }

  private createModel(path: string, metadata: ModelMetadata, compiled: CompiledForest): ForestModel {
    try {
      return new ForestModel(metadata, compiled, this.kernel, this.threads);
    } catch (cause) {
      const problem = cause instanceof Error ? cause.message : String(cause);
      throw new PairstreamError('INVALID_MODEL', `${path}: ${problem}`, { cause });
    }
  }

  /** Ends the threads. Calls in flight on the threads fail with BACKEND_UNAVAILABLE, and so do later calls on the threads and loads. */
  async close(): Promise<void> {
    await this.threads.close();
  }
}

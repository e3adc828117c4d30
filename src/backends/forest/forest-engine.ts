import { statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { PairstreamError } from '../../errors/pairstream-error.js';
import type { ModelLocation, ModelMetadata } from '../backend.js';
import type { CompiledForest } from './compiled-forest.js';
import { ForestModel, INPUT_TENSOR, OUTPUT_TENSOR, walkCount } from './forest-model.js';
import { ForestLoads } from './forest-loads.js';
import type { LoadOutcome, LoadTask } from './forest-task.js';
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
  private readonly loads: ForestLoads;
  /** Loads that `begin` began and `load` has not taken, by path. */
  private readonly begun = new Map<string, Promise<LoadOutcome>>();
  private readonly models = new Set<ForestModel>();
  private readonly kernel = compileKernel();

  constructor(private readonly options: ForestEngineOptions) {
    const threadCount = options.threadCount === 0 ? availableParallelism() : options.threadCount;
    this.threads = new ForestThreads(threadCount);
    this.loads = new ForestLoads(threadCount);
  }

  /** Number of walks that wait for a thread, or for room in the memory of their forest. */
  get waitingWalkCount(): number {
    return [...this.models].reduce((sum, model) => sum + model.waitingCount, this.threads.waitingCount);
  }

  /**
   * Begins to load those of the models that are forests, the largest first. The next `load` of each takes the result. Until then the
   * threads go on while the event loop is blocked.
   */
  begin(locations: readonly ModelLocation[]): void {
    const files = locations.flatMap((location) => {
      const path = pathOf(location);
      const bytes = statSync(path, { throwIfNoEntry: false })?.size;
      return bytes === undefined ? [] : [{ path, bytes }];
    });
    const paths = files.toSorted((a, b) => b.bytes - a.bytes).map(({ path }) => path);
    const loads = this.loads.begin(paths.map((path) => this.taskOf(path)));
    for (const [i, path] of paths.entries()) this.begun.set(path, loads[i]!);
  }

  /**
   * Loads `<directory>/<version>/xgboost.ubj`. Does not run golden rows.
   * @throws PairstreamError INVALID_MODEL for a file that is missing, damaged or too large; BACKEND_FAILED if the thread ended;
   *   BACKEND_UNAVAILABLE after `close`; errors of `checkFile`
   */
  async load(location: ModelLocation): Promise<LoadedForest> {
    const { name, version } = location;
    const path = pathOf(location);
    const load = this.begun.get(path) ?? this.loads.load(this.taskOf(path));
    this.begun.delete(path);
    const outcome = await load;
    if (outcome.contentSha256 !== undefined) location.checkFile?.(FOREST_FILE, outcome.contentSha256);
    if (outcome.kind !== 'loaded') {
      const { problem, field } = outcome;
      const error = new PairstreamError('INVALID_MODEL', problem, field === undefined ? {} : { field });
      if (outcome.kind === 'refused') throw error;
      return { kind: 'unsupported', error };
    }
    const { compiled, contentSha256, loadMs } = outcome;
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
      loadMs,
      memoryBytes: compiled.byteLength,
    };
    return { kind: 'loaded', model: this.createModel(path, metadata, compiled) };
  }

  private taskOf(path: string): LoadTask {
    const { maxBytes } = this.options;
    return { path, maxBytes, scratchCount: walkCount(this.threads.threadCount) };
  }

  private createModel(path: string, metadata: ModelMetadata, compiled: CompiledForest): ForestModel {
    try {
      const model = new ForestModel(metadata, compiled, this.kernel, this.threads, () =>
        this.models.delete(model),
      );
      this.models.add(model);
      return model;
    } catch (cause) {
      const problem = cause instanceof Error ? cause.message : String(cause);
      throw new PairstreamError('INVALID_MODEL', `${path}: ${problem}`, { cause });
    }
  }

  /** Ends the threads. Calls in flight on the threads fail with BACKEND_UNAVAILABLE, and so do later calls on the threads and loads. */
  async close(): Promise<void> {
    await Promise.all([this.threads.close(), this.loads.close()]);
  }
}

function pathOf({ directory, version }: ModelLocation): string {
  return join(directory, version, FOREST_FILE);
}

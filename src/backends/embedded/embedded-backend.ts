import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { PairstreamError } from '../../errors/pairstream-error.js';
import type { Backend, ModelCheck, ModelHandle, ModelLocation } from '../backend.js';
import { FOREST_FILE, ForestEngine } from '../forest/forest-engine.js';
import { ONNX_FILE, OnnxBackend } from '../onnx/onnx-backend.js';

const DEFAULT_FOREST_BYTES = 512 * 1_024 * 1_024;

/** Options of the embedded backend. */
export interface EmbeddedBackendOptions {
  /** Threads per run of ONNX Runtime. Default 0: one per core that this process may use. */
  readonly onnxThreadCount?: number;
  /** Number of threads that run forests. As many others at most load forests. Default 0: one per core that this process may use. */
  readonly forestThreadCount?: number;
  /** Maximum memory of one forest in bytes: trees, scratch, and the rows of calls in flight. Default 512 MiB. */
  readonly maxForestBytes?: number;
  /** Receives one line, with the reason, for each forest that ONNX Runtime runs because the forest walker cannot. */
  readonly onFallback?: (line: string) => void;
}

/**
 * Runs models inside this process. The files of the version folder choose the engine:
 * - `xgboost.ubj`: the forest walker
 * - `xgboost.ubj` that the walker cannot run, beside a `model.onnx`: ONNX Runtime
 * - `model.onnx` alone: ONNX Runtime
 */
export class EmbeddedBackend implements Backend {
  readonly name = 'embedded';
  private readonly forests: ForestEngine;
  private readonly onnx: OnnxBackend;

  constructor(private readonly options: EmbeddedBackendOptions = {}) {
    const { forestThreadCount = 0, maxForestBytes = DEFAULT_FOREST_BYTES, onnxThreadCount = 0 } = options;
    this.forests = new ForestEngine({ threadCount: forestThreadCount, maxBytes: maxForestBytes });
    this.onnx = new OnnxBackend({ threadCount: onnxThreadCount });
  }

  /** Number of walks of forests that wait for a thread, or for room in the memory of their forest. */
  get waitingWalkCount(): number {
    return this.forests.waitingWalkCount;
  }

  /**
   * Begins to load the forests among the models, on threads. `load` takes the results. For models that are loaded soon, while this
   * thread does other work.
   */
  begin(locations: readonly ModelLocation[]): void {
    this.forests.begin(locations);
  }

  /**
   * Loads a model and checks it. If the check fails, the model is released. The caller releases the returned model, or closes the
   * backend.
   * @throws PairstreamError INVALID_MODEL for a file that is missing, damaged or too large, or that no engine can run;
   *   INVALID_CONFIG without ONNX Runtime; BACKEND_FAILED if the thread that loads a forest ended; BACKEND_UNAVAILABLE after `close`;
   *   errors of the checks
   */
  async load(location: ModelLocation, check: ModelCheck): Promise<ModelHandle> {
    const folder = join(location.directory, location.version);
    const isOnnx = existsSync(join(folder, ONNX_FILE));
    if (!existsSync(join(folder, FOREST_FILE))) {
      if (isOnnx) return await this.onnx.load(location, check);
      const problem = `${folder}: no model, expected ${FOREST_FILE} (a forest) or ${ONNX_FILE}`;
      throw new PairstreamError('INVALID_MODEL', problem, { field: folder });
    }
    const loaded = await this.forests.load(location);
    if (loaded.kind === 'unsupported') {
      if (!isOnnx) throw loaded.error;
      this.options.onFallback?.(`${loaded.error.message}; ONNX Runtime runs the model`);
      return await this.onnx.load(location, check);
    }
    try {
      await check(loaded.model);
    } catch (error) {
      await loaded.model.release();
      throw error;
    }
    return loaded.model;
  }

  /** Ends the threads and releases all models. Calls in flight may fail. */
  async close(): Promise<void> {
    await Promise.all([this.forests.close(), this.onnx.close()]);
  }
}

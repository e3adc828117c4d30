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
  /** Threads that run forests, and most threads that load some. Default 0: one per core that this process may use. */
  readonly forestThreadCount?: number;
  /** Bound of the memory of one forest, bytes. Default 512 MiB. */
  readonly maxForestBytes?: number;
  /** Receives one line for a forest that ONNX Runtime runs, with the reason. */
  readonly onFallback?: (line: string) => void;
}

/**
 * Runs models inside this process: forests (`<version>/xgboost.ubj`) by the forest walker, all other models, and forests that
 * the walker does not take, (`<version>/model.onnx`) by ONNX Runtime.
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

  /**
   * @throws PairstreamError INVALID_MODEL for a file that is missing, damaged or too large, or that no engine takes;
   *   INVALID_CONFIG without ONNX Runtime; BACKEND_UNAVAILABLE after `close`
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

  async close(): Promise<void> {
    await Promise.all([this.forests.close(), this.onnx.close()]);
  }
}

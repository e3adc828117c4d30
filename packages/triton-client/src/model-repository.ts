import type { InferenceCalls, TritonCallOptions } from './inference-calls.js';
import type { RepositoryModel } from './server-messages.js';

/** Loading may compile engines. */
const LOAD_TIMEOUT_MS = 600_000;

/** What a model is loaded from, when it is not what lies in the repository. */
export interface LoadOptions extends TritonCallOptions {
  /** An inference.ModelConfig as JSON. */
  readonly configJson?: string;
  /** Files by `<version>/<name>`; they need `configJson`. */
  readonly files?: Readonly<Record<string, Uint8Array>>;
}

/** The model repositories of a server. Loading needs `--model-control-mode=explicit`. */
export class ModelRepository {
  constructor(private readonly calls: InferenceCalls) {}

  /** Every model, with its state. @param onlyReady leaves out what is not ready @throws TritonError */
  async index(onlyReady = false, options?: TritonCallOptions): Promise<readonly RepositoryModel[]> {
    return (await this.calls.call('RepositoryIndex', { ready: onlyReady }, options)).models;
  }

  /**
   * Loads a model, or loads it anew; resolves when it is ready.
   * @throws TritonError invalid_argument when its load fails; internal when there is no such model, or its configuration cannot
   *   be read; unsupported without explicit control
   */
  async load(modelName: string, options: LoadOptions = {}): Promise<void> {
    const { configJson, files = {}, timeoutMs = LOAD_TIMEOUT_MS, ...rest } = options;
    const parameters = {
      ...(configJson === undefined ? {} : { config: { stringParam: configJson } }),
      ...Object.fromEntries(
        Object.entries(files).map(([path, bytes]) => [`file:${path}`, { bytesParam: bytes }]),
      ),
    };
    const request = { modelName, parameters };
    await this.calls.call('RepositoryModelLoad', request, { timeoutMs, ...rest });
  }

  /**
   * Unloads a model: no more requests are taken, those that run or wait are finished. Resolves before they are.
   * @param withDependents whether models that only this one needs go, too
   * @throws TritonError
   */
  async unload(modelName: string, withDependents = false, options?: TritonCallOptions): Promise<void> {
    const parameters = withDependents ? { unload_dependents: { boolParam: true } } : {};
    await this.calls.call('RepositoryModelUnload', { modelName, parameters }, options);
  }
}

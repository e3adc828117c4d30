import type { InferenceCalls, TritonCallOptions } from './inference-calls.js';
import type { RepositoryModel } from './server-messages.js';

/** Long, because loading may compile TensorRT engines. */
const LOAD_TIMEOUT_MS = 600_000;

/** Configuration and files that replace those in the repository when a model is loaded. */
export interface LoadOptions extends TritonCallOptions {
  /** Configuration: an inference.ModelConfig as JSON. */
  readonly configJson?: string;
  /** Contents of files by `<version>/<name>`. Requires `configJson`. */
  readonly files?: Readonly<Record<string, Uint8Array>>;
}

/** Lists, loads and unloads the models of a server. Loading needs `--model-control-mode=explicit`. */
export class ModelRepository {
  constructor(private readonly calls: InferenceCalls) {}

  /** Lists all models with their state. @param onlyReady true: only models that are ready @throws TritonError */
  async index(onlyReady = false, options?: TritonCallOptions): Promise<readonly RepositoryModel[]> {
    return (await this.calls.call('RepositoryIndex', { ready: onlyReady }, options)).models;
  }

  /**
   * Loads or reloads a model. Resolves when the model is ready.
   * @throws TritonError invalid_argument if the load fails; internal for an unknown model or an unreadable configuration;
   *   unsupported without explicit model control
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
   * Unloads a model. The server refuses new requests for the model and finishes the requests in flight. May resolve before they
   * are finished.
   * @param withDependents true: also unloads models that no other model needs
   * @throws TritonError
   */
  async unload(modelName: string, withDependents = false, options?: TritonCallOptions): Promise<void> {
    const parameters = withDependents ? { unload_dependents: { boolParam: true } } : {};
    await this.calls.call('RepositoryModelUnload', { modelName, parameters }, options);
  }
}

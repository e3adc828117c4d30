import type { FakeModel, FakeModelConfig } from '../fake-model.js';
import { FakeTritonError, invalidArgument } from '../fake-triton-error.js';
import { ScriptedModel } from './model-script.js';
import { parseVersion } from './model-version.js';
import { ServedModel, type ServedVersion } from './served-model.js';

/** Reason in the repository index for an unloaded model. */
const UNLOADED = 'unloaded';

/** A row of the repository index. */
export interface IndexRow {
  readonly name: string;
  readonly version: string;
  readonly state: string;
  readonly reason: string;
}

/** Scripts by model name. They stay when the server restarts. */
export class ScriptTable {
  private readonly scripts = new Map<string, ScriptedModel>();

  /** The script of a model; the first call for a name creates an empty script. */
  of(name: string): ScriptedModel {
    const script = this.scripts.get(name) ?? new ScriptedModel();
    this.scripts.set(name, script);
    return script;
  }
}

/** The models in the repository and the models that are loaded, from one start of the server to its stop. */
export class ModelRegistry {
  private readonly served = new Map<string, ServedModel>();
  /** True from the beginning of a shutdown: no model accepts requests. */
  isShuttingDown = false;

  /** @param repository models by name; a change applies at the next load */
  constructor(
    private readonly repository: ReadonlyMap<string, FakeModel>,
    private readonly scripts: ScriptTable,
  ) {}

  /**
   * Finds the version that a request asks for; without a version, the newest ready version.
   * @throws FakeTritonError NOT_FOUND for an unknown model or version, UNAVAILABLE for a version that is not ready,
   *   INVALID_ARGUMENT for text that is not a version
   */
  find(name: string, versionText: string): ServedVersion {
    const wanted = parseVersion(versionText);
    const model = this.served.get(name);
    if (model === undefined) throw unknown(name, 'is not found');
    const ready = this.isShuttingDown ? [] : model.readyVersions;
    if (wanted !== undefined && !model.versions.has(wanted))
      throw unknown(name, `version ${wanted} is not found`);
    const found = wanted === undefined ? ready.at(-1) : ready.find(({ version }) => version === wanted);
    if (found !== undefined) return found;
    if (wanted === undefined) throw unknown(name, 'has no available versions');
    throw unknown(name, `version ${wanted} is not at ready state`, 'UNAVAILABLE');
  }

  /** True if a model accepts requests. @throws FakeTritonError INVALID_ARGUMENT for an invalid version */
  isReady(name: string, versionText: string): boolean {
    const wanted = parseVersion(versionText);
    const ready = this.served.get(name)?.readyVersions ?? [];
    return wanted === undefined ? ready.length > 0 : ready.some(({ version }) => version === wanted);
  }

  /** True if every model that is not unloaded is ready. */
  get areAllReady(): boolean {
    return [...this.served.values()].every(({ state, reason }) => state === 'READY' || reason === UNLOADED);
  }

  /** All ready versions, sorted by name and version. */
  get versions(): ServedVersion[] {
    return [...this.served.entries()]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .flatMap(([, model]) => model.readyVersions);
  }

  /** True if any version of a model accepts requests. */
  isServed(name: string): boolean {
    return (this.served.get(name)?.readyVersions ?? []).length > 0;
  }

  /** The repository index, sorted by name. @param onlyReady true: only versions that are ready */
  index(onlyReady: boolean): IndexRow[] {
    const names = [...new Set([...this.repository.keys(), ...this.served.keys()])].sort();
    const rows = names.flatMap((name): IndexRow[] => {
      const model = this.served.get(name);
      if (model === undefined) return [{ name, version: '', state: '', reason: '' }];
      const { state, reason } = model;
      return [...model.versions.keys()].map((version) => ({ name, version, state, reason }));
    });
    return onlyReady ? rows.filter(({ state }) => state === 'READY') : rows;
  }

  /**
   * Loads a model from the repository. A loaded model is loaded again if its definition has changed, or if `config` is given;
   * the old one finishes its requests.
   * @param config replaces the model's configuration
   * @throws FakeTritonError INTERNAL for an unknown model or an invalid configuration, INVALID_ARGUMENT if the load fails
   */
  async load(name: string, config?: FakeModelConfig): Promise<void> {
    const definition = this.repository.get(name);
    if (definition === undefined) throw cannotPoll(name);
    const before = this.served.get(name);
    // A model that was loaded with another configuration also counts as unchanged.
    const isUnchanged = config === undefined && before?.definition === definition;
    if (isUnchanged && before.state === 'READY') return;
    const model = serve(definition, config ?? definition.config, this.scripts.of(name));
    // A ready model serves until the new one is ready.
    if (before?.state !== 'READY') this.served.set(name, model);
    await model.load();
    if (model.state === 'UNAVAILABLE') {
      const [version] = model.versions.keys();
      throw invalidArgument(
        `load failed for model '${name}': version ${version} is at UNAVAILABLE state: ${model.reason};\n`,
      );
    }
    before?.unload();
    this.served.set(name, model);
  }

  /** Unloads a model. Does nothing if the model is not loaded. */
  unload(name: string): void {
    this.served.get(name)?.unload();
  }
}

function serve(definition: FakeModel, given: FakeModelConfig, script: ScriptedModel): ServedModel {
  try {
    return new ServedModel(definition, given, script);
  } catch {
    throw cannotPoll(definition.config.name);
  }
}

/** Error for a model that is not in the repository, or whose configuration is invalid. */
export function cannotPoll(name: string): FakeTritonError {
  return new FakeTritonError('INTERNAL', `failed to load '${name}', failed to poll from model repository`);
}

function unknown(
  name: string,
  what: string,
  status: 'NOT_FOUND' | 'UNAVAILABLE' = 'NOT_FOUND',
): FakeTritonError {
  return new FakeTritonError(status, `Request for unknown model: '${name}' ${what}`);
}

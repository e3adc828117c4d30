import { PairstreamError } from '../../errors/pairstream-error.js';
import { shownField } from '../../errors/shown-field.js';
import type {
  Backend,
  BackendHealth,
  ModelCheck,
  ModelHandle,
  ModelLocation,
  ModelMetadata,
  ReplicaControl,
  ReplicaState,
  ServerModels,
} from '../../backends/backend.js';
import { ChangeQueue } from './change-queue.js';
import { ControlledModel } from './controlled-model.js';

/** State of a model of the release, as operators see it. */
export interface ModelReport {
  readonly metadata: ModelMetadata;
  /** False if an operator unloaded the model. */
  readonly isLoaded: boolean;
  /** Reason that the model cannot run now, in one sentence; undefined if it can. */
  readonly outage: string | undefined;
}

/**
 * A backend whose models operators can unload and load: any other backend, with a switch in front of each of its models.
 * Changes run one after another. They last until the process ends.
 */
export class ControlledBackend implements Backend, BackendHealth {
  readonly health = this;
  private readonly models = new Map<string, ControlledModel>();
  /** By name of a model that is unloaded on servers: what runs its calls when it is loaded again. */
  private readonly onServers = new Map<string, ModelHandle>();
  private readonly changes = new ChangeQueue();
  private readonly listeners: (() => void)[] = [];

  constructor(private readonly inner: Backend) {
    inner.health?.subscribe(() => this.tell());
  }

  /** True if the models run on servers outside this process. */
  get isRemote(): boolean {
    return this.inner.health !== undefined;
  }

  get name(): string {
    return this.inner.name;
  }

  get replicaControl(): ReplicaControl | undefined {
    return this.inner.replicaControl;
  }

  async load(location: ModelLocation, check: ModelCheck): Promise<ModelHandle> {
    const model = new ControlledModel(await this.inner.load(location, check), location, check);
    this.models.set(location.name, model);
    return model;
  }

  get outages(): ReadonlyMap<string, string> {
    const outages = new Map(this.inner.health?.outages);
    for (const [name, { isLoaded }] of this.models)
      if (!isLoaded) outages.set(name, `model ${name}: unloaded by an operator`);
    return outages;
  }

  describe(): readonly ReplicaState[] {
    return this.inner.health?.describe() ?? [];
  }

  subscribe(listener: () => void): void {
    this.listeners.push(listener);
  }

  /** Every model of the release that is served. */
  get reports(): ModelReport[] {
    const { outages } = this;
    return [...this.models].map(([name, { metadata, isLoaded }]) => ({
      metadata,
      isLoaded,
      outage: outages.get(name),
    }));
  }

  /**
   * Loads a model, or loads it anew, and checks it with its golden rows before it runs calls. A model that is loaded runs calls
   * meanwhile.
   * @throws PairstreamError NOT_FOUND, BUSY; INVALID_MODEL for another file than the release was loaded with, or wrong golden
   *   rows; CONFLICT and BACKEND_UNAVAILABLE as ServerModels.load
   */
  async loadModel(name: string): Promise<void> {
    const model = this.find(name);
    const { serverModels } = this.inner;
    await this.change(() =>
      serverModels === undefined ? this.loadHere(model) : this.loadOnServers(model, serverModels),
    );
  }

  /**
   * Unloads a model: batches are answered without it from now on, as the ladder allows. Resolves when its runs in flight have
   * ended. An unloaded model stays as it is.
   * @throws PairstreamError NOT_FOUND, BUSY; CONFLICT and BACKEND_UNAVAILABLE as ServerModels.unload, and the model stays loaded
   */
  async unloadModel(name: string): Promise<void> {
    const model = this.find(name);
    await this.change(async () => {
      const replaced = model.replace(undefined);
      this.tell();
      const before = await replaced;
      if (before === undefined) return;
      const { serverModels } = this.inner;
      if (serverModels === undefined) return await before.release?.();
      try {
        await serverModels.unload(name);
        this.onServers.set(name, before);
      } catch (error) {
        await model.replace(before);
        throw error;
      }
    });
  }

  async close(): Promise<void> {
    await this.inner.close();
  }

  private async loadOnServers(model: ControlledModel, serverModels: ServerModels): Promise<void> {
    const { name } = model.metadata;
    await serverModels.load(name);
    const handle = this.onServers.get(name);
    this.onServers.delete(name);
    if (handle !== undefined) await model.replace(handle);
  }

  /** Reads the files of a model anew. @throws PairstreamError INVALID_MODEL if the release was loaded with another file */
  private async loadHere(model: ControlledModel): Promise<void> {
    const { location, check, metadata } = model;
    const { name, version, directory } = location;
    const loaded = await this.inner.load({ name, version, directory }, check);
    const { contentSha256 } = loaded.metadata;
    if (contentSha256 === metadata.contentSha256) {
      const before = await model.replace(loaded);
      await before?.release?.();
      return;
    }
    await loaded.release?.();
    throw new PairstreamError(
      'INVALID_MODEL',
      `model ${name}: SHA-256 is ${contentSha256}, the release was loaded with ${metadata.contentSha256}: restore the file, or restart the gateway to serve another release`,
      { field: 'model' },
    );
  }

  /** Runs one change at a time. @throws PairstreamError BUSY if too many wait */
  private async change(run: () => Promise<void>): Promise<void> {
    try {
      await this.changes.run(run);
    } finally {
      this.tell();
    }
  }

  private find(name: string): ControlledModel {
    const model = this.models.get(name);
    if (model !== undefined) return model;
    const known = [...this.models.keys()].join(', ');
    const expected = known === '' ? 'no model is loaded yet' : `expected one of ${known}`;
    throw new PairstreamError('NOT_FOUND', `model: ${shownField(name)}, ${expected}`, { field: 'model' });
  }

  private tell(): void {
    for (const listener of this.listeners) listener();
  }
}

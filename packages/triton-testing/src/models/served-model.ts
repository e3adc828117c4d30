import { type CompletedConfig, completeConfig } from './completed-config.js';
import type { FakeModel, FakeModelConfig } from '../fake-model.js';
import { ModelStatistics } from './model-statistics.js';
import type { ScriptedModel } from './model-script.js';
import { RequestQueue } from '../inference/request-queue.js';

/** State of a model in the repository index. */
export type ModelState = 'LOADING' | 'READY' | 'UNLOADING' | 'UNAVAILABLE';

/** A version of a model that is served. */
export interface ServedVersion {
  readonly version: string;
  readonly model: ServedModel;
  readonly queue: RequestQueue;
  readonly statistics: ModelStatistics;
}

/** A model as it was loaded: a load that changes it makes another. */
export class ServedModel {
  readonly versions: ReadonlyMap<string, ServedVersion>;
  readonly completed: CompletedConfig;
  /** Reason for the state, if it is not READY. */
  reason = '';
  private loadState: ModelState = 'LOADING';

  /**
   * @param given the configuration it was loaded with: the model's own, or one that came with the load
   * @throws Error for a configuration that cannot be
   */
  constructor(
    readonly definition: FakeModel,
    given: FakeModelConfig,
    readonly script: ScriptedModel,
  ) {
    this.completed = completeConfig(given);
    const { config } = this.completed;
    const instanceCount = config.instanceGroup.reduce((sum, { count }) => sum + count, 0);
    this.versions = new Map(
      this.completed.versions.map((version) => {
        const queue = new RequestQueue(config, Math.max(1, instanceCount));
        return [
          version,
          { version, model: this, queue, statistics: new ModelStatistics(config.name, version) },
        ];
      }),
    );
  }

  /** True if a request may have any number of answers. */
  get isDecoupled(): boolean {
    return this.completed.config.modelTransactionPolicy?.decoupled === true;
  }

  /** A model that is unloaded has its requests finished first. */
  get state(): ModelState {
    if (this.loadState === 'READY' && !this.script.isReady) return 'LOADING';
    const isIdle = [...this.versions.values()].every(({ queue }) => queue.size === 0);
    if (this.loadState !== 'UNLOADING' || !isIdle) return this.loadState;
    this.leave('unloaded');
    return this.loadState;
  }

  /** Versions that take requests. */
  get readyVersions(): ServedVersion[] {
    return this.state === 'READY' ? [...this.versions.values()] : [];
  }

  /** Takes requests from now on, or is not there and says why. */
  async load(): Promise<void> {
    try {
      await this.definition.load?.();
      this.loadState = 'READY';
    } catch (error) {
      this.leave(`Internal: ${String(error)}`);
    }
  }

  /** Takes no more requests. */
  unload(): void {
    if (this.loadState === 'READY') this.loadState = 'UNLOADING';
  }

  private leave(reason: string): void {
    this.loadState = 'UNAVAILABLE';
    this.reason = reason;
  }
}

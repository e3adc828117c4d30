import { type ModelRepository, TritonError } from '@pairstream/triton-client';
import { toTritonError } from '../triton-fault.js';
import { CallBudget } from './call-budget.js';
import type { ReplicaModel } from './replica-model.js';
import type { ReplicaObserver } from './replica-observer.js';

/** Dependencies of the reloads on one server. */
export interface ModelReloadsOptions {
  readonly target: string;
  readonly repository: ModelRepository;
  /** Time limit of one reload, milliseconds. */
  readonly timeoutMs: number;
  readonly observer: ReplicaObserver;
  readonly signal: AbortSignal;
}

/** Reloads models on one server through the model repository API. */
export class ModelReloads {
  constructor(private readonly options: ModelReloadsOptions) {}

  /**
   * Unloads a model and loads it again. If only the load fails, the next reload only loads.
   * @throws TritonError
   */
  async reload(model: ReplicaModel): Promise<void> {
    const { target, observer } = this.options;
    const { name } = model.binding;
    model.reloads.begin(performance.now());
    try {
      await this.change(model);
      observer.replicaModelReloaded(target, name, undefined);
    } catch (thrown) {
      const error = toTritonError(thrown);
      if (error.kind === 'unsupported') model.reloads.refuse();
      observer.replicaModelReloaded(target, name, error.message);
      throw new TritonError(error.kind, `it could not be reloaded: ${error.message}`, error);
    }
  }

  private async change({ binding: { name }, reloads }: ReplicaModel): Promise<void> {
    const { repository, timeoutMs, signal } = this.options;
    const budget = new CallBudget({ timeoutMs, signal });
    if (!reloads.mustLoad) {
      await repository.unload(name, false, budget.left());
      reloads.unloaded();
    }
    // An operator may have unloaded the model in the meantime.
    if (!reloads.mustLoad) throw new TritonError('cancelled', 'an operator unloaded the model');
    await repository.load(name, budget.left());
    reloads.loaded();
  }
}

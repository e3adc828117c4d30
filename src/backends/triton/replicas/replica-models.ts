import { type TritonClient, TritonError } from '@pairstream/triton-client';
import { PairstreamError } from '../../../errors/pairstream-error.js';
import type { ModelBinding } from '../model-binding.js';
import { toTritonError } from '../triton-fault.js';
import type { ModelAdmission } from './model-admission.js';
import type { ModelReloads } from './model-reloads.js';
import { ReplicaModel } from './replica-model.js';
import type { ReplicaObserver } from './replica-observer.js';
import { PROBE_TIMEOUT_MS } from './server-probe.js';

/** Dependencies of the models of a replica. */
export interface ReplicaModelsOptions {
  readonly target: string;
  readonly client: TritonClient;
  readonly admission: ModelAdmission;
  /** Undefined: failing models are not reloaded. */
  readonly reloads: ModelReloads | undefined;
  /** Number of failures in a row that eject a model. */
  readonly maxFailures: number;
  readonly observer: ReplicaObserver;
  /** Called after a model was admitted or ejected. */
  readonly onChange: () => void;
  /** Ends the checks. */
  readonly signal: AbortSignal;
}

/** Health of the models of the release on one server: admits, checks and ejects them. */
export class ReplicaModels {
  private readonly models = new Map<string, ReplicaModel>();
  /** Running checks by model; a slow check delays nothing else. */
  private readonly checks = new Map<ReplicaModel, Promise<void>>();
  /** Number of times that the server was lost. */
  private lossCount = 0;

  constructor(private readonly options: ReplicaModelsOptions) {}

  /** Number of models. */
  get count(): number {
    return this.models.size;
  }

  /** By ejected model: the reason. */
  get outages(): ReadonlyMap<string, PairstreamError> {
    return new Map(
      [...this.models].flatMap(([name, { outage }]) => (outage === undefined ? [] : [[name, outage]])),
    );
  }

  /** Adds an ejected model. The next probe checks it. */
  add(binding: ModelBinding): ReplicaModel {
    const model = new ReplicaModel(binding, this.options.maxFailures);
    this.models.set(binding.name, model);
    return model;
  }

  /** A model; undefined if it was not added. */
  get(name: string): ReplicaModel | undefined {
    return this.models.get(name);
  }

  /** Waits for the running check of a model, if there is one. */
  async whenChecked(model: ReplicaModel): Promise<void> {
    await this.checks.get(model);
  }

  /** Probes every model: ejects models that are not ready, and starts the due checks of ejected ones. Never throws. */
  async probe(): Promise<void> {
    await Promise.all([...this.models.values()].map((model) => this.probeModel(model)));
  }

  /**
   * Checks models now, whether they are ejected or not. A model that fails is ejected and checked again later.
   * @param names default: all
   */
  async recheck(names: Iterable<string> = this.models.keys()): Promise<void> {
    await Promise.all(
      [...names].map(async (name) => {
        const model = this.models.get(name);
        if (model === undefined) return;
        // The running check may have begun before the change that this one is for.
        await this.checks.get(model);
        if (!this.checks.has(model)) this.startCheck(model);
        await this.checks.get(model);
      }),
    );
  }

  /** Ejects a model. */
  eject(model: ReplicaModel, error: TritonError): void {
    const before = model.outage;
    model.eject(this.outageFor(model, error), performance.now());
    if (model.outage?.message !== before?.message) this.tell(model);
  }

  /** Ejects every model because the server was lost. */
  ejectAll(error: TritonError): void {
    this.lossCount += 1;
    for (const model of this.models.values()) {
      model.reloads.serverLost();
      this.eject(model, error);
    }
  }

  private async probeModel(model: ReplicaModel): Promise<void> {
    const { name, version } = model.binding;
    if (model.outage !== undefined) {
      if (model.isDue(performance.now()) && !this.checks.has(model)) this.startCheck(model);
      return undefined;
    }
    const { client, signal } = this.options;
    const options = { timeoutMs: PROBE_TIMEOUT_MS, signal };
    const isReady = await client.isModelReady(name, version, options).catch(toTritonError);
    // A busy server is sometimes late; the next probes detect a silent one.
    if (isReady === true || (isReady !== false && isReady.kind === 'late')) return undefined;
    this.eject(model, isReady === false ? new TritonError('unknown_model', 'it is not ready') : isReady);
    return undefined;
  }

  private startCheck(model: ReplicaModel): void {
    this.checks.set(
      model,
      this.check(model).finally(() => this.checks.delete(model)),
    );
  }

  private async check(model: ReplicaModel): Promise<void> {
    const { target, observer } = this.options;
    const { lossCount } = this;
    const before = model.outage?.message;
    try {
      const warnings = await this.checkOrReload(model);
      // A server that was lost during the check is checked again after it returns.
      if (this.lossCount !== lossCount) return;
      if (warnings.length > 0) observer.replicaModelDoubted(target, model.binding.name, warnings);
      model.admit(performance.now());
    } catch (thrown) {
      model.reject(this.outageFor(model, thrown), performance.now());
    }
    if (model.outage?.message !== before) this.tell(model);
  }

  /** Checks a model. Reloads a model that keeps failing, and checks it then. @returns warnings @throws as ModelAdmission.check */
  private async checkOrReload(model: ReplicaModel): Promise<string[]> {
    const { admission, reloads } = this.options;
    if (reloads === undefined) return await admission.check(model.binding);
    if (!model.reloads.comesBeforeCheck(performance.now())) {
      try {
        return await admission.check(model.binding);
      } catch (thrown) {
        if (isOwnFailure(thrown)) model.fail();
        if (!isOwnFailure(thrown) || !model.reloads.isDue(performance.now())) throw thrown;
      }
    }
    await reloads.reload(model);
    return await admission.check(model.binding);
  }

  /** Reason for operators why a model gets no calls. */
  private outageFor({ binding }: ReplicaModel, thrown: unknown): PairstreamError {
    const error = thrown instanceof PairstreamError ? thrown : toTritonError(thrown);
    const code = error instanceof PairstreamError ? error.code : 'BACKEND_UNAVAILABLE';
    const named = error.message.startsWith(`model ${binding.name}`);
    const problem = named ? error.message : `model ${binding.name}: ${error.message}`;
    return new PairstreamError(code, `${this.options.target}: ${problem}`, { cause: thrown });
  }

  private tell({ binding, outage }: ReplicaModel): void {
    this.options.observer.replicaModelChanged(this.options.target, binding.name, outage?.message);
    this.options.onChange();
  }
}

/** True if a model failed on valid input. A model that answers otherwise than expected is another one: a reload changes nothing. */
function isOwnFailure(thrown: unknown): boolean {
  return thrown instanceof TritonError && thrown.kind === 'internal';
}

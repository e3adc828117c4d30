import { PairstreamError } from '../../../errors/pairstream-error.js';
import type { ModelBinding } from '../model-binding.js';
import type { Replica } from './replica.js';

const NO_SERVER = new PairstreamError('BACKEND_UNAVAILABLE', 'no server address is known');

/**
 * Replicas of a deployment. A call picks two replicas at random and goes to the one with the lower cost: rows in flight times recent
 * service time. This balances almost as well as comparing all replicas, without all callers choosing the same one (Mitzenmacher,
 * "The power of two choices").
 */
export class ReplicaSet {
  private readonly byTarget = new Map<string, Replica>();
  private readonly bindings = new Map<string, ModelBinding>();
  private readonly listeners: (() => void)[] = [];
  private readonly waiting = new Set<() => void>();
  /** By target that an operator drained: why it takes no calls. Outlives the replica, which DNS may drop and bring back. */
  private readonly drained = new Map<string, PairstreamError>();
  private isClosed = false;
  private knownOutages: ReadonlyMap<string, string> = new Map();
  /** Instant since which no replica serves a model (performance.now()), by model; without served models. */
  private readonly outSinceMs = new Map<string, number>();

  /** @param createReplica creates the replica at host:port, which calls `onChange` when its served models change */
  constructor(private readonly createReplica: (target: string, onChange: () => void) => Replica) {}

  /** Current replicas. */
  get all(): readonly Replica[] {
    return [...this.byTarget.values()];
  }

  /** Bound models that cannot run now, with the reason. */
  get outages(): ReadonlyMap<string, string> {
    return this.knownOutages;
  }

  /** Registers a listener for changes of `outages`. */
  subscribe(listener: () => void): void {
    this.listeners.push(listener);
  }

  /** Replaces the targets. New replicas bind every model; removed replicas close after their last call. */
  setTargets(targets: readonly string[]): void {
    if (this.isClosed) return;
    for (const target of targets) {
      if (this.byTarget.has(target)) continue;
      const replica = this.createReplica(target, () => this.update());
      this.byTarget.set(target, replica);
      // The replica itself repeats a failed check.
      for (const binding of this.bindings.values()) replica.bind(binding).catch(() => undefined);
    }
    for (const [target, replica] of this.byTarget) {
      if (targets.includes(target)) continue;
      this.byTarget.delete(target);
      void replica.close();
    }
    this.update();
  }

  /**
   * Binds a model on all replicas. Succeeds if at least one replica serves it.
   * @throws PairstreamError INVALID_MODEL if a replica has another model than needed, else BACKEND_*
   */
  async bind(binding: ModelBinding): Promise<void> {
    this.bindings.set(binding.name, binding);
    this.update();
    try {
      await Promise.any(this.all.map((replica) => replica.bind(binding)));
    } catch (error) {
      const errors =
        error instanceof AggregateError ? error.errors.map((thrown) => PairstreamError.from(thrown)) : [];
      throw errors.find(({ code }) => code === 'INVALID_MODEL') ?? errors[0] ?? NO_SERVER;
    }
  }

  /**
   * Picks a replica that serves a model.
   * @param excluded replicas that were tried already
   */
  pick(model: string, excluded: ReadonlySet<Replica>): Replica | undefined {
    const serving = this.all.filter(
      (replica) => !excluded.has(replica) && this.outageAt(replica, model) === undefined,
    );
    const [a, b] = twoOf(serving);
    if (a === undefined || b === undefined) return a;
    const nowMs = performance.now();
    return a.loadOf(model, nowMs) <= b.loadOf(model, nowMs) ? a : b;
  }

  /** True if a replica other than the given one serves a model. */
  hasOther(model: string, { target }: Replica): boolean {
    return this.all.some((other) => other.target !== target && this.outageAt(other, model) === undefined);
  }

  /** Reason why no replica serves a model; undefined if one does. */
  outageOf(model: string): PairstreamError | undefined {
    const outages = this.all.map((replica) => this.outageAt(replica, model));
    if (outages.includes(undefined)) return undefined;
    return outages.find((outage) => outage?.code === 'INVALID_MODEL') ?? outages[0] ?? NO_SERVER;
  }

  /** Why a replica takes no calls for a model; undefined when it does. */
  outageAt(replica: Replica, model: string): PairstreamError | undefined {
    return this.drained.get(replica.target) ?? replica.outageOf(model);
  }

  /** True if an operator drained the replica. */
  isDrained({ target }: Replica): boolean {
    return this.drained.has(target);
  }

  /** Sends no more calls to a replica until `readmit`; calls in flight go on. */
  drain({ target }: Replica): void {
    const message = `${target}: drained by an operator`;
    this.drained.set(target, new PairstreamError('BACKEND_UNAVAILABLE', message));
    this.update();
  }

  /** Ends the drain of a replica. */
  readmit({ target }: Replica): void {
    this.drained.delete(target);
    this.update();
  }

  /** Models that no other replica serves: why not. */
  outagesWithout(replica: Replica): ReadonlyMap<string, string> {
    const others = this.all.filter((other) => other !== replica);
    const outages = new Map<string, string>();
    for (const model of this.bindings.keys()) {
      const reasons = others.map((other) => this.outageAt(other, model));
      if (reasons.includes(undefined)) continue;
      outages.set(model, reasons[0]?.message ?? `model ${model}: no other server`);
    }
    return outages;
  }

  /** Instant since which no replica serves a model (performance.now()); undefined if one does. */
  outageSinceMs(model: string): number | undefined {
    return this.outSinceMs.get(model);
  }

  /** Waits for the next change of served models, for `timeoutMs` at most. */
  async waitForChange(timeoutMs: number, signal: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const wake = (): void => resolve(undefined);
    const timer = setTimeout(wake, timeoutMs);
    signal.addEventListener('abort', wake, { once: true });
    this.waiting.add(wake);
    await promise;
    clearTimeout(timer);
    signal.removeEventListener('abort', wake);
    this.waiting.delete(wake);
  }

  async close(): Promise<void> {
    this.isClosed = true;
    const replicas = this.all;
    this.byTarget.clear();
    await Promise.all(replicas.map((replica) => replica.close()));
  }

  private update(): void {
    for (const model of this.bindings.keys()) {
      if (this.outageOf(model) === undefined) this.outSinceMs.delete(model);
      else if (!this.outSinceMs.has(model)) this.outSinceMs.set(model, performance.now());
    }
    for (const wake of this.waiting) wake();
    const outages = this.currentOutages();
    const isSame =
      outages.size === this.knownOutages.size &&
      [...outages].every(([model, reason]) => this.knownOutages.get(model) === reason);
    if (isSame) return;
    this.knownOutages = outages;
    for (const listener of this.listeners) listener();
  }

  private currentOutages(): ReadonlyMap<string, string> {
    const outages = new Map<string, string>();
    for (const model of this.bindings.keys()) {
      const outage = this.outageOf(model);
      if (outage !== undefined) outages.set(model, outage.message);
    }
    return outages;
  }
}

/** Two different random items; undefined for missing ones. */
function twoOf<T>(items: readonly T[]): [T | undefined, T | undefined] {
  if (items.length < 2) return [items[0], undefined];
  const first = Math.floor(Math.random() * items.length);
  const second = (first + 1 + Math.floor(Math.random() * (items.length - 1))) % items.length;
  return [items[first], items[second]];
}

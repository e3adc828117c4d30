import { PairstreamError } from '../../../errors/pairstream-error.js';
import type { ModelBinding } from '../model-binding.js';
import type { Replica } from './replica.js';

const NO_SERVER = new PairstreamError('BACKEND_UNAVAILABLE', 'no server is known');

/**
 * The replicas of a deployment. A call goes to the one of two, taken at random, that has fewer rows to do: as good as asking
 * all of them, without all callers running to the same one (Mitzenmacher, "The power of two choices").
 */
export class ReplicaSet {
  private readonly replicas = new Map<string, Replica>();
  private readonly bindings = new Map<string, ModelBinding>();
  private readonly listeners: (() => void)[] = [];
  private readonly waiting = new Set<() => void>();
  private isClosed = false;
  private knownOutages: ReadonlyMap<string, string> = new Map();
  /** Since when no replica serves a model, on the clock of performance.now(); models that are served are not in it. */
  private readonly outSinceMs = new Map<string, number>();

  /** @param createReplica makes the replica at host:port; it calls back when what it serves changed */
  constructor(private readonly createReplica: (target: string, onChange: () => void) => Replica) {}

  /** The replicas there are. */
  get members(): readonly Replica[] {
    return [...this.replicas.values()];
  }

  /** By model that was asked for and cannot run now: why. */
  get outages(): ReadonlyMap<string, string> {
    return this.knownOutages;
  }

  /** Calls back after every change of `outages`. */
  subscribe(listener: () => void): void {
    this.listeners.push(listener);
  }

  /** Makes the set one of these; replicas that are new take in every model, those that are gone end with their last call. */
  setTargets(targets: readonly string[]): void {
    if (this.isClosed) return;
    for (const target of targets) {
      if (this.replicas.has(target)) continue;
      const replica = this.createReplica(target, () => this.update());
      this.replicas.set(target, replica);
      // What fails now is looked at again by the replica itself.
      for (const binding of this.bindings.values()) replica.bind(binding).catch(() => undefined);
    }
    for (const [target, replica] of this.replicas) {
      if (targets.includes(target)) continue;
      this.replicas.delete(target);
      void replica.close();
    }
    this.update();
  }

  /**
   * Takes a model in; it is enough that one replica serves it.
   * @throws PairstreamError INVALID_MODEL when a replica has another model than is needed, else BACKEND_*
   */
  async bind(binding: ModelBinding): Promise<void> {
    this.bindings.set(binding.name, binding);
    this.update();
    try {
      await Promise.any(this.members.map((replica) => replica.bind(binding)));
    } catch (error) {
      const errors =
        error instanceof AggregateError ? error.errors.map((thrown) => PairstreamError.from(thrown)) : [];
      throw errors.find(({ code }) => code === 'INVALID_MODEL') ?? errors[0] ?? NO_SERVER;
    }
  }

  /**
   * A replica that serves a model.
   * @param excluded those that were tried already
   */
  pick(model: string, excluded: ReadonlySet<Replica>): Replica | undefined {
    const serving = this.members.filter(
      (replica) => !excluded.has(replica) && replica.outageOf(model) === undefined,
    );
    const [a, b] = twoOf(serving);
    if (a === undefined || b === undefined) return a;
    const nowMs = performance.now();
    return a.loadOf(model, nowMs) <= b.loadOf(model, nowMs) ? a : b;
  }

  /** Why no replica serves a model; undefined when one does. */
  outageOf(model: string): PairstreamError | undefined {
    const outages = this.members.map((replica) => replica.outageOf(model));
    if (outages.includes(undefined)) return undefined;
    return outages.find((outage) => outage?.code === 'INVALID_MODEL') ?? outages[0] ?? NO_SERVER;
  }

  /** Since when no replica serves a model, on the clock of performance.now(); undefined when one does. */
  outageSinceMs(model: string): number | undefined {
    return this.outSinceMs.get(model);
  }

  /** Waits until something changes, at most so long. */
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
    const replicas = this.members;
    this.replicas.clear();
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

/** Two different items at random; undefined for what there is not. */
function twoOf<T>(items: readonly T[]): [T | undefined, T | undefined] {
  if (items.length < 2) return [items[0], undefined];
  const first = Math.floor(Math.random() * items.length);
  const second = (first + 1 + Math.floor(Math.random() * (items.length - 1))) % items.length;
  return [items[first], items[second]];
}

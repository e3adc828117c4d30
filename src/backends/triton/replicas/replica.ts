import { setTimeout as sleep } from 'node:timers/promises';
import { PairstreamError } from '../../../errors/pairstream-error.js';
import type { InferenceContext } from '../../backend.js';
import { type ModelRepository, TritonClient, type TritonClientOptions } from '@pairstream/triton-client';
import { TritonError } from '@pairstream/triton-client';
import type { MatrixCall } from '../matrix-tensors.js';
import type { RegionPool } from '../memory/region-pool.js';
import type { ModelBinding } from '../model-binding.js';
import { isUnanswered, isWorthAnotherReplica, toTritonError } from '../triton-fault.js';
import { ModelAdmission } from './model-admission.js';
import { ReplicaModel } from './replica-model.js';
import type { ReplicaObserver } from './replica-observer.js';
import { ReplicaTransport } from './replica-transport.js';

/** Interval between two probes of a server, milliseconds. */
const PROBE_INTERVAL_MS = 1_000;
const PROBE_TIMEOUT_MS = 1_000;
/** Number of unanswered probes, with no call answered in between, after which a server is lost. Busy servers are sometimes late. */
const MAX_UNANSWERED_PROBES = 2;
const LOST_PROBE_INTERVAL_MS = 250;
/** Time limit of a call without a deadline, milliseconds. */
const LONGEST_CALL_MS = 60_000;
const CLOSE_TIMEOUT_MS = 1_000;
const LONGEST_RETRY_MS = 10_000;

/** One Triton server and its models of the release. Probes the server until `close`. */
export class Replica {
  readonly target: string;
  private pending = 0;
  private readonly client: TritonClient;
  private readonly transport: ReplicaTransport;
  private readonly admission: ModelAdmission;
  private readonly models = new Map<string, ReplicaModel>();
  /** Running checks by model; a slow check delays nothing else. */
  private readonly checks = new Map<ReplicaModel, Promise<void>>();
  /** Number of times that the server was lost. */
  private lossCount = 0;
  private readonly calls = new Set<AbortController>();
  /** Resolved when no call is in flight; made by `whenIdle`. */
  private idle: PromiseWithResolvers<void> | undefined;
  private readonly closing = new AbortController();
  private isConnected = false;
  private isClosed = false;
  private probing: Promise<void> = Promise.resolve();
  private nextProbe: Promise<void> | undefined;
  /** Number of probes since the last answer of the server. */
  private unansweredProbeCount = 0;
  /** Smoothed duration of calls, milliseconds. Basis of the retry delay of refused callers. */
  private callMs = 0;

  /** @param onChange called after a model was admitted or ejected */
  constructor(
    options: TritonClientOptions,
    pool: RegionPool | undefined,
    private readonly observer: ReplicaObserver,
    private readonly onChange: () => void,
  ) {
    this.target = options.target;
    this.client = new TritonClient(options);
    this.transport = new ReplicaTransport(this.client, pool, {
      onObstacle: (obstacle) => this.observer.replicaConnected(this.target, this.transport.kind, obstacle),
    });
    this.admission = new ModelAdmission(this.client, this.transport, this.closing.signal);
    void this.probeUntilClosed();
  }

  /** Rows in flight. */
  get pendingRowCount(): number {
    return this.pending;
  }

  /** Transport of large tensors. */
  get transportKind(): 'shared_memory' | 'grpc' {
    return this.transport.kind;
  }

  /** Reason why a model gets no calls on this server; undefined if it does. */
  outageOf(model: string): PairstreamError | undefined {
    const known = this.models.get(model);
    return known === undefined
      ? new PairstreamError('BACKEND_UNAVAILABLE', `model ${model}: not part of the release`)
      : known.outage;
  }

  /** True if the server answered its last probe. */
  get isReachable(): boolean {
    return this.isConnected;
  }

  /** Model repositories of the server. */
  get repository(): ModelRepository {
    return this.client.repository;
  }

  /** Number of models that the server should serve. */
  get modelCount(): number {
    return this.models.size;
  }

  /** By model that takes no calls here: why. */
  get outages(): ReadonlyMap<string, PairstreamError> {
    return new Map(
      [...this.models].flatMap(([name, { outage }]) => (outage === undefined ? [] : [[name, outage]])),
    );
  }

  /** Load that a call would add to: rows in flight, weighted higher for a model that ramps up. */
  loadOf(model: string, nowMs: number): number {
    return (this.pending + 1) / (this.models.get(model)?.shareAt(nowMs) ?? 1);
  }

  /** Binds a model and checks it. @throws PairstreamError INVALID_MODEL, BACKEND_*; the check is repeated later */
  async bind(binding: ModelBinding): Promise<void> {
    const model = new ReplicaModel(binding);
    this.models.set(binding.name, model);
    await this.probeSoon();
    await this.checks.get(model);
    if (model.outage !== undefined) throw model.outage;
  }

  /**
   * Runs a model once. If the server is lost during the call, the call fails at once with the kind `down`.
   * @throws TritonError
   */
  async infer(name: string, call: MatrixCall, { deadlineMs, signal }: InferenceContext): Promise<void> {
    const model = this.models.get(name);
    if (model === undefined)
      throw new TritonError('unknown_model', `model ${name} is not part of the release`);
    const startedMs = performance.now();
    const timeoutMs = Math.min(deadlineMs - startedMs, LONGEST_CALL_MS);
    if (timeoutMs <= 0) throw new TritonError('late', 'the deadline passed before the model was called');
    const controller = new AbortController();
    const cancel = (): void => controller.abort();
    signal.addEventListener('abort', cancel, { once: true });
    if (signal.aborted) cancel();
    this.calls.add(controller);
    this.changePending(call.rowCount);
    try {
      await this.transport.infer(model.binding, call, { timeoutMs, signal: controller.signal });
      this.succeed(model, performance.now() - startedMs);
    } catch (thrown) {
      const error = toTritonError(thrown);
      // Without a deadline of the caller, a server that does not answer within LONGEST_CALL_MS is at fault.
      const isOurBound = error.kind === 'late' && deadlineMs - startedMs > LONGEST_CALL_MS;
      const failure = isOurBound
        ? new TritonError('internal', `no answer within ${LONGEST_CALL_MS} ms`, error)
        : error;
      throw this.fail(model, failure, performance.now() - startedMs, signal.aborted);
    } finally {
      signal.removeEventListener('abort', cancel);
      this.calls.delete(controller);
      this.changePending(-call.rowCount);
      this.observer.replicaMemoryKept(this.target, this.client.freeByteLength);
      this.tellIfIdle();
      this.tellIfGone();
    }
  }

  /** Waits until no call is in flight, at most `timeoutMs`. */
  async whenIdle(timeoutMs: number): Promise<void> {
    if (this.calls.size === 0) return;
    this.idle ??= Promise.withResolvers();
    const over = new AbortController();
    const timeout = sleep(timeoutMs, undefined, { signal: over.signal, ref: false }).catch(() => undefined);
    await Promise.race([this.idle.promise, timeout]);
    over.abort();
  }

  /**
   * Checks models with their golden rows now, whether they take calls or not. A model that fails takes no calls and is checked
   * again later.
   * @param names default: all
   */
  async recheck(names: Iterable<string> = this.models.keys()): Promise<void> {
    await Promise.all(
      [...names].map(async (name) => {
        const model = this.models.get(name);
        if (model === undefined) return;
        // The check under way may have begun before the change that this one is for.
        await this.checks.get(model);
        if (!this.checks.has(model)) this.startCheck(model);
        await this.checks.get(model);
      }),
    );
  }

  /** Retry delay for a caller that was refused because of a full queue, milliseconds. */
  get retryAfterMs(): number {
    return Math.min(LONGEST_RETRY_MS, Math.max(1, Math.ceil(2 * this.callMs)));
  }

  /** Closes the connection after the calls in flight have ended. */
  async close(): Promise<void> {
    this.closing.abort();
    await (this.nextProbe ?? this.probing);
    // The server may be lost.
    await this.transport.close(CLOSE_TIMEOUT_MS).catch(() => undefined);
    this.client.close();
    this.isClosed = true;
    this.tellIfGone();
  }

  private tellIfIdle(): void {
    if (this.calls.size > 0) return;
    this.idle?.resolve();
    this.idle = undefined;
  }

  private tellIfGone(): void {
    if (this.isClosed && this.calls.size === 0) this.observer.replicaGone(this.target);
  }

  private async probeUntilClosed(): Promise<void> {
    const { signal } = this.closing;
    while (!signal.aborted) {
      await this.probeSoon();
      const intervalMs = this.isConnected ? PROBE_INTERVAL_MS : LOST_PROBE_INTERVAL_MS;
      await sleep(intervalMs, undefined, { signal, ref: false }).catch(() => undefined);
    }
  }

  /** Probes the server. One probe runs at a time, and at most one more is queued. Never throws. */
  private probeSoon(): Promise<void> {
    this.nextProbe ??= this.probing.then(() => {
      this.nextProbe = undefined;
      this.probing = this.probe();
      return this.probing;
    });
    return this.nextProbe;
  }

  private async probe(): Promise<void> {
    const { signal } = this.closing;
    if (signal.aborted) return;
    try {
      await this.client.isServerLive({ timeoutMs: PROBE_TIMEOUT_MS, signal });
      this.unansweredProbeCount = 0;
      if (!this.isConnected) await this.connect();
    } catch (thrown) {
      const error = toTritonError(thrown);
      this.unansweredProbeCount += 1;
      const isLost = error.kind !== 'late' || this.unansweredProbeCount >= MAX_UNANSWERED_PROBES;
      if (isLost || !this.isConnected) this.lose(error);
      return;
    }
    // Memory that cannot be released now is released later.
    const tidied = this.transport.tidy(PROBE_TIMEOUT_MS).catch(() => undefined);
    await Promise.all([tidied, ...[...this.models.values()].map((model) => this.probeModel(model))]);
  }

  private async connect(): Promise<void> {
    await this.admission.connect(PROBE_TIMEOUT_MS);
    const obstacle = await this.transport.connect(PROBE_TIMEOUT_MS);
    this.isConnected = true;
    this.observer.replicaConnected(this.target, this.transport.kind, obstacle);
  }

  private async probeModel(model: ReplicaModel): Promise<void> {
    const { name, version } = model.binding;
    if (model.outage !== undefined) {
      if (model.isDue(performance.now()) && !this.checks.has(model)) this.startCheck(model);
      return undefined;
    }
    const options = { timeoutMs: PROBE_TIMEOUT_MS, signal: this.closing.signal };
    const isReady = await this.client.isModelReady(name, version, options).catch(toTritonError);
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
    const { name } = model.binding;
    const { lossCount } = this;
    const before = model.outage?.message;
    try {
      const warnings = await this.admission.check(model.binding);
      // A server that was lost during the check is checked again after it returns.
      if (this.lossCount !== lossCount) return;
      if (warnings.length > 0) this.observer.replicaModelDoubted(this.target, name, warnings);
      model.admit(performance.now());
    } catch (thrown) {
      model.reject(this.outage(model, thrown), performance.now());
    }
    if (model.outage?.message !== before) this.tell(model);
  }

  private succeed(model: ReplicaModel, elapsedMs: number): void {
    model.succeed();
    this.unansweredProbeCount = 0;
    this.callMs = this.callMs === 0 ? elapsedMs : 0.9 * this.callMs + 0.1 * elapsedMs;
    this.observer.replicaCalled(this.target, model.binding.name, 'ok', elapsedMs);
  }

  /** Handles a failed call. @returns the error of the call */
  private fail(
    model: ReplicaModel,
    thrown: TritonError,
    elapsedMs: number,
    wasCancelled: boolean,
  ): TritonError {
    const isOurs = thrown.kind === 'cancelled' && !wasCancelled;
    const error = isOurs ? new TritonError('down', 'the server was lost during the call', thrown) : thrown;
    this.observer.replicaCalled(this.target, model.binding.name, error.kind, elapsedMs);
    if (isOurs) return error;
    if (!isUnanswered(error)) this.unansweredProbeCount = 0;
    if (error.kind === 'late' && model.failLate()) {
      this.eject(model, new TritonError('late', 'too many calls in a row were not answered in time', error));
      void this.probeSoon();
    }
    if (!isWorthAnotherReplica(error)) return error;
    if (error.kind === 'down') this.lose(error);
    else if (CONTRACT_BROKEN.has(error.kind) || model.fail()) this.eject(model, error);
    void this.probeSoon();
    return error;
  }

  private eject(model: ReplicaModel, error: TritonError): void {
    const before = model.outage;
    model.eject(this.outage(model, error), performance.now());
    if (model.outage?.message !== before?.message) this.tell(model);
  }

  /** Reason for operators why a model gets no calls. */
  private outage({ binding }: ReplicaModel, thrown: unknown): PairstreamError {
    const error = thrown instanceof PairstreamError ? thrown : toTritonError(thrown);
    const code = error instanceof PairstreamError ? error.code : 'BACKEND_UNAVAILABLE';
    const named = error.message.startsWith(`model ${binding.name}`);
    const problem = named ? error.message : `model ${binding.name}: ${error.message}`;
    return new PairstreamError(code, `${this.target}: ${problem}`, { cause: thrown });
  }

  private lose(error: TritonError): void {
    this.isConnected = false;
    this.lossCount += 1;
    for (const model of this.models.values()) this.eject(model, error);
    for (const controller of this.calls) controller.abort();
    this.client.reset('the server was lost');
  }

  private tell({ binding, outage }: ReplicaModel): void {
    this.observer.replicaModelChanged(this.target, binding.name, outage?.message);
    this.onChange();
  }

  private changePending(rowCount: number): void {
    this.pending += rowCount;
    this.observer.replicaPending(this.target, this.pending);
  }
}

/** Failures of one call that apply to all calls. */
const CONTRACT_BROKEN: ReadonlySet<string> = new Set([
  'unknown_model',
  'invalid_argument',
  'unauthenticated',
  'permission_denied',
]);

import { setTimeout as sleep } from 'node:timers/promises';
import { PairstreamError } from '../../../errors/pairstream-error.js';
import type { InferenceContext } from '../../backend.js';
import { TritonClient, type TritonClientOptions } from '@pairstream/triton-client';
import { TritonError } from '@pairstream/triton-client';
import type { MatrixCall } from '../matrix-tensors.js';
import type { RegionPool } from '../memory/region-pool.js';
import type { ModelBinding } from '../model-binding.js';
import { isUnanswered, isWorthAnotherReplica, toTritonError } from '../triton-fault.js';
import { ModelAdmission } from './model-admission.js';
import { ReplicaModel } from './replica-model.js';
import type { ReplicaObserver } from './replica-observer.js';
import { ReplicaTransport } from './replica-transport.js';

/** How often a server is looked after. */
const LOOK_INTERVAL_MS = 1_000;
const LOOK_TIMEOUT_MS = 1_000;
/** A server that leaves so many looks unanswered, and calls as well, is taken for lost. A busy one is late now and then. */
const MOST_UNANSWERED_LOOKS = 2;
const LOST_LOOK_INTERVAL_MS = 250;
/** Bound of a call that has no deadline of its own. */
const LONGEST_CALL_MS = 60_000;
const CLOSE_TIMEOUT_MS = 1_000;
const LONGEST_RETRY_MS = 10_000;

/** One Triton server, and what it serves of what a release needs. Looks after itself until it is closed. */
export class Replica {
  readonly target: string;
  private pending = 0;
  private readonly client: TritonClient;
  private readonly transport: ReplicaTransport;
  private readonly admission: ModelAdmission;
  private readonly models = new Map<string, ReplicaModel>();
  /** Checks that are under way; a slow one holds up nothing else. */
  private readonly checks = new Map<ReplicaModel, Promise<void>>();
  /** Times that the server was lost. */
  private lossCount = 0;
  private readonly calls = new Set<AbortController>();
  private readonly closing = new AbortController();
  private isConnected = false;
  private isClosed = false;
  private looking: Promise<void> = Promise.resolve();
  private nextLook: Promise<void> | undefined;
  /** Looks since the server answered anything. */
  private unansweredLookCount = 0;
  /** Smoothed, milliseconds: what a refused caller's wait is estimated from. */
  private callMs = 0;

  /** @param onChange called after a model began or ceased to take calls */
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
    void this.lookAfterwards();
  }

  /** Rows sent and not answered yet. */
  get pendingRowCount(): number {
    return this.pending;
  }

  /** How large tensors travel. */
  get transportKind(): 'shared_memory' | 'grpc' {
    return this.transport.kind;
  }

  /** Why a model takes no calls here; undefined when it does. */
  outageOf(model: string): PairstreamError | undefined {
    const known = this.models.get(model);
    return known === undefined
      ? new PairstreamError('BACKEND_UNAVAILABLE', `model ${model}: not asked for`)
      : known.outage;
  }

  /** What a call would wait behind: rows, more of them for a model that has only just come back. */
  loadOf(model: string, nowMs: number): number {
    return (this.pending + 1) / (this.models.get(model)?.shareAt(nowMs) ?? 1);
  }

  /** Takes a model in and checks it. @throws PairstreamError INVALID_MODEL, BACKEND_*; it is checked again later */
  async bind(binding: ModelBinding): Promise<void> {
    const model = new ReplicaModel(binding);
    this.models.set(binding.name, model);
    await this.lookSoon();
    await this.checks.get(model);
    if (model.outage !== undefined) throw model.outage;
  }

  /**
   * Runs a model once. A call that is under way when the server is lost fails at once, as `down`.
   * @throws TritonError
   */
  async infer(name: string, call: MatrixCall, { deadlineMs, signal }: InferenceContext): Promise<void> {
    const model = this.models.get(name);
    if (model === undefined) throw new TritonError('unknown_model', `model ${name} was not asked for`);
    const startedMs = performance.now();
    const timeoutMs = Math.min(deadlineMs - startedMs, LONGEST_CALL_MS);
    if (timeoutMs <= 0) throw new TritonError('late', 'the deadline was over before the model was called');
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
      // Without a deadline of the caller's the bound is ours, and a server that does not answer within it is at fault.
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
      this.tellIfGone();
    }
  }

  /** How long a caller whom a full queue refused should wait. */
  get retryAfterMs(): number {
    return Math.min(LONGEST_RETRY_MS, Math.max(1, Math.ceil(2 * this.callMs)));
  }

  /** Ends it; calls in flight are finished. */
  async close(): Promise<void> {
    this.closing.abort();
    await (this.nextLook ?? this.looking);
    // The server may be gone.
    await this.transport.close(CLOSE_TIMEOUT_MS).catch(() => undefined);
    this.client.close();
    this.isClosed = true;
    this.tellIfGone();
  }

  private tellIfGone(): void {
    if (this.isClosed && this.calls.size === 0) this.observer.replicaGone(this.target);
  }

  private async lookAfterwards(): Promise<void> {
    const { signal } = this.closing;
    while (!signal.aborted) {
      await this.lookSoon();
      const intervalMs = this.isConnected ? LOOK_INTERVAL_MS : LOST_LOOK_INTERVAL_MS;
      await sleep(intervalMs, undefined, { signal, ref: false }).catch(() => undefined);
    }
  }

  /** One look at a time, and at most one more that waits for its turn; never throws. */
  private lookSoon(): Promise<void> {
    this.nextLook ??= this.looking.then(() => {
      this.nextLook = undefined;
      this.looking = this.look();
      return this.looking;
    });
    return this.nextLook;
  }

  private async look(): Promise<void> {
    const { signal } = this.closing;
    if (signal.aborted) return;
    try {
      await this.client.isServerLive({ timeoutMs: LOOK_TIMEOUT_MS, signal });
      this.unansweredLookCount = 0;
      if (!this.isConnected) await this.connect();
    } catch (thrown) {
      const error = toTritonError(thrown);
      this.unansweredLookCount += 1;
      const isLost = error.kind !== 'late' || this.unansweredLookCount >= MOST_UNANSWERED_LOOKS;
      if (isLost || !this.isConnected) this.lose(error);
      return;
    }
    // What cannot be tidied up now is so later.
    const tidied = this.transport.tidy(LOOK_TIMEOUT_MS).catch(() => undefined);
    await Promise.all([tidied, ...[...this.models.values()].map((model) => this.lookAt(model))]);
  }

  private async connect(): Promise<void> {
    await this.admission.connect(LOOK_TIMEOUT_MS);
    const obstacle = await this.transport.connect(LOOK_TIMEOUT_MS);
    this.isConnected = true;
    this.observer.replicaConnected(this.target, this.transport.kind, obstacle);
  }

  private async lookAt(model: ReplicaModel): Promise<void> {
    const { name, version } = model.binding;
    if (model.outage !== undefined) {
      if (model.isDue(performance.now()) && !this.checks.has(model)) this.startCheck(model);
      return undefined;
    }
    const options = { timeoutMs: LOOK_TIMEOUT_MS, signal: this.closing.signal };
    const isReady = await this.client.isModelReady(name, version, options).catch(toTritonError);
    // A busy server is late now and then; one that is silent is found out by the next looks.
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
      // What was lost meanwhile is checked again when it is back.
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
    this.unansweredLookCount = 0;
    this.callMs = this.callMs === 0 ? elapsedMs : 0.9 * this.callMs + 0.1 * elapsedMs;
    this.observer.replicaCalled(this.target, model.binding.name, 'ok', elapsedMs);
  }

  /** Hears of a failed call. @returns what the call fails with */
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
    if (!isUnanswered(error)) this.unansweredLookCount = 0;
    if (error.kind === 'late' && model.failLate()) {
      this.eject(model, new TritonError('late', 'call after call was not answered in time', error));
      void this.lookSoon();
    }
    if (!isWorthAnotherReplica(error)) return error;
    if (error.kind === 'down') this.lose(error);
    else if (CONTRACT_BROKEN.has(error.kind) || model.fail()) this.eject(model, error);
    void this.lookSoon();
    return error;
  }

  private eject(model: ReplicaModel, error: TritonError): void {
    const before = model.outage;
    model.eject(this.outage(model, error), performance.now());
    if (model.outage?.message !== before?.message) this.tell(model);
  }

  /** Why a model takes no calls, in words for operators. */
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

/** Failures of one call that are true of all. */
const CONTRACT_BROKEN: ReadonlySet<string> = new Set([
  'unknown_model',
  'invalid_argument',
  'unauthenticated',
  'permission_denied',
]);

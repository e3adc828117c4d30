import { TritonClient, type TritonClientOptions } from '@pairstream/triton-client';
import { TritonError } from '@pairstream/triton-client';
import { PairstreamError } from '../../../errors/pairstream-error.js';
import type { InferenceContext } from '../../backend.js';
import type { MatrixCall } from '../matrix-tensors.js';
import type { RegionPool } from '../memory/region-pool.js';
import type { ModelBinding } from '../model-binding.js';
import { isUnanswered, isWorthAnotherReplica, toTritonError } from '../triton-fault.js';
import { ModelAdmission } from './model-admission.js';
import { ModelReloads } from './model-reloads.js';
import { ReplicaCalls } from './replica-calls.js';
import type { ReplicaModel } from './replica-model.js';
import { ReplicaModels } from './replica-models.js';
import type { ReplicaObserver } from './replica-observer.js';
import { ReplicaTransport } from './replica-transport.js';
import { PROBE_TIMEOUT_MS, ServerProbe } from './server-probe.js';

/** Time limit of a call without a deadline, milliseconds. */
const LONGEST_CALL_MS = 60_000;
const CLOSE_TIMEOUT_MS = 1_000;

/** Connection and policy of a replica. */
export interface ReplicaOptions extends TritonClientOptions {
  /** Number of failures in a row that eject a model. */
  readonly maxFailures: number;
  /** Time limit of a reload of a failing model, milliseconds. Undefined: models are not reloaded. */
  readonly reloadTimeoutMs?: number | undefined;
}

/** One Triton server and its models of the release. Probes the server until `close`. */
export class Replica {
  readonly target: string;
  private readonly client: TritonClient;
  private readonly transport: ReplicaTransport;
  private readonly admission: ModelAdmission;
  private readonly probe: ServerProbe;
  private readonly models: ReplicaModels;
  private readonly calls: ReplicaCalls;
  private readonly closing = new AbortController();
  private isClosed = false;

  /** @param onChange called after a model was admitted or ejected */
  constructor(
    options: ReplicaOptions,
    pool: RegionPool | undefined,
    private readonly observer: ReplicaObserver,
    onChange: () => void,
  ) {
    const { target, maxFailures, reloadTimeoutMs: timeoutMs } = options;
    const { signal } = this.closing;
    const client = new TritonClient(options);
    this.target = target;
    this.client = client;
    this.transport = new ReplicaTransport(client, pool, {
      onRefusalChange: (refusal) => observer.replicaConnected(target, this.transport.kind, refusal),
    });
    this.admission = new ModelAdmission(client, this.transport, signal);
    this.models = new ReplicaModels({
      target,
      client,
      admission: this.admission,
      reloads:
        timeoutMs === undefined
          ? undefined
          : new ModelReloads({ target, repository: client.repository, timeoutMs, observer, signal }),
      maxFailures,
      observer,
      onChange,
      signal,
    });
    this.calls = new ReplicaCalls((rowCount) => observer.replicaPending(target, rowCount));
    const steps = {
      connect: () => this.connect(),
      inspect: () => this.inspect(),
      lose: (error: TritonError) => this.lose(error),
    };
    this.probe = new ServerProbe(client, steps, signal);
    void this.probe.run();
  }

  /** Rows in flight. */
  get pendingRowCount(): number {
    return this.calls.rowCount;
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
    return this.probe.isReachable;
  }

  /** Loads a model on the server, for an operator. @throws TritonError */
  async loadModel(name: string): Promise<void> {
    await this.client.repository.load(name);
    this.models.get(name)?.reloads.release();
  }

  /** Unloads a model on the server, for an operator. The model is not reloaded until `loadModel`. @throws TritonError */
  async unloadModel(name: string): Promise<void> {
    this.models.get(name)?.reloads.hold();
    await this.client.repository.unload(name);
  }

  /** Number of models that the server should serve. */
  get modelCount(): number {
    return this.models.count;
  }

  /** By model that gets no calls on this server: the reason. */
  get outages(): ReadonlyMap<string, PairstreamError> {
    return this.models.outages;
  }

  /**
   * Cost of a further call: rows in flight times the recent service time of the model, weighted higher for a model that ramps up.
   * Service times below a millisecond count as one.
   */
  loadOf(name: string, nowMs: number): number {
    const model = this.models.get(name);
    const serviceMs = Math.max(1, model?.serviceTime.at(nowMs) ?? 1);
    return ((this.calls.rowCount + 1) * serviceMs) / (model?.shareAt(nowMs) ?? 1);
  }

  /** Binds a model and checks it. @throws PairstreamError INVALID_MODEL, BACKEND_*; the check is repeated later */
  async bind(binding: ModelBinding): Promise<void> {
    const model = this.models.add(binding);
    await this.probe.probeSoon();
    await this.models.whenChecked(model);
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
    try {
      await this.calls.run(call.rowCount, signal, async (callSignal) => {
        try {
          await this.transport.infer(model.binding, call, { timeoutMs, signal: callSignal });
          this.succeed(model, performance.now() - startedMs);
        } catch (thrown) {
          const error = toTritonError(thrown);
          // Without a deadline of the caller, a server that does not answer within LONGEST_CALL_MS is at fault.
          const isOurBound = error.kind === 'late' && deadlineMs - startedMs > LONGEST_CALL_MS;
          const failure = isOurBound
            ? new TritonError('internal', `no answer within ${LONGEST_CALL_MS} ms`, error)
            : error;
          throw this.fail(model, failure, performance.now() - startedMs, signal.aborted);
        }
      });
    } finally {
      this.observer.replicaMemoryKept(this.target, this.client.freeByteLength);
      this.tellIfGone();
    }
  }

  /** Probes the server at once if it has answered no call since an instant (performance.now()): it may be frozen. */
  suspectIfSilent(sinceMs: number): void {
    if (this.calls.lastAnsweredMs < sinceMs) this.probe.suspect();
  }

  /** Waits until no call is in flight, at most `timeoutMs`. */
  async whenIdle(timeoutMs: number): Promise<void> {
    await this.calls.whenIdle(timeoutMs);
  }

  /**
   * Checks models with their golden rows now, whether they get calls or not. A model that fails gets no calls and is checked
   * again later.
   * @param names default: all
   */
  async recheck(names?: Iterable<string>): Promise<void> {
    await this.models.recheck(names);
  }

  /** Retry delay for a caller that was refused because of a full queue, milliseconds. */
  get retryAfterMs(): number {
    return this.calls.retryAfterMs;
  }

  /** Closes the connection after the calls in flight have ended. */
  async close(): Promise<void> {
    this.closing.abort();
    await this.probe.settle();
    // The server may be lost.
    await this.transport.close(CLOSE_TIMEOUT_MS).catch(() => undefined);
    this.client.close();
    this.isClosed = true;
    this.tellIfGone();
  }

  private tellIfGone(): void {
    if (this.isClosed && this.calls.isIdle) this.observer.replicaGone(this.target);
  }

  private async connect(): Promise<void> {
    await this.admission.connect(PROBE_TIMEOUT_MS);
    const refusal = await this.transport.connect(PROBE_TIMEOUT_MS);
    this.observer.replicaConnected(this.target, this.transport.kind, refusal);
  }

  private async inspect(): Promise<void> {
    // Memory that cannot be released now is released later.
    const tidied = this.transport.tidy(PROBE_TIMEOUT_MS).catch(() => undefined);
    await Promise.all([tidied, this.models.probe()]);
  }

  private lose(error: TritonError): void {
    this.probe.lost();
    this.models.ejectAll(error);
    this.calls.abort();
    this.client.reset('the server was lost');
  }

  private succeed(model: ReplicaModel, elapsedMs: number): void {
    model.succeed();
    model.serviceTime.observe(elapsedMs, performance.now());
    this.probe.answered();
    this.calls.answered(elapsedMs);
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
    if (error.kind === 'late') model.serviceTime.observe(elapsedMs, performance.now());
    if (!isUnanswered(error)) this.probe.answered();
    if (error.kind === 'late' && model.failLate()) {
      this.models.eject(
        model,
        new TritonError('late', 'too many calls in a row were not answered in time', error),
      );
      void this.probe.probeSoon();
    }
    if (!isWorthAnotherReplica(error)) return error;
    if (error.kind === 'down') this.lose(error);
    else if (CONTRACT_BROKEN.has(error.kind)) this.models.eject(model, error);
    else if (model.fail()) {
      const reason = `too many failures in a row, the last: ${error.message}`;
      this.models.eject(model, new TritonError(error.kind, reason, error));
    }
    void this.probe.probeSoon();
    return error;
  }
}

/** Failures of one call that apply to all calls. */
const CONTRACT_BROKEN: ReadonlySet<string> = new Set([
  'unknown_model',
  'invalid_argument',
  'unauthenticated',
  'permission_denied',
]);

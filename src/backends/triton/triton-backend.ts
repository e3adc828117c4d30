import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TlsOptions } from '@pairstream/grpc-channel';
import type { ServerAddress } from '../../config/server-address.js';
import { PairstreamError } from '../../errors/pairstream-error.js';
import type {
  Backend,
  BackendHealth,
  InferenceContext,
  ModelCheck,
  ModelHandle,
  ModelLocation,
  ReplicaControl,
  ReplicaState,
  ServerModels,
} from '../backend.js';
import { TritonError } from '@pairstream/triton-client';
import { HedgedCalls, type HedgeObserver, type HedgeOptions } from './hedging/hedged-calls.js';
import type { MatrixCall } from './matrix-tensors.js';
import { type RegionObserver, RegionPool } from './memory/region-pool.js';
import { Replica } from './replicas/replica.js';
import type { ReplicaObserver } from './replicas/replica-observer.js';
import { ReplicaAddresses } from './replicas/replica-addresses.js';
import { ReplicaSet } from './replicas/replica-set.js';
import { isWorthAnotherReplica, toPairstreamError, toTritonError } from './triton-fault.js';
import { TritonReplicaControl } from './triton-replica-control.js';
import { TritonServerModels } from './triton-server-models.js';

/** Interval between two DNS resolutions of a name, milliseconds. */
const DNS_INTERVAL_MS = 10_000;
/** Time that calls wait for a readmission after the last replica of a model was ejected, milliseconds. */
const PATIENCE_MS = 500;
/** Maximum number of attempts of one call at one replica. */
const MAX_ATTEMPTS = 2;
const DEFAULT_MAX_FAILURES = 3;
/** Addresses and transport settings of Triton servers. */
export interface TritonBackendOptions {
  readonly addresses: readonly ServerAddress[];
  readonly tls?: TlsOptions | undefined;
  /** Headers of every call. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Number of rows in the largest batch. */
  readonly maxBatchRows: number;
  /** Maximum bytes of shared memory for tensors to servers on this machine; 0 sends all tensors by gRPC. */
  readonly sharedMemoryBytes: number;
  /** Number of failed calls in a row that eject a model on a server. Default 3. */
  readonly maxFailures?: number;
  /** Time limit of a reload of a failing model on a server, milliseconds. Default: models are not reloaded. */
  readonly reloadTimeoutMs?: number;
  /** Default: calls are not hedged. */
  readonly hedging?: HedgeOptions;
}

/** Receives events of the backend. */
export interface TritonObserver extends ReplicaObserver, RegionObserver, HedgeObserver {}

/** Runs models on NVIDIA Triton servers. If a replica fails, retries on another replica that serves the model. */
export class TritonBackend implements Backend, BackendHealth {
  readonly name = 'triton';
  readonly health = this;
  readonly replicaControl: ReplicaControl;
  readonly serverModels: ServerModels;
  private readonly replicas: ReplicaSet;
  private readonly calls: HedgedCalls;
  private readonly pool: RegionPool | undefined;
  private readonly modelNames = new Set<string>();
  private readonly closing = new AbortController();
  private started: Promise<void> | undefined;

  constructor(
    private readonly options: TritonBackendOptions,
    observer: TritonObserver,
  ) {
    const { tls, headers, sharedMemoryBytes, maxFailures = DEFAULT_MAX_FAILURES, reloadTimeoutMs } = options;
    this.pool = sharedMemoryBytes > 0 ? new RegionPool({ maxBytes: sharedMemoryBytes }, observer) : undefined;
    const channel = { ...(tls === undefined ? {} : { tls }), ...(headers === undefined ? {} : { headers }) };
    const replicaOptions = { ...channel, maxFailures, reloadTimeoutMs };
    this.replicas = new ReplicaSet(
      (target, onChange) => new Replica({ target, ...replicaOptions }, this.pool, observer, onChange),
    );
    this.calls = new HedgedCalls(this.replicas, options.hedging ?? { share: 0 }, observer);
    this.replicaControl = new TritonReplicaControl(this.replicas, (replica) => this.stateOf(replica));
    this.serverModels = new TritonServerModels(this.replicas);
  }

  /**
   * Finds the model on the servers and checks it there. Servers that cannot be reached are checked when they can.
   * @throws PairstreamError BACKEND_UNAVAILABLE if no server can be reached, INVALID_MODEL if no server has the model as
   *   needed
   */
  async load(
    { name, version, directory, checkFile }: ModelLocation,
    check: ModelCheck,
  ): Promise<ModelHandle> {
    await this.start();
    const { maxBatchRows } = this.options;
    const { file, contentSha256 } = await hashModel(directory, version);
    checkFile?.(file, contentSha256);
    let checked: ModelHandle['metadata'] | undefined;
    this.modelNames.add(name);
    await this.replicas.bind({
      name,
      version,
      contentSha256,
      maxBatchRows,
      check: async (model) => {
        await check(model);
        checked ??= model.metadata;
      },
    });
    if (checked === undefined)
      throw new PairstreamError('INTERNAL', `model ${name}: served, but not checked`);
    return {
      metadata: checked,
      infer: (rowCount, inputs, outputs, context) => this.infer(name, { rowCount, inputs, outputs }, context),
    };
  }

  get outages(): ReadonlyMap<string, string> {
    return this.replicas.outages;
  }

  subscribe(listener: () => void): void {
    this.replicas.subscribe(listener);
  }

  describe(): ReplicaState[] {
    return this.replicas.all.map((replica) => this.stateOf(replica));
  }

  async close(): Promise<void> {
    this.closing.abort();
    await this.replicas.close();
    this.pool?.close();
  }

  private stateOf(replica: Replica): ReplicaState {
    const models = [...this.modelNames].map(
      (name) => [name, this.replicas.outageAt(replica, name)?.message ?? null] as const,
    );
    return {
      target: replica.target,
      transport: replica.transportKind,
      pendingRows: replica.pendingRowCount,
      isDrained: this.replicas.isDrained(replica),
      models: Object.fromEntries(models),
    };
  }

  /** @throws PairstreamError BACKEND_UNAVAILABLE if a name has no address; may be called again */
  private start(): Promise<void> {
    this.started ??= this.findReplicas().catch((error: unknown) => {
      this.started = undefined;
      throw error;
    });
    return this.started;
  }

  private async findReplicas(): Promise<void> {
    const { signal } = this.closing;
    const addresses = new ReplicaAddresses(this.options.addresses);
    const targets = await addresses.resolve();
    if (signal.aborted) throw new PairstreamError('CANCELLED', 'the gateway was closed');
    this.replicas.setTargets(targets);
    void addresses.watch(DNS_INTERVAL_MS, signal, (found) => this.replicas.setTargets(found));
  }

  /**
   * Tries replicas in turn while there is time. Models have no state, so rows may be computed twice. A replica that was
   * readmitted after its failure is tried again, but no replica more than twice.
   */
  private async infer(model: string, call: MatrixCall, context: InferenceContext): Promise<void> {
    const attempts = new ReplicaAttempts();
    let failure: TritonError | undefined;
    for (;;) {
      const replica = this.replicas.pick(model, attempts.excluded);
      if (replica === undefined) {
        await this.waitForReplica(model, failure, context);
        attempts.readmit();
        continue;
      }
      try {
        await this.calls.infer(replica, model, call, context);
        return;
      } catch (thrown) {
        failure = toTritonError(thrown);
        if (!isWorthAnotherReplica(failure)) throw toPairstreamError(model, failure, replica.retryAfterMs);
        attempts.add(replica);
      }
    }
  }

  /**
   * Waits for a replica to be readmitted, if the last one was ejected within PATIENCE_MS.
   * @throws PairstreamError the failure, if all serving replicas have failed; BACKEND_UNAVAILABLE
   */
  private async waitForReplica(
    model: string,
    failure: TritonError | undefined,
    { deadlineMs, signal }: InferenceContext,
  ): Promise<void> {
    const sinceMs = this.replicas.outageSinceMs(model);
    const untilMs = sinceMs === undefined ? 0 : Math.min(sinceMs + PATIENCE_MS, deadlineMs);
    const leftMs = untilMs - performance.now();
    if (leftMs <= 0 || signal.aborted) throw this.outageError(model, failure);
    await this.replicas.waitForChange(leftMs, signal);
  }

  /** Error for callers, without addresses. Operators find addresses and reasons at /readyz and /backend. */
  private outageError(model: string, failure: TritonError | undefined): PairstreamError {
    if (failure !== undefined) return toPairstreamError(model, failure, 0);
    const cause = this.replicas.outageOf(model);
    return new PairstreamError('BACKEND_UNAVAILABLE', `model ${model}: no server serves it`, {
      cause,
    });
  }
}

/** Replicas that have failed during one call. */
class ReplicaAttempts {
  /** Replicas that are not tried now. */
  readonly excluded = new Set<Replica>();
  private readonly counts = new Map<Replica, number>();

  add(replica: Replica): void {
    this.excluded.add(replica);
    this.counts.set(replica, (this.counts.get(replica) ?? 0) + 1);
  }

  /** Readmits replicas that have failed once only. */
  readmit(): void {
    for (const [replica, count] of this.counts) if (count < MAX_ATTEMPTS) this.excluded.delete(replica);
  }
}

/** Names of model files. The first existing file identifies the model: in a folder with both, the forest, as in the embedded backend. */
const MODEL_FILES = [
  'xgboost.ubj',
  'model.onnx',
  'xgboost.json',
  'model.txt',
  'checkpoint.tl',
  'golden.json',
];

/**
 * SHA-256 of the model file beside the pipeline, for the check of golden rows.
 * @throws PairstreamError INVALID_MODEL if there is no model file
 */
async function hashModel(
  directory: string,
  version: string,
): Promise<{ readonly file: string; readonly contentSha256: string }> {
  for (const file of MODEL_FILES) {
    try {
      const bytes = await readFile(join(directory, version, file));
      return { file, contentSha256: createHash('sha256').update(bytes).digest('hex') };
    } catch {
      continue;
    }
  }
  const folder = join(directory, version);
  throw new PairstreamError(
    'INVALID_MODEL',
    `${folder}: no model file, expected one of ${MODEL_FILES.join(', ')}`,
    {
      field: folder,
    },
  );
}

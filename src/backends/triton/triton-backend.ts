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
  ReplicaState,
} from '../backend.js';
import { TritonError } from '@pairstream/triton-client';
import type { MatrixCall } from './matrix-tensors.js';
import { type RegionObserver, RegionPool } from './memory/region-pool.js';
import { Replica } from './replicas/replica.js';
import type { ReplicaObserver } from './replicas/replica-observer.js';
import { ReplicaAddresses } from './replicas/replica-addresses.js';
import { ReplicaSet } from './replicas/replica-set.js';
import { isWorthAnotherReplica, toPairstreamError, toTritonError } from './triton-fault.js';

/** A name is asked for its addresses again after so long. */
const DNS_INTERVAL_MS = 10_000;
/** After the last replica of a model was lost, calls wait so long for it to come back before they fail. */
const PATIENCE_MS = 500;
/** Of one call at one replica. */
const MOST_ATTEMPTS = 2;

/** Where Triton is, and how it is talked to. */
export interface TritonBackendOptions {
  readonly addresses: readonly ServerAddress[];
  readonly tls?: TlsOptions | undefined;
  /** Sent with every call. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Rows of the largest batch. */
  readonly maxBatchRows: number;
  /** Bytes of shared memory for tensors of servers on this machine; 0 sends all of them over gRPC. */
  readonly sharedMemoryBytes: number;
}

/** What the backend tells of itself. */
export interface TritonObserver extends ReplicaObserver, RegionObserver {}

/** Runs models on NVIDIA Triton servers: on any replica that serves them, another one when that fails. */
export class TritonBackend implements Backend, BackendHealth {
  readonly name = 'triton';
  readonly health = this;
  private readonly replicas: ReplicaSet;
  private readonly pool: RegionPool | undefined;
  private readonly modelNames = new Set<string>();
  private readonly closing = new AbortController();
  private started: Promise<void> | undefined;

  constructor(
    private readonly options: TritonBackendOptions,
    observer: TritonObserver,
  ) {
    const { tls, headers, sharedMemoryBytes } = options;
    this.pool = sharedMemoryBytes > 0 ? new RegionPool({ maxBytes: sharedMemoryBytes }, observer) : undefined;
    const channel = { ...(tls === undefined ? {} : { tls }), ...(headers === undefined ? {} : { headers }) };
    this.replicas = new ReplicaSet(
      (target, onChange) => new Replica({ target, ...channel }, this.pool, observer, onChange),
    );
  }

  /**
   * Finds the model on the servers and checks it there. A server that is away, or was, is checked when it is there again.
   * @throws PairstreamError BACKEND_UNAVAILABLE when no server can be reached, INVALID_MODEL when none has the model as it is
   *   needed
   */
  async load({ name, version, directory }: ModelLocation, check: ModelCheck): Promise<ModelHandle> {
    await this.start();
    const { maxBatchRows } = this.options;
    const contentSha256 = await hashModel(directory, version);
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
    return this.replicas.members.map((replica) => ({
      target: replica.target,
      transport: replica.transportKind,
      pendingRows: replica.pendingRowCount,
      models: Object.fromEntries(
        [...this.modelNames].map((name) => [name, replica.outageOf(name)?.message ?? null]),
      ),
    }));
  }

  async close(): Promise<void> {
    this.closing.abort();
    await this.replicas.close();
    this.pool?.close();
  }

  /** @throws PairstreamError BACKEND_UNAVAILABLE for a name that has no address; it may be called again */
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
   * Tries replicas one after another, as long as there is time: a model has no state, so rows may be computed twice. One that has
   * come back since it failed is tried again, but no replica more than twice: what it refuses then is refused for good.
   */
  private async infer(model: string, call: MatrixCall, context: InferenceContext): Promise<void> {
    const attempts = new ReplicaAttempts();
    let failure: TritonError | undefined;
    for (;;) {
      const replica = this.replicas.pick(model, attempts.excluded);
      if (replica === undefined) {
        await this.waitForReplica(model, failure, context);
        attempts.forgive();
        continue;
      }
      try {
        await replica.infer(model, call, context);
        return;
      } catch (thrown) {
        failure = toTritonError(thrown);
        if (!isWorthAnotherReplica(failure)) throw toPairstreamError(model, failure, replica.retryAfterMs);
        attempts.add(replica);
      }
    }
  }

  /**
   * Waits for one to come back, if they have only just been lost.
   * @throws PairstreamError the failure, when those that serve have failed as well; BACKEND_UNAVAILABLE
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

  /** Addresses and their troubles are for operators: /readyz and /backend tell them. */
  private outageError(model: string, failure: TritonError | undefined): PairstreamError {
    if (failure !== undefined) return toPairstreamError(model, failure, 0);
    const cause = this.replicas.outageOf(model);
    return new PairstreamError('BACKEND_UNAVAILABLE', `model ${model}: no server takes calls for it`, {
      cause,
    });
  }
}

/** Replicas that have failed in one call. */
class ReplicaAttempts {
  /** Those that are not to be tried now. */
  readonly excluded = new Set<Replica>();
  private readonly counts = new Map<Replica, number>();

  add(replica: Replica): void {
    this.excluded.add(replica);
    this.counts.set(replica, (this.counts.get(replica) ?? 0) + 1);
  }

  /** Those that have failed once only may be tried again. */
  forgive(): void {
    for (const [replica, count] of this.counts) if (count < MOST_ATTEMPTS) this.excluded.delete(replica);
  }
}

/** Files that a model may be made of, the first that is there is its identity. */
const MODEL_FILES = [
  'model.onnx',
  'xgboost.ubj',
  'xgboost.json',
  'model.txt',
  'checkpoint.tl',
  'golden.json',
];

/**
 * The identity of a model beside the pipeline, which the check holds the server's against.
 * @throws PairstreamError INVALID_MODEL when there is nothing
 */
async function hashModel(directory: string, version: string): Promise<string> {
  for (const file of MODEL_FILES) {
    try {
      const bytes = await readFile(join(directory, version, file));
      return createHash('sha256').update(bytes).digest('hex');
    } catch {
      continue;
    }
  }
  const folder = join(directory, version);
  throw new PairstreamError(
    'INVALID_MODEL',
    `${folder}: holds no model, expected one of ${MODEL_FILES.join(', ')}`,
    {
      field: folder,
    },
  );
}

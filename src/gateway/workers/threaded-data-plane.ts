import { setTimeout as sleep } from 'node:timers/promises';
import { resolve } from 'node:path';
import { Inject, Injectable } from '@nestjs/common';
import type { ReplicaState } from '../../backends/backend.js';
import type { Config } from '../../config/config.js';
import { PairstreamError } from '../../errors/pairstream-error.js';
import { forgetLeftRows } from '../../feedback/feature-log/left-folders.js';
import { workerLogFolder } from '../../feedback/feature-log/log-folder.js';
import type { Hash64 } from '../../pairs/murmur3.js';
import type { PredictorInfo } from '../../scoring/predictor.js';
import { ChangeQueue } from '../backend/change-queue.js';
import type { ModelReport } from '../backend/controlled-backend.js';
import { CONFIG } from '../config/config.module.js';
import { DataPlane, type ReplicaDrainOptions, type StreamPage } from '../data-plane/data-plane.js';
import type { DrainProgress } from '../grpc/gateway-drain.js';
import type { OpenStream } from '../grpc/service/pair-service.js';
import type { ReadinessState } from '../prediction/readiness.js';
import { LogLevel } from '../telemetry/log-level.js';
import { mergeDrains, mergeModels, mergeReplica, mergeReplicas, mergeStreams } from './merged-reports.js';
import type { WorkerChange, WorkerChanges } from './worker-changes.js';
import type { WorkerThread } from './worker-thread.js';
import { WorkerTransport } from './worker-transport.js';

/** Longest wait for the metrics of a worker, milliseconds. A worker that is stuck keeps those that it told last. */
const METRICS_WAIT_MS = 2_000;

/**
 * The data plane of worker threads: reports are merged, changes are made by every worker. A worker that is started anew makes the
 * changes that are in force. Calls post their messages to all workers at once, so that all make changes in the same order.
 */
@Injectable()
export class ThreadedDataPlane extends DataPlane {
  private readonly modelChanges = new ChangeQueue();

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly transport: WorkerTransport,
    private readonly logLevel: LogLevel,
  ) {
    super();
  }

  get backendName(): string {
    return this.config.backend;
  }

  get readiness(): ReadinessState {
    return this.transport.readiness;
  }

  get release(): PredictorInfo | undefined {
    return this.transport.release?.info;
  }

  async metrics(): Promise<string> {
    const { metrics } = this.transport;
    const reads = this.each(async ({ index, calls }) => metrics.read(index, await calls.metrics()));
    const timeout = new AbortController();
    const waited = sleep(METRICS_WAIT_MS, undefined, { signal: timeout.signal }).catch(() => undefined);
    await Promise.race([reads, waited]).finally(() => timeout.abort());
    return await metrics.text();
  }

  async listModels(): Promise<readonly ModelReport[]> {
    return mergeModels(await this.all(({ calls }) => calls.listModels()));
  }

  async loadModel(name: string): Promise<void> {
    const change = `model ${name}`;
    const load: WorkerChange = ({ calls }) => calls.loadModel(name);
    await this.modelChanges.run(async () => {
      const unload = this.changes.get(change);
      this.undo(change, load);
      try {
        await this.inTurn(load);
      } catch (error) {
        // Every worker has the same models: those that loaded this one unload it again.
        if (unload !== undefined) {
          this.changes.set(change, unload);
          await this.each(unload).catch(() => undefined);
        }
        throw error;
      }
    });
  }

  async unloadModel(name: string, force: boolean): Promise<void> {
    const unload: WorkerChange = ({ calls }) => calls.unloadModel(name, true);
    await this.modelChanges.run(async () => {
      // The workers have the same models: what the first one allows, the others do, too.
      await this.first(({ calls }) => calls.unloadModel(name, force));
      this.changes.set(`model ${name}`, unload);
      await this.inTurn(unload);
    });
  }

  async listReplicas(): Promise<readonly ReplicaState[]> {
    return mergeReplicas(await this.all(({ calls }) => calls.listReplicas()));
  }

  async drainReplica(target: string, { force, timeoutMs }: ReplicaDrainOptions): Promise<ReplicaState> {
    await this.first(({ calls }) => calls.drainReplica(target, { force, timeoutMs: 0 }));
    const drain = ({ calls }: WorkerThread): Promise<ReplicaState> =>
      calls.drainReplica(target, { force: true, timeoutMs });
    this.changes.set(`replica ${target}`, drain);
    const [first, ...others] = await this.all(drain);
    return mergeReplica(first, others);
  }

  async readmitReplica(target: string): Promise<ReplicaState> {
    const change = `replica ${target}`;
    const drain = this.changes.get(change);
    const readmit = ({ calls }: WorkerThread): Promise<ReplicaState> => calls.readmitReplica(target);
    this.undo(change, readmit);
    try {
      const [first, ...others] = await this.all(readmit);
      return mergeReplica(first, others);
    } catch (error) {
      if (drain !== undefined) this.changes.set(change, drain);
      throw error;
    }
  }

  async drainProgress(): Promise<DrainProgress> {
    const [first, ...others] = await this.all(({ calls }) => calls.drainProgress());
    return mergeDrains(first, others);
  }

  async startDrain(): Promise<DrainProgress> {
    const drain = ({ calls }: WorkerThread): Promise<DrainProgress> => calls.startDrain();
    if (this.workers.length === 0) throw noWorker();
    this.changes.set('drain', drain);
    const [first, ...others] = await this.all(drain);
    return mergeDrains(first, others);
  }

  async listStreams(afterId: number, limit: number): Promise<StreamPage> {
    return mergeStreams(await this.each(({ calls }) => calls.listStreams(afterId, limit)), limit);
  }

  async closeStream(id: number): Promise<OpenStream> {
    const { count } = this.transport;
    const worker = this.workers.find(({ index }) => index === (id - 1) % count);
    const [stream] = worker === undefined ? [] : await answerOf(worker, ({ calls }) => calls.closeStream(id));
    if (stream !== undefined) return stream;
    throw new PairstreamError('NOT_FOUND', `stream: ${id} is not open`, { field: 'stream' });
  }

  async setLogLevel(level: string): Promise<void> {
    this.logLevel.change(level);
    const set: WorkerChange = ({ calls }) => calls.setLogLevel(level);
    this.changes.set('log level', set);
    await this.each(set);
  }

  /** @throws PairstreamError BACKEND_UNAVAILABLE if the rows of a worker that is being replaced are left; OUTPUT_FAILED */
  async forgetServedRows(user: Hash64): Promise<number> {
    const counts = await this.each(({ calls }) => calls.forgetServedRows(user));
    if (counts.length < this.transport.count && this.config.featureLogDir !== '')
      throw new PairstreamError(
        'BACKEND_UNAVAILABLE',
        'a worker thread is being replaced, and its feature log still has the rows of the user: try again',
      );
    const leftCount = await this.forgetLeftRows(user);
    return counts.reduce((sum, count) => sum + count, leftCount);
  }

  /** Removes a user's rows from folders of an earlier start, with another number of workers. */
  private async forgetLeftRows(user: Hash64): Promise<number> {
    const { featureLogDir } = this.config;
    if (featureLogDir === '') return 0;
    const folder = resolve(featureLogDir);
    const inUse = Array.from({ length: this.transport.count }, (_, worker) =>
      workerLogFolder(folder, worker),
    );
    return await forgetLeftRows(folder, inUse, user);
  }

  private get workers(): readonly WorkerThread[] {
    return this.transport.pool.running;
  }

  private get changes(): WorkerChanges {
    return this.transport.pool.changes;
  }

  /** A change is no longer in force. A worker that starts at this moment may have made it: it makes `reverse`. */
  private undo(name: string, reverse: WorkerChange): void {
    this.changes.set(name, this.transport.pool.isReplacing ? reverse : undefined);
  }

  /** Asks all workers at the same time. A worker that ends meanwhile is left out. */
  private async each<T>(call: (worker: WorkerThread) => Promise<T>): Promise<T[]> {
    return (await settled(this.workers.map((worker) => answerOf(worker, call)))).flat();
  }

  /** As `each`. @throws PairstreamError BACKEND_UNAVAILABLE if no worker answers */
  private async all<T>(call: (worker: WorkerThread) => Promise<T>): Promise<[T, ...T[]]> {
    const [first, ...others] = await this.each(call);
    if (first === undefined) throw noWorker();
    return [first, ...others];
  }

  /** Asks one worker after another. A worker that ends meanwhile is left out. @throws PairstreamError BACKEND_UNAVAILABLE if no worker answers */
  private async inTurn(call: (worker: WorkerThread) => Promise<unknown>): Promise<void> {
    let answerCount = 0;
    for (const worker of this.workers) answerCount += (await answerOf(worker, call)).length;
    if (answerCount === 0) throw noWorker();
  }

  /** Asks one worker; another one if it ends meanwhile. @throws PairstreamError BACKEND_UNAVAILABLE if no worker answers */
  private async first(call: (worker: WorkerThread) => Promise<unknown>): Promise<void> {
    for (const worker of this.workers) if ((await answerOf(worker, call)).length > 0) return;
    throw noWorker();
  }
}

/** The answer of a worker; none if the worker ends meanwhile. @throws the error of the call */
async function answerOf<T>(
  worker: WorkerThread,
  call: (worker: WorkerThread) => Promise<T>,
): Promise<[] | [T]> {
  try {
    return [await call(worker)];
  } catch (error) {
    if (worker.crash === undefined) throw error;
    return [];
  }
}

/** Results of promises. @throws the first error, when all have settled */
async function settled<T>(promises: readonly Promise<T>[]): Promise<T[]> {
  await Promise.allSettled(promises);
  return await Promise.all(promises);
}

function noWorker(): PairstreamError {
  return new PairstreamError('BACKEND_UNAVAILABLE', 'no worker thread runs at the moment: try again');
}

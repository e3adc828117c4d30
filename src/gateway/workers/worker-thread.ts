import { setTimeout as sleep } from 'node:timers/promises';
import type { Worker } from 'node:worker_threads';
import type { Config } from '../../config/config.js';
import { Heartbeat } from '../../concurrency/heartbeat.js';
import { connectThread, type ThreadCalls } from '../../concurrency/thread-calls.js';
import { startWorkerBeside } from '../../concurrency/worker-beside.js';
import { workerEnd, type WorkerEnd } from '../../concurrency/worker-end.js';
import { PairstreamError } from '../../errors/pairstream-error.js';
import { receiveError } from '../../errors/sent-error.js';
import type { ServedEntry } from '../../feedback/tokens/served-pairs.js';
import type { ReadinessState } from '../prediction/readiness.js';
import type { ServedRelease } from '../prediction/release-activator.js';
import type { MainFunctions, WorkerFunctions, WorkerStart } from './worker-calls.js';

const STARTING: ReadinessState = { isReady: false, reason: 'the worker threads start' };

const US_PER_MS = 1_000;
/** Time in which the event loop of a thread that closes must move, milliseconds. */
const SHORTEST_DRAIN_MS = 2_000;

/** What a worker thread needs from the main thread, and tells it. */
export interface WorkerThreadEvents {
  readonly submit: (events: Uint8Array<ArrayBuffer>) => Promise<Uint8Array>;
  /** Pairs of a prediction that another worker remembers. */
  readonly findServed: (predictionId: Uint8Array) => Promise<ServedEntry | undefined>;
  /** The event loop of the thread stood still for too long, and the thread is being ended. */
  readonly onBlocked: () => void;
}

/** One life of a worker thread, in the main thread. */
export class WorkerThread {
  readonly calls: ThreadCalls<WorkerFunctions, MainFunctions>;
  /** Resolves when the thread can listen. Rejects if the thread fails or ends before. */
  readonly created: Promise<void>;
  /** Rejects if the release cannot be activated, or the thread ends before. */
  readonly served: Promise<ServedRelease>;
  /** Resolves when the thread has ended: with the reason, unless it was asked to end. */
  readonly ended: Promise<PairstreamError | undefined>;
  private readonly worker: Worker;
  private readonly heartbeat: Heartbeat;
  private state = STARTING;
  private isClosing = false;
  private blockReason: string | undefined;
  private crashReason: PairstreamError | undefined;

  constructor(
    readonly index: number,
    start: WorkerStart,
    events: WorkerThreadEvents,
  ) {
    const created = Promise.withResolvers<void>();
    const served = Promise.withResolvers<ServedRelease>();
    this.created = created.promise;
    this.served = served.promise;
    this.created.catch(() => undefined);
    this.served.catch(() => undefined);
    this.worker = startWorkerBeside(import.meta.filename, 'gateway-worker', start);
    this.calls = connectThread<WorkerFunctions, MainFunctions>(this.worker, {
      created: () => created.resolve(),
      serving: (release) => served.resolve(release),
      readinessChanged: (readiness) => {
        this.state = readiness;
      },
      failed: (error) => {
        created.reject(receiveError(error));
        served.reject(receiveError(error));
      },
      submit: (bytes) => events.submit(bytes),
      findServed: (predictionId) => events.findServed(predictionId),
    });
    this.heartbeat = new Heartbeat(start.heartbeat);
    this.ended = workerEnd(this.worker, (end) => this.end(end));
    void this.endIfBlocked(start.config, events);
    void this.failAtEnd(created, served);
  }

  /** Readiness that the worker told last. */
  get readiness(): ReadinessState {
    return this.state;
  }

  /** Why the thread ended without being asked to; undefined while it runs. */
  get crash(): PairstreamError | undefined {
    return this.crashReason;
  }

  /** Accepts connections. @throws PairstreamError PORT_IN_USE, INVALID_CONFIG; why the thread failed or ended before */
  async listen(): Promise<void> {
    await this.created;
    await this.calls.listen();
  }

  /**
   * Lets the worker answer its requests, then ends it; at once if its event loop stood still all the time.
   * @param drainMs for the requests in flight
   * @param closeMs after that, to close what is open
   */
  async close(drainMs: number, closeMs: number): Promise<void> {
    this.isClosing = true;
    const { beats } = this.heartbeat;
    const closed = this.calls.close().catch(() => undefined);
    const isClosed = await isWithin(Math.max(drainMs, SHORTEST_DRAIN_MS), closed);
    if (!isClosed && this.heartbeat.beats !== beats) await isWithin(closeMs, closed);
    await this.worker.terminate();
  }

  /** Ends the thread at once, as a crash does. */
  async kill(): Promise<void> {
    await this.worker.terminate();
  }

  /** Ends the thread if its event loop stands still for too long. A start may block: its files are loaded then. */
  private async endIfBlocked(
    { maxWorkerBlockMs }: Config,
    { onBlocked }: Pick<WorkerThreadEvents, 'onBlocked'>,
  ): Promise<void> {
    const isCreated = await this.created.then(
      () => true,
      () => false,
    );
    if (!isCreated) return;
    const cpuMs = async (): Promise<number> => {
      const { user, system } = await this.worker.cpuUsage();
      return (user + system) / US_PER_MS;
    };
    const stop = this.heartbeat.watch(maxWorkerBlockMs, cpuMs, () => {
      this.blockReason = `its event loop stood still for more than ${maxWorkerBlockMs} ms (PAIRSTREAM_MAX_WORKER_BLOCK_MS)`;
      onBlocked();
      void this.kill();
    });
    await this.ended;
    stop();
  }

  /** Rejects what waits for the thread when it has ended. */
  private async failAtEnd(...waiting: readonly { reject(error: PairstreamError): void }[]): Promise<void> {
    const error = (await this.ended) ?? new PairstreamError('SHUTTING_DOWN', 'the gateway is shutting down');
    for (const promise of waiting) promise.reject(error);
    this.calls.$close(error);
  }

  /** @returns the reason of the end, unless the thread was asked to end */
  private end({ error: cause, reason }: WorkerEnd): PairstreamError | undefined {
    if (this.isClosing) return undefined;
    const message = `worker thread ${this.index} crashed: ${this.blockReason ?? reason}`;
    this.crashReason = new PairstreamError('INTERNAL', message, { cause });
    return this.crashReason;
  }
}

/** Waits for a promise that does not reject. @returns false if it takes longer */
async function isWithin(timeoutMs: number, promise: Promise<unknown>): Promise<boolean> {
  const timeout = new AbortController();
  const late = sleep(timeoutMs, false, { signal: timeout.signal }).catch(() => false);
  return await Promise.race([promise.then(() => true), late]).finally(() => timeout.abort());
}

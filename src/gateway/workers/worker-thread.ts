import type { Worker } from 'node:worker_threads';
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

/** What a worker thread needs from the main thread, and tells it. */
export interface WorkerThreadEvents {
  readonly submit: (events: Uint8Array<ArrayBuffer>) => Promise<Uint8Array>;
  /** Pairs of a prediction that another worker remembers. */
  readonly findServed: (predictionId: Uint8Array) => Promise<ServedEntry | undefined>;
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
  private state = STARTING;
  private isClosing = false;
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
    this.ended = workerEnd(this.worker, (end) => this.end(end));
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

  /** Lets the worker answer its requests, then ends it; after the timeout it is ended at once. */
  async close(timeoutMs: number): Promise<void> {
    this.isClosing = true;
    let timer: NodeJS.Timeout | undefined;
    const timeOver = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, timeoutMs);
    });
    await Promise.race([this.calls.close().catch(() => undefined), timeOver]);
    clearTimeout(timer);
    await this.worker.terminate();
  }

  /** Ends the thread at once, as a crash does. */
  async kill(): Promise<void> {
    await this.worker.terminate();
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
    const message = `worker thread ${this.index} crashed: ${reason}`;
    this.crashReason = new PairstreamError('INTERNAL', message, { cause });
    return this.crashReason;
  }
}

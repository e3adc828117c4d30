import { ExponentialBackoff, handleAll, retry } from 'cockatiel';
import type { Logger } from 'pino';
import { type LevelMemory, allocateLevels, clearLevels } from '../../concurrency/process-levels.js';
import { PairstreamError } from '../../errors/pairstream-error.js';
import type { ServedEntry } from '../../feedback/tokens/served-pairs.js';
import type { ServedRelease } from '../prediction/release-activator.js';
import type { WorkerStart } from './worker-calls.js';
import { WorkerChanges } from './worker-changes.js';
import { WorkerThread } from './worker-thread.js';

/** Delays before a crashed worker is started anew: at once, then longer while it keeps crashing, milliseconds. */
const RESTART = { initialDelay: 10, maxDelay: 5_000 } as const;
/** Time for a worker to close what it has open, after its requests are answered, milliseconds. */
const CLOSE_MS = 5_000;

/** Parts of a pool. */
export interface WorkerPoolOptions {
  readonly count: number;
  /** What a worker starts with; called again when a worker is replaced. */
  readonly start: (index: number, levels: LevelMemory) => WorkerStart;
  /** Takes the events of feedback that workers receive. @throws PairstreamError FEEDBACK_OFF */
  readonly submit: (events: Uint8Array<ArrayBuffer>) => Promise<Uint8Array>;
  /** Called when a worker has crashed. */
  readonly onCrash: (index: number) => void;
  readonly drainTimeoutMs: number;
  readonly logger: Logger;
}

/** The worker threads of a gateway. A worker that crashes is replaced; the others go on. */
export class WorkerPool {
  readonly changes = new WorkerChanges();
  private readonly levels: LevelMemory;
  private readonly inService = new Map<number, WorkerThread>();
  /** Those in service, and those that start to take the place of a crashed one. */
  private readonly threads = new Set<WorkerThread>();
  /** Release of each worker, by index. */
  private readonly releases: readonly PromiseWithResolvers<ServedRelease>[];
  private readonly closing = new AbortController();
  /** Release that the workers serve; undefined until one does. */
  private releaseId: string | undefined;
  private isStarted = false;
  private restarts = 0;
  private blocked = 0;

  constructor(private readonly options: WorkerPoolOptions) {
    this.levels = allocateLevels(options.count);
    this.releases = Array.from({ length: options.count }, () => Promise.withResolvers<ServedRelease>());
    // A pool may close before anyone awaits the promises.
    for (const { promise } of this.releases) promise.catch(() => undefined);
  }

  /** Number of workers that were started anew. */
  get restartCount(): number {
    return this.restarts;
  }

  /** Number of workers that were ended because their event loop stood still. */
  get blockedCount(): number {
    return this.blocked;
  }

  /** Workers that accept connections, by ascending index. One that is started anew is not among them before it serves. */
  get running(): WorkerThread[] {
    return [...this.inService.values()].toSorted((a, b) => a.index - b.index);
  }

  /** All threads that have not ended: those that run, and those that start to take the place of a crashed one. */
  get all(): readonly WorkerThread[] {
    return [...this.threads];
  }

  /** True while a thread starts to take the place of a crashed one. */
  get isReplacing(): boolean {
    return this.threads.size > this.inService.size;
  }

  /**
   * Starts all workers.
   * @throws PairstreamError of the first worker that fails or crashes; all are ended then
   */
  async start(): Promise<void> {
    const workers = Array.from({ length: this.options.count }, (_, index) => this.create(index));
    for (const worker of workers) this.add(worker);
    try {
      await Promise.all(workers.map((worker) => worker.listen()));
      const crash = workers.map((worker) => worker.crash).find((reason) => reason !== undefined);
      if (crash !== undefined) throw crash;
      this.isStarted = true;
    } catch (error) {
      this.closing.abort();
      await Promise.all(this.all.map((worker) => worker.kill()));
      throw error;
    }
  }

  /**
   * Resolves when every worker serves the release. A worker that crashes before is replaced.
   * @throws PairstreamError as ReleaseActivator.served
   */
  async served(): Promise<ServedRelease> {
    const [first] = await Promise.all(this.releases.map(({ promise }) => promise));
    if (first !== undefined) return first;
    throw new PairstreamError('INTERNAL', 'no worker thread runs');
  }

  /** Answers the requests in flight, then ends all workers. */
  async close(): Promise<void> {
    this.closing.abort();
    const { drainTimeoutMs } = this.options;
    const { running } = this;
    const starting = this.all.filter((worker) => !running.includes(worker));
    await Promise.all([
      ...starting.map((worker) => worker.kill()),
      ...running.map((worker) => worker.close(drainTimeoutMs, CLOSE_MS)),
    ]);
    const error = new PairstreamError('SHUTTING_DOWN', 'the gateway is shutting down');
    for (const release of this.releases) release.reject(error);
  }

  private create(index: number): WorkerThread {
    const { start, submit } = this.options;
    const worker = new WorkerThread(index, start(index, this.levels), {
      submit,
      findServed: (predictionId) => this.findServed(predictionId, index),
      onBlocked: () => {
        this.blocked += 1;
      },
    });
    this.threads.add(worker);
    void worker.ended.then(() => this.threads.delete(worker));
    return worker;
  }

  private add(worker: WorkerThread): void {
    this.inService.set(worker.index, worker);
    void this.watch(worker);
    void this.awaitRelease(worker);
  }

  private async awaitRelease(worker: WorkerThread): Promise<void> {
    const release = this.releases[worker.index];
    try {
      const served = await worker.served;
      this.releaseId ??= served.info.releaseId;
      release?.resolve(served);
    } catch (error) {
      if (worker.crash === undefined) release?.reject(error);
    }
  }

  private async watch(worker: WorkerThread): Promise<void> {
    const { index, ended } = worker;
    const reason = await ended;
    this.inService.delete(index);
    clearLevels(this.levels, index);
    if (reason === undefined || !this.isStarted || this.closing.signal.aborted) return;
    this.options.onCrash(index);
    await this.replace(index, reason);
  }

  /** Starts a worker anew until it runs, or until `close`. */
  private async replace(index: number, { message, cause }: PairstreamError): Promise<void> {
    const { logger } = this.options;
    const { signal } = this.closing;
    logger.error({ err: cause }, `${message}; its calls failed, and another worker thread takes its place`);
    // A wait for the next start does not keep a process that stops.
    const policy = retry(handleAll, {
      maxAttempts: Number.MAX_SAFE_INTEGER,
      backoff: new ExponentialBackoff(RESTART),
    }).dangerouslyUnref();
    try {
      await policy.execute(() => this.startAnew(index), signal);
    } catch {
      // The pool was closed meanwhile.
    }
  }

  /** Starts a worker that accepts connections when it serves as the others do. @throws PairstreamError if it fails or crashes */
  private async startAnew(index: number): Promise<void> {
    const { changes } = this;
    const { logger } = this.options;
    const { signal } = this.closing;
    if (signal.aborted) return;
    const worker = this.create(index);
    const warn = (line: string): void => logger.warn(line);
    try {
      const [served] = await Promise.all([worker.served, worker.created]);
      this.checkRelease(index, served);
      let version = await changes.apply(worker, 0, warn);
      await worker.listen();
      do version = await changes.apply(worker, version, warn);
      while (version !== changes.version);
    } catch (error) {
      await worker.kill();
      clearLevels(this.levels, index);
      if (signal.aborted) return;
      logger.error(`worker thread ${index} does not start: ${PairstreamError.from(error).message}`);
      throw error;
    }
    if (signal.aborted) return;
    this.restarts += 1;
    this.add(worker);
    logger.warn(`worker thread ${index} serves again`);
  }

  /** @throws PairstreamError INVALID_PIPELINE if the files on disk are of another release than the one that is served */
  private checkRelease(index: number, { info: { releaseId } }: ServedRelease): void {
    this.releaseId ??= releaseId;
    if (this.releaseId === releaseId) return;
    throw new PairstreamError(
      'INVALID_PIPELINE',
      `worker thread ${index} read release ${releaseId}, the gateway serves ${this.releaseId}: restore the files, or restart the gateway to serve another release`,
    );
  }

  /** Asks the other workers for the pairs of a prediction. */
  private async findServed(predictionId: Uint8Array, asker: number): Promise<ServedEntry | undefined> {
    const others = this.running.filter(({ index }) => index !== asker);
    const finds = others.map(async ({ calls }) => {
      const entry = await calls.findServed(predictionId);
      if (entry === undefined) throw new PairstreamError('NOT_FOUND', 'prediction_id: of another worker');
      return entry;
    });
    // The first that has it: another one may be blocked.
    return await Promise.any(finds).catch(() => undefined);
  }
}

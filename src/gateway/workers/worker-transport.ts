import { type BeforeApplicationShutdown, Inject, Injectable } from '@nestjs/common';
import type { CustomTransportStrategy } from '@nestjs/microservices';
import type { Logger } from 'pino';
import type { Config } from '../../config/config.js';
import { Heartbeat } from '../../concurrency/heartbeat.js';
import type { LevelMemory } from '../../concurrency/process-levels.js';
import { PairstreamError } from '../../errors/pairstream-error.js';
import { type SentError, sendError } from '../../errors/sent-error.js';
import type { ReleaseFiles } from '../../releases/release.js';
import { postSnapshot } from '../../statistics/posted-snapshot.js';
import { MergedMetrics } from '../../telemetry/merged-metrics.js';
import { Telemetry } from '../../telemetry/telemetry.js';
import { WorkerTelemetry } from '../../telemetry/worker-telemetry.js';
import { CONFIG } from '../config/config.module.js';
import { LiveState } from '../feedback/live-state.js';
import { type PortReservation, reservePort } from '../grpc/server/reserve-port.js';
import type { ReadinessState } from '../prediction/readiness.js';
import type { ServedRelease } from '../prediction/release-activator.js';
import { RELEASE_FILES } from '../release/release-loader.js';
import { LOGGER } from '../telemetry/telemetry.module.js';
import { mergeReadiness } from './merged-reports.js';
import type { LearningProgress, WorkerStart } from './worker-calls.js';
import { workerConfig, workerCountOf } from './worker-config.js';
import { WorkerPool } from './worker-pool.js';

/** Time between two reports of the progress of the learning's start, milliseconds. */
const PROGRESS_INTERVAL_MS = 250;

/** The worker threads as a transport of the Nest application: it starts them, and drains them before the admin port closes. */
@Injectable()
export class WorkerTransport implements CustomTransportStrategy, BeforeApplicationShutdown {
  readonly transportId = Symbol('workers');
  readonly pool: WorkerPool;
  readonly metrics: MergedMetrics;
  private reservation: PortReservation | undefined;
  private learningFailure: SentError | undefined;
  private phase: 'starting' | 'listening' | 'stopping' = 'starting';
  private closed: Promise<void> | undefined;
  private readonly activation = Promise.withResolvers<ServedRelease>();
  private current: ServedRelease | undefined;

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    @Inject(RELEASE_FILES) private readonly files: ReleaseFiles,
    @Inject(LOGGER) logger: Logger,
    telemetry: Telemetry,
    private readonly state: LiveState,
  ) {
    // The gateway may close before anyone awaits the promise.
    this.activation.promise.catch(() => undefined);
    const metrics = new MergedMetrics(telemetry.registry);
    this.metrics = metrics;
    this.pool = new WorkerPool({
      count: workerCountOf(config),
      start: (index, levels) => this.startOf(index, levels),
      submit: (events) => this.submit(events),
      onCrash: (index) => metrics.end(index),
      drainTimeoutMs: config.drainTimeoutMs,
      logger,
    });
    const workers = new WorkerTelemetry(telemetry.registry);
    workers.watch({
      runningCount: () => this.pool.running.length,
      restartCount: () => this.pool.restartCount,
      blockedCount: () => this.pool.blockedCount,
    });
    state.onTable((name, buffer) => {
      for (const { calls } of this.pool.all) void calls.adoptTable.asEvent(name, buffer);
    });
  }

  /** Number of worker threads. */
  get count(): number {
    return workerCountOf(this.config);
  }

  /** The port that is listened on. @throws PairstreamError INTERNAL before the workers listen */
  get port(): number {
    if (this.reservation === undefined)
      throw new PairstreamError('INTERNAL', 'the worker threads did not start');
    return this.reservation.port;
  }

  /** Resolves when every worker serves the release. @throws PairstreamError as ReleaseActivator.served */
  get served(): Promise<ServedRelease> {
    return this.activation.promise;
  }

  /** The release that is served; undefined until every worker serves it. */
  get release(): ServedRelease | undefined {
    return this.current;
  }

  get readiness(): ReadinessState {
    if (this.phase === 'stopping') return { isReady: false, reason: 'shutting down' };
    if (this.phase === 'starting') return { isReady: false, reason: 'starting' };
    const { pool, state } = this;
    return mergeReadiness(
      pool.running.map(({ readiness }) => readiness),
      {
        workerCount: this.count,
        problems: [state.problem && `feedback is refused: ${state.problem}`, state.timeProblem],
      },
    );
  }

  /** @param callback called without an argument when every worker listens, else with the error of the first that failed */
  async listen(callback: (error?: unknown) => void): Promise<void> {
    try {
      this.reservation = await reservePort({ host: this.config.host, port: this.config.grpcPort });
      this.followLearning();
      await this.pool.start();
    } catch (error) {
      callback(error);
      return;
    }
    this.phase = 'listening';
    void this.awaitRelease();
    callback();
  }

  private async awaitRelease(): Promise<void> {
    try {
      this.current = await this.pool.served();
      this.activation.resolve(this.current);
    } catch (error) {
      this.activation.reject(error);
    }
  }

  /** The admin application still answers /readyz while the workers drain. */
  async beforeApplicationShutdown(): Promise<void> {
    await this.close();
  }

  /** Answers the requests in flight within the drain timeout, then ends the workers. */
  async close(): Promise<void> {
    this.phase = 'stopping';
    await (this.closed ??= this.pool.close());
    this.reservation?.[Symbol.dispose]();
  }

  private startOf(index: number, levels: LevelMemory): WorkerStart {
    const { config, files, state } = this;
    const { count } = this;
    const { statistics, statisticsSha256: sha256 } = files;
    return {
      config: { ...workerConfig(config, index, count), grpcPort: this.port },
      seat: { index, count },
      levels,
      heartbeat: Heartbeat.allocate(),
      snapshot: postSnapshot({ ...statistics, sha256 }),
      learning: state.forWorkers,
      progress: this.progress,
    };
  }

  private get progress(): LearningProgress {
    return { startReason: this.state.startReason, failure: this.learningFailure };
  }

  /** Tells the workers how far the start of the learning has come, until it is over. */
  private followLearning(): void {
    const { state, pool } = this;
    if (state.startReason === undefined) return;
    const tell = (): void => {
      for (const { calls } of pool.all) void calls.followLearning.asEvent(this.progress);
    };
    const timer = setInterval(tell, PROGRESS_INTERVAL_MS);
    state.started
      .catch((error: unknown) => {
        this.learningFailure = sendError(error);
      })
      .finally(() => {
        clearInterval(timer);
        tell();
      });
  }

  private async submit(events: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
    const { live } = this.state;
    if (live !== undefined) return await live.submit(events);
    throw new PairstreamError('FEEDBACK_OFF', 'the gateway takes no feedback: set PAIRSTREAM_STATE_DIR');
  }
}

import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Inject, Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import type { Logger } from 'pino';
import type { Config } from '../../config/config.js';
import { LiveStatistics } from '../../feedback/live-statistics.js';
import { ServerClock } from '../../pairs/server-clock.js';
import { CLOCK_SKEW_S } from '../../pairs/unix-time.js';
import type { ReleaseFiles } from '../../releases/release.js';
import { LearningTelemetry } from '../../telemetry/learning-telemetry.js';
import { CONFIG } from '../config/config.module.js';
import { LearningSource } from '../config/learning-source.js';
import { RELEASE_FILES } from '../release/release-loader.js';
import { LOGGER } from '../telemetry/telemetry.module.js';
import { learningLevelsOf } from './learning-levels.js';
import { stateSettingsOf } from './state-settings.js';

/** Time between two checks of the lag during the start, milliseconds. */
const LAG_INTERVAL_MS = 100;

/**
 * The statistics that learn from feedback, for as long as the application runs. Starts the state thread after the files of the
 * release are read, and ends the thread after the gRPC server is drained. Without PAIRSTREAM_STATE_DIR nothing is started.
 */
@Injectable()
export class LiveState extends LearningSource implements OnModuleInit, OnApplicationShutdown {
  /** Undefined without PAIRSTREAM_STATE_DIR. */
  readonly live: LiveStatistics | undefined;
  private startNow: Promise<void> = Promise.resolve();
  private isStarted = true;
  private isInitialized = false;
  private readonly closing = new AbortController();
  private readonly tableListeners: ((name: string, buffer: SharedArrayBuffer) => void)[] = [];

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    @Inject(RELEASE_FILES) private readonly files: ReleaseFiles,
    @Inject(LOGGER) private readonly logger: Logger,
    private readonly telemetry: LearningTelemetry,
    private readonly clock: ServerClock,
  ) {
    super();
    if (config.stateDir === '') return;
    this.live = new LiveStatistics({
      settings: { ...stateSettingsOf(config, files), startsWithoutBroker: true },
      tables: files.statistics.tables,
      warn: (line) => logger.warn(line),
      onTable: (name, buffer) => this.tableListeners.forEach((listener) => listener(name, buffer)),
    });
  }

  onModuleInit(): void {
    const { live, telemetry, files } = this;
    // Nest calls this once for each token that provides this object.
    if (live === undefined || this.isInitialized) return;
    this.isInitialized = true;
    telemetry.watch(() => learningLevelsOf(live, files.statistics.tables));
    this.isStarted = false;
    this.startNow = this.start(live);
    // The gateway may close before anyone awaits the promise.
    this.startNow.catch(() => undefined);
  }

  get sink(): LiveStatistics | undefined {
    return this.live;
  }

  /** Shared with worker threads: memory of the numbers of the state thread, and the folder with the keys of tokens. */
  get forWorkers(): { readonly gauges: SharedArrayBuffer; readonly stateDirectory: string } | undefined {
    return this.live && { gauges: this.live.gauges.buffer, stateDirectory: resolve(this.config.stateDir) };
  }

  /** Resolves when the lag is at most PAIRSTREAM_MAX_START_LAG, too. */
  get started(): Promise<void> {
    return this.startNow;
  }

  get startReason(): string | undefined {
    if (this.isStarted) return undefined;
    return `applying the event log (${this.live?.freshness.lagCount ?? 0} events left)`;
  }

  get problem(): string | undefined {
    const { live } = this;
    if (live === undefined || live.problem !== undefined) return live?.problem;
    return live.gauges.get('logAway') === 1 ? 'the brokers of the Kafka topic do not answer' : undefined;
  }

  get timeProblem(): string | undefined {
    const { live, clock } = this;
    if (clock.problem !== undefined || live === undefined) return clock.problem;
    const aheadS = Math.round(live.freshness.newestEventS - clock.now.nowS);
    if (aheadS <= CLOCK_SKEW_S) return undefined;
    return `the newest event is ${aheadS} s ahead of the clock of this machine; events that are older than the attribution window before the newest event are refused`;
  }

  private async start(live: LiveStatistics): Promise<void> {
    await live.start();
    // With a log that other gateways write to, events arrived meanwhile.
    while (live.freshness.lagCount > this.config.maxStartLag)
      await sleep(LAG_INTERVAL_MS, undefined, { signal: this.closing.signal });
    this.isStarted = true;
    const { newestEventS } = live.freshness;
    if (live.problem === undefined) this.logger.info({ newestEventS }, 'statistics learn from feedback');
  }

  /** Calls back when a table has new memory. */
  onTable(listener: (name: string, buffer: SharedArrayBuffer) => void): void {
    this.tableListeners.push(listener);
  }

  async onApplicationShutdown(): Promise<void> {
    this.closing.abort();
    await this.live?.close();
    await this.startNow.catch(() => undefined);
  }
}

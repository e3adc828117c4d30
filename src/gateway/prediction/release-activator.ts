import { setTimeout as sleep } from 'node:timers/promises';
import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleInit } from '@nestjs/common';
import type { Logger } from 'pino';
import { ControlledBackend } from '../backend/controlled-backend.js';
import { type Config, pairsPerStream } from '../../config/config.js';
import type { Release } from '../../releases/release.js';
import { Predictor, type PredictorInfo } from '../../scoring/predictor.js';
import { ServingGate } from '../../scoring/serving-gate.js';
import { Telemetry } from '../../telemetry/telemetry.js';
import { slotCountOf } from '../backend/backend-choice.js';
import { CONFIG, PROCESS_LEVELS } from '../config/config.module.js';
import type { ProcessLevels } from '../../concurrency/process-levels.js';
import { LearningSource } from '../config/learning-source.js';
import { ReleaseLoader } from '../release/release-loader.js';
import { LOGGER } from '../telemetry/telemetry.module.js';
import { Readiness } from './readiness.js';
import { BYTES_PER_MIB } from '../../config/byte-units.js';

/** Time that the start waits for the event log to be applied, before the ports are opened without a release, milliseconds. */
const STATE_WAIT_MS = 5_000;
const PROGRESS_INTERVAL_MS = 250;

/** The release that a gateway serves. */
export interface ServedRelease {
  readonly info: PredictorInfo;
  /** Keys in the statistics tables at the start. */
  readonly statisticsKeyCount: number;
}

/** The release that a gateway serves, and its predictor. */
export interface ActiveRelease extends ServedRelease {
  readonly release: Release;
  readonly predictor: Predictor;
}

/**
 * Loads the release and lets requests through to it. With the embedded backend the gateway starts only after the models are
 * loaded. With Triton it starts at once, and the release is activated when the servers have the models. If the events behind the
 * newest snapshot take longer than some seconds to apply, the gateway starts at once, too.
 */
@Injectable()
export class ReleaseActivator implements OnModuleInit, OnApplicationBootstrap {
  private readonly activation = Promise.withResolvers<ActiveRelease>();

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly backend: ControlledBackend,
    @Inject(LOGGER) private readonly logger: Logger,
    private readonly loader: ReleaseLoader,
    private readonly gate: ServingGate,
    private readonly readiness: Readiness,
    private readonly telemetry: Telemetry,
    private readonly state: LearningSource,
    @Inject(PROCESS_LEVELS) private readonly levels: ProcessLevels,
  ) {
    // A gateway may close before anyone awaits the promise.
    this.activation.promise.catch(() => undefined);
  }

  /**
   * Resolves when the release is active. Rejects if the gateway closes first, or on an error that no retry corrects.
   */
  get served(): Promise<ActiveRelease> {
    return this.activation.promise;
  }

  /** @throws PairstreamError as loadModels, and as LiveStatistics.start */
  async onModuleInit(): Promise<void> {
    if (!this.isEmbedded) return;
    const [release] = await Promise.all([this.loader.load(), this.stateWithin(STATE_WAIT_MS)]);
    if (this.state.startReason === undefined) this.activate(release);
    else void this.activateWhenStarted(release).catch((error: unknown) => this.activation.reject(error));
  }

  onApplicationBootstrap(): void {
    if (this.isEmbedded) return;
    const { loader, gate, logger } = this;
    loader
      .loadWhenReady(({ message }) => {
        if (gate.notReadyReason !== message) logger.warn({ reason: message }, 'not ready');
        gate.wait(message);
      })
      .then((release) => this.activateWhenStarted(release))
      .catch((error: unknown) => this.activation.reject(error));
  }

  private get isEmbedded(): boolean {
    return !this.backend.isRemote;
  }

  /** Waits until the state has started, at most for some time. @throws PairstreamError as LiveStatistics.start */
  private async stateWithin(maxMs: number): Promise<void> {
    const timeout = new AbortController();
    const waited = sleep(maxMs, undefined, { signal: timeout.signal }).catch(() => undefined);
    await Promise.race([this.state.started, waited]).finally(() => timeout.abort());
  }

  private async activateWhenStarted(release: Release): Promise<void> {
    const { state, gate } = this;
    const tell = (): void => gate.wait(state.startReason ?? 'the release is being activated');
    tell();
    const progress = setInterval(tell, PROGRESS_INTERVAL_MS);
    await state.started.finally(() => clearInterval(progress));
    this.activate(release);
  }

  private activate(release: Release): void {
    const { config, backend, telemetry } = this;
    for (const warning of release.warnings) this.logger.warn(warning);
    const options = {
      ...config,
      backendName: backend.name,
      towerCacheBytes: config.towerCacheMb * BYTES_PER_MIB,
      slotCount: slotCountOf(config),
      recordsRows: config.featureLogDir !== '',
      inFlightLevel: this.levels.inFlightPairs,
      maxPairsPerStream: pairsPerStream(config),
    };
    const predictor = new Predictor(release, options, telemetry);
    this.gate.serve(predictor);
    this.activation.resolve({ release, predictor, ...servedRelease(release, predictor) });
    this.readiness.changed();
  }
}

function servedRelease({ statistics }: Release, { info }: Predictor): ServedRelease {
  return { info, statisticsKeyCount: statistics.tables.reduce((sum, { keyCount }) => sum + keyCount, 0) };
}

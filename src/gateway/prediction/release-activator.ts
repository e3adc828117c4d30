import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleInit } from '@nestjs/common';
import type { Logger } from 'pino';
import { ControlledBackend } from '../backend/controlled-backend.js';
import type { Config } from '../../config/config.js';
import type { Release } from '../../releases/release.js';
import { Predictor } from '../../scoring/predictor.js';
import { ServingGate } from '../../scoring/serving-gate.js';
import { Telemetry } from '../../telemetry/telemetry.js';
import { slotCountOf } from '../backend/backend-choice.js';
import { CONFIG } from '../config/config.module.js';
import { ReleaseLoader } from '../release/release-loader.js';
import { LOGGER } from '../telemetry/telemetry.module.js';
import { Readiness } from './readiness.js';

const BYTES_PER_MIB = 1_024 * 1_024;

/** The release that a gateway serves, and its predictor. */
export interface ActiveRelease {
  readonly release: Release;
  readonly predictor: Predictor;
}

/**
 * Loads the release and lets requests through to it. With the embedded backend the gateway starts only after the models are
 * loaded. With Triton it starts at once, and the release is activated when the servers have the models.
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

  /** @throws PairstreamError as loadModels */
  async onModuleInit(): Promise<void> {
    if (this.isEmbedded) this.activate(await this.loader.load());
  }

  onApplicationBootstrap(): void {
    if (this.isEmbedded) return;
    const { loader, gate, logger } = this;
    loader
      .loadWhenReady(({ message }) => {
        if (gate.notReadyReason !== message) logger.warn({ reason: message }, 'not ready');
        gate.wait(message);
      })
      .then((release) => this.activate(release))
      .catch((error: unknown) => this.activation.reject(error));
  }

  private get isEmbedded(): boolean {
    return !this.backend.isRemote;
  }

  private activate(release: Release): void {
    const { config, backend, telemetry } = this;
    for (const warning of release.warnings) this.logger.warn(warning);
    const options = {
      ...config,
      backendName: backend.name,
      towerCacheBytes: config.towerCacheMb * BYTES_PER_MIB,
      slotCount: slotCountOf(config),
    };
    const predictor = new Predictor(release, options, telemetry);
    this.gate.serve(predictor);
    this.activation.resolve({ release, predictor });
    this.readiness.changed();
  }
}

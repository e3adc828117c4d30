import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import { ControlledBackend } from '../backend/controlled-backend.js';
import type { PairstreamError } from '../../errors/pairstream-error.js';
import { loadModels, type Release, type ReleaseFiles } from '../../releases/release.js';
import { type GatewayOverrides, OVERRIDES } from '../config/config.module.js';
import { loadModelsWhenReady } from './release-loading.js';

/** Injection token of the ReleaseFiles. */
export const RELEASE_FILES = Symbol('RELEASE_FILES');

/** Loads the models of the release into the backend. Stops trying when the gateway closes. */
@Injectable()
export class ReleaseLoader implements OnModuleDestroy {
  private readonly closing = new AbortController();

  constructor(
    @Inject(RELEASE_FILES) private readonly files: ReleaseFiles,
    private readonly backend: ControlledBackend,
    @Inject(OVERRIDES) private readonly overrides: GatewayOverrides,
  ) {}

  /** Loads the models once. @throws PairstreamError as loadModels */
  async load(): Promise<Release> {
    return await loadModels(this.files, this.backend, this.overrides);
  }

  /**
   * Loads the models from servers outside this process, and retries until all of them are loaded.
   * @param onFailedAttempt called with the reason after each failed attempt
   * @throws PairstreamError as loadModelsWhenReady; CANCELLED when the gateway closes
   */
  async loadWhenReady(onFailedAttempt: (reason: PairstreamError) => void): Promise<Release> {
    return await loadModelsWhenReady(
      this.files,
      this.backend,
      this.overrides,
      this.closing.signal,
      onFailedAttempt,
    );
  }

  onModuleDestroy(): void {
    this.closing.abort();
  }
}

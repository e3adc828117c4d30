import { resolve } from 'node:path';
import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import type { Logger } from 'pino';
import type { Config } from '../../config/config.js';
import { FeatureLog } from '../../feedback/feature-log/feature-log.js';
import { forgetLeftRows } from '../../feedback/feature-log/left-folders.js';
import type { Hash64 } from '../../pairs/murmur3.js';
import type { ReleaseFiles } from '../../releases/release.js';
import { FeedbackTelemetry } from '../../telemetry/feedback-telemetry.js';
import { CONFIG } from '../config/config.module.js';
import { RELEASE_FILES } from '../release/release-loader.js';
import { LOGGER } from '../telemetry/telemetry.module.js';
import { BYTES_PER_MIB } from '../../config/byte-units.js';

const MS_PER_S = 1_000;

/** The feature log of the gateway, for as long as the application runs. Ends after the gRPC server is drained. */
@Injectable()
export class ServedFeatures implements OnApplicationShutdown {
  /** Undefined without PAIRSTREAM_FEATURE_LOG_DIR. */
  readonly log: FeatureLog | undefined;
  private readonly folder: string;

  /** @throws PairstreamError OUTPUT_FAILED if the folder cannot be used */
  constructor(
    @Inject(CONFIG) config: Config,
    @Inject(RELEASE_FILES) { vocabulary }: ReleaseFiles,
    @Inject(LOGGER) logger: Logger,
    telemetry: FeedbackTelemetry,
  ) {
    this.folder = resolve(config.featureLogDir);
    if (config.featureLogDir === '') return;
    const log = FeatureLog.open(
      {
        folder: this.folder,
        maxBytes: config.maxFeatureLogMb * BYTES_PER_MIB,
        maxFileBytes: config.featureLogFileMb * BYTES_PER_MIB,
        maxFileMs: config.featureLogFileS * MS_PER_S,
        oneIn: config.featureLogOneIn,
        vocabularySha256: vocabulary.sha256,
        maxRowCount: config.maxFeatureLogRows,
      },
      (line) => logger.warn(line),
    );
    telemetry.watchFeatureLog(() => log.levels);
    this.log = log;
  }

  /**
   * Removes a user's rows from the log, and from what worker threads of an earlier start have left beside it.
   * @param user hash of the user's id
   * @returns the number of rows; 0 without a log
   * @throws PairstreamError as FeatureLog.forget and forgetLeftRows
   */
  async forget(user: Readonly<Hash64>): Promise<number> {
    if (this.log === undefined) return 0;
    return (await this.log.forget(user)) + (await forgetLeftRows(this.folder, [this.folder], user));
  }

  async onApplicationShutdown(): Promise<void> {
    await this.log?.close();
  }
}

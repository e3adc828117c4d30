import { resolve } from 'node:path';
import { Module } from '@nestjs/common';
import type { Config } from '../../config/config.js';
import { FEEDBACK_SETTINGS } from '../../config/feedback-settings.js';
import { Feedback } from '../../feedback/feedback.js';
import { computeKeyScheme } from '../../feedback/tokens/key-scheme.js';
import { openTokenKeys } from '../../feedback/tokens/token-key-file.js';
import { parseTokenKeys, type TokenKeys } from '../../feedback/tokens/token-keys.js';
import type { ReleaseFiles } from '../../releases/release.js';
import { FeedbackTelemetry } from '../../telemetry/feedback-telemetry.js';
import { CONFIG, type GatewayOverrides, OVERRIDES } from '../config/config.module.js';
import { LearningSource } from '../config/learning-source.js';
import { RELEASE_FILES } from '../release/release-loader.js';
import { ReleaseFilesModule } from '../release/release-files.module.js';
import { LearningModule } from './learning.module.js';
import { ServedFeatures } from './served-features.js';
import { BYTES_PER_MIB } from '../../config/byte-units.js';

/** Injection token of the Feedback; undefined if the gateway takes none. */
export const FEEDBACK = Symbol('FEEDBACK');

/** Provides the feedback of the gateway, and the statistics that learn from it. */
@Module({
  imports: [ReleaseFilesModule, LearningModule],
  providers: [
    ServedFeatures,
    {
      provide: FEEDBACK,
      inject: [CONFIG, OVERRIDES, RELEASE_FILES, LearningSource, ServedFeatures, FeedbackTelemetry],
      useFactory: (
        config: Config,
        { feedback: override, worker }: GatewayOverrides,
        { vocabulary }: ReleaseFiles,
        learning: LearningSource,
        { log: featureLog }: ServedFeatures,
        telemetry: FeedbackTelemetry,
      ): Feedback | undefined => {
        const sink = override?.sink ?? learning.sink;
        if (sink === undefined) return undefined;
        const feedback = new Feedback({
          sink,
          eventLog: config.eventLog,
          keyScheme: computeKeyScheme(vocabulary.sha256),
          tokenKeys: tokenKeysOf(config, override?.stateDirectory ?? resolve(config.stateDir)),
          maxServedPairsBytes: override?.maxServedPairsBytes ?? config.maxServedPairsMb * BYTES_PER_MIB,
          featureLog,
          findElsewhere: worker?.findServed,
        });
        telemetry.watchServedPairs(() => feedback.served.state);
        return feedback;
      },
    },
  ],
  exports: [FEEDBACK, LearningModule, ServedFeatures],
})
export class FeedbackModule {}

/** Keys of the settings, else those of the state directory. @throws PairstreamError INVALID_CONFIG */
function tokenKeysOf({ feedbackKeys }: Config, stateDirectory: string): TokenKeys {
  if (feedbackKeys === '') return openTokenKeys(stateDirectory);
  return parseTokenKeys(feedbackKeys, FEEDBACK_SETTINGS.feedbackKeys.variable);
}

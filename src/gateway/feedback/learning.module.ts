import { Module } from '@nestjs/common';
import type { Logger } from 'pino';
import { ServerClock } from '../../pairs/server-clock.js';
import { type GatewayOverrides, OVERRIDES } from '../config/config.module.js';
import { LearningSource } from '../config/learning-source.js';
import { ReleaseFilesModule } from '../release/release-files.module.js';
import { LOGGER } from '../telemetry/telemetry.module.js';
import { LiveState } from './live-state.js';

/** Provides the statistics that learn from feedback, and the clock that events are compared with. */
@Module({
  imports: [ReleaseFilesModule],
  providers: [
    {
      provide: ServerClock,
      inject: [LOGGER],
      useFactory: (logger: Logger) => new ServerClock({ warn: (line) => logger.warn(line) }),
    },
    LiveState,
    {
      provide: LearningSource,
      inject: [OVERRIDES, LiveState],
      useFactory: ({ worker }: GatewayOverrides, live: LiveState) => worker?.learning ?? live,
    },
  ],
  exports: [ServerClock, LiveState, LearningSource],
})
export class LearningModule {}

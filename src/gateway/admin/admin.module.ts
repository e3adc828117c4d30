import { type DynamicModule, Module, type Type } from '@nestjs/common';
import { APP_FILTER, APP_PIPE } from '@nestjs/core';
import { TerminusModule } from '@nestjs/terminus';
import type { ReleaseFiles } from '../../releases/release.js';
import { StatisticsInspector } from '../../scoring/statistics-inspector.js';
import { LearningModule } from '../feedback/learning.module.js';
import { LiveState } from '../feedback/live-state.js';
import { LanguageTags } from '../grpc/decode/language-tags.js';
import { RELEASE_FILES } from '../release/release-loader.js';
import { ReleaseFilesModule } from '../release/release-files.module.js';
import { BackendController } from './backend.controller.js';
import { ConfigController } from './config.controller.js';
import { DrainController } from './drain.controller.js';
import { HealthController } from './health.controller.js';
import { InfoController } from './info.controller.js';
import { LearningController } from './learning.controller.js';
import { LogLevelController } from './log-level.controller.js';
import { MetricsController } from './metrics.controller.js';
import { ModelsController } from './models.controller.js';
import { ProblemDetailsFilter } from './problem-details.filter.js';
import { ReplicasController } from './replicas.controller.js';
import { SchemaValidationPipe } from './schema-validation.pipe.js';
import { StatisticsController } from './statistics.controller.js';
import { StreamsController } from './streams.controller.js';

/** Administration over HTTP. */
@Module({
  controllers: [
    HealthController,
    MetricsController,
    BackendController,
    InfoController,
    ModelsController,
    ReplicasController,
    StatisticsController,
    LearningController,
    ConfigController,
    LogLevelController,
    StreamsController,
    DrainController,
  ],
  providers: [
    {
      provide: StatisticsInspector,
      inject: [RELEASE_FILES, LiveState],
      useFactory: ({ statistics, languages }: ReleaseFiles, { live }: LiveState) => {
        const tags = new LanguageTags(languages);
        return new StatisticsInspector(
          statistics,
          (bytes, from, to, out) => tags.hash(bytes, from, to, out),
          () => live?.freshness.newestEventS ?? statistics.asOfS,
        );
      },
    },
    { provide: APP_FILTER, useClass: ProblemDetailsFilter },
    { provide: APP_PIPE, useClass: SchemaValidationPipe },
  ],
})
export class AdminModule {
  /** @param dataPlane module that provides the DataPlane */
  static forRoot(dataPlane: Type): DynamicModule {
    return {
      module: AdminModule,
      imports: [TerminusModule.forRoot({ logger: false }), ReleaseFilesModule, LearningModule, dataPlane],
    };
  }
}

import { Module } from '@nestjs/common';
import { APP_FILTER, APP_PIPE } from '@nestjs/core';
import { TerminusModule } from '@nestjs/terminus';
import type { ReleaseFiles } from '../../releases/release.js';
import { StatisticsInspector } from '../../scoring/statistics-inspector.js';
import { BackendModule } from '../backend/backend.module.js';
import { GrpcTransportModule } from '../grpc/grpc-transport.module.js';
import { LanguageTags } from '../grpc/decode/language-tags.js';
import { PredictionModule } from '../prediction/prediction.module.js';
import { RELEASE_FILES } from '../release/release-loader.js';
import { ReleaseModule } from '../release/release.module.js';
import { AnswerGuard } from './answer-guard.js';
import { BackendController } from './backend.controller.js';
import { ConfigController } from './config.controller.js';
import { DrainController } from './drain.controller.js';
import { HealthController } from './health.controller.js';
import { InfoController } from './info.controller.js';
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
  imports: [
    TerminusModule.forRoot({ logger: false }),
    BackendModule,
    PredictionModule,
    ReleaseModule,
    GrpcTransportModule,
  ],
  controllers: [
    HealthController,
    MetricsController,
    BackendController,
    InfoController,
    ModelsController,
    ReplicasController,
    StatisticsController,
    ConfigController,
    LogLevelController,
    StreamsController,
    DrainController,
  ],
  providers: [
    AnswerGuard,
    {
      provide: StatisticsInspector,
      inject: [RELEASE_FILES],
      useFactory: ({ statistics, languages }: ReleaseFiles) => {
        const tags = new LanguageTags(languages);
        return new StatisticsInspector(statistics, (bytes, from, to, out) => tags.hash(bytes, from, to, out));
      },
    },
    { provide: APP_FILTER, useClass: ProblemDetailsFilter },
    { provide: APP_PIPE, useClass: SchemaValidationPipe },
  ],
})
export class AdminModule {}

import { Module } from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import { TerminusModule } from '@nestjs/terminus';
import { BackendModule } from '../backend/backend.module.js';
import { PredictionModule } from '../prediction/prediction.module.js';
import { BackendController } from './backend.controller.js';
import { HealthController } from './health.controller.js';
import { MetricsController } from './metrics.controller.js';
import { ProblemDetailsFilter } from './problem-details.filter.js';

/** Administration over HTTP. */
@Module({
  imports: [TerminusModule.forRoot({ logger: false }), BackendModule, PredictionModule],
  controllers: [HealthController, MetricsController, BackendController],
  providers: [{ provide: APP_FILTER, useClass: ProblemDetailsFilter }],
})
export class AdminModule {}

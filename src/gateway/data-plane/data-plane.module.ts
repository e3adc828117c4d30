import { Module } from '@nestjs/common';
import { BackendModule } from '../backend/backend.module.js';
import { FeedbackModule } from '../feedback/feedback.module.js';
import { GrpcTransportModule } from '../grpc/grpc-transport.module.js';
import { PredictionModule } from '../prediction/prediction.module.js';
import { AnswerGuard } from './answer-guard.js';
import { DataPlane } from './data-plane.js';
import { LocalDataPlane } from './local-data-plane.js';

/** Serves calls on this thread, and provides the data plane for operators. */
@Module({
  imports: [BackendModule, PredictionModule, FeedbackModule, GrpcTransportModule],
  providers: [AnswerGuard, { provide: DataPlane, useClass: LocalDataPlane }],
  exports: [DataPlane, GrpcTransportModule],
})
export class DataPlaneModule {}

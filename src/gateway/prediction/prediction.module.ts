import { Module } from '@nestjs/common';
import { ServingGate } from '../../scoring/serving-gate.js';
import { BackendModule } from '../backend/backend.module.js';
import { FeedbackModule } from '../feedback/feedback.module.js';
import { ReleaseModule } from '../release/release.module.js';
import { Readiness } from './readiness.js';
import { ReleaseActivator } from './release-activator.js';

/** Provides the gate that requests are scored through, its readiness, and the activation of the release. */
@Module({
  imports: [BackendModule, ReleaseModule, FeedbackModule],
  providers: [ServingGate, Readiness, ReleaseActivator],
  exports: [ServingGate, Readiness, ReleaseActivator],
})
export class PredictionModule {}

import { Module } from '@nestjs/common';
import { DataPlane } from '../data-plane/data-plane.js';
import { LearningModule } from '../feedback/learning.module.js';
import { ReleaseFilesModule } from '../release/release-files.module.js';
import { ThreadedDataPlane } from './threaded-data-plane.js';
import { WorkerTransport } from './worker-transport.js';

/** Serves calls on worker threads, and provides the data plane for operators. */
@Module({
  imports: [ReleaseFilesModule, LearningModule],
  providers: [WorkerTransport, { provide: DataPlane, useClass: ThreadedDataPlane }],
  exports: [DataPlane, WorkerTransport],
})
export class WorkersModule {}

import { Module } from '@nestjs/common';
import { BackendModule } from '../backend/backend.module.js';
import { ReleaseFilesModule } from './release-files.module.js';
import { ReleaseLoader } from './release-loader.js';

/** Provides the files of the release, and the loader of its models. */
@Module({
  imports: [BackendModule, ReleaseFilesModule],
  providers: [ReleaseLoader],
  exports: [ReleaseFilesModule, ReleaseLoader],
})
export class ReleaseModule {}

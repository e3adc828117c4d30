import { Module } from '@nestjs/common';
import type { Config } from '../../config/config.js';
import { packagePath } from '../../config/package-files.js';
import { readReleaseFiles } from '../../releases/release.js';
import { BackendModule } from '../backend/backend.module.js';
import { CONFIG } from '../config/config.module.js';
import { RELEASE_FILES, ReleaseLoader } from './release-loader.js';

/** Provides the files of the release, and the loader of its models. */
@Module({
  imports: [BackendModule],
  providers: [
    {
      provide: RELEASE_FILES,
      inject: [CONFIG],
      useFactory: ({ pipeline }: Config) => readReleaseFiles(packagePath(pipeline)),
    },
    ReleaseLoader,
  ],
  exports: [RELEASE_FILES, ReleaseLoader],
})
export class ReleaseModule {}

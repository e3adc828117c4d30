import { Module } from '@nestjs/common';
import type { Config } from '../../config/config.js';
import { packagePath } from '../../config/package-files.js';
import { readReleaseFiles } from '../../releases/release.js';
import { CONFIG, type GatewayOverrides, OVERRIDES } from '../config/config.module.js';
import { RELEASE_FILES } from './release-loader.js';

/** Provides the files of the release. */
@Module({
  providers: [
    {
      provide: RELEASE_FILES,
      inject: [CONFIG, OVERRIDES],
      useFactory: async ({ pipeline }: Config, { begun }: GatewayOverrides) =>
        readReleaseFiles(
          packagePath(pipeline),
          begun && { file: begun.pipelineFile, snapshot: await begun.snapshot },
        ),
    },
  ],
  exports: [RELEASE_FILES],
})
export class ReleaseFilesModule {}

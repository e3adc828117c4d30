import { Controller, Get } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { DataPlane } from '../data-plane/data-plane.js';
import type { z } from 'zod';
import { packageVersion } from '../../config/package-files.js';
import { sourceCommit } from './source-commit.js';
import { infoSchema } from './info.schemas.js';

/** `/admin/v1/info`: what runs here. */
@ApiTags('server')
@Controller('admin/v1/info')
export class InfoController {
  constructor(private readonly plane: DataPlane) {}

  @Get()
  @ApiOperation({ summary: 'Version, build, release and readiness' })
  @ApiOkResponse({ standardSchema: infoSchema })
  async info(): Promise<z.input<typeof infoSchema>> {
    const { isReady, reason = null, degraded = null } = this.plane.readiness;
    const uptimeS = process.uptime();
    return {
      version: packageVersion(),
      commit: await sourceCommit(),
      node: process.version,
      startedAt: new Date(Date.now() - uptimeS * 1_000).toISOString(),
      uptimeS,
      backend: this.plane.backendName,
      release: this.release(),
      isReady,
      reason,
      degraded,
    };
  }

  private release(): z.input<typeof infoSchema>['release'] {
    const { release } = this.plane;
    if (release === undefined) return null;
    const { releaseId, pipelineName, rungs } = release;
    return { id: releaseId, pipeline: pipelineName, rungs: rungs.map(({ name }) => name) };
  }
}

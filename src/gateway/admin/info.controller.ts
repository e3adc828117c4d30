import { Controller, Get } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { z } from 'zod';
import { ControlledBackend } from '../backend/controlled-backend.js';
import { packageVersion } from '../../config/package-files.js';
import { ServingGate } from '../../scoring/serving-gate.js';
import { Readiness } from '../prediction/readiness.js';
import { sourceCommit } from './source-commit.js';
import { infoSchema } from './info.schemas.js';

/** `/admin/v1/info`: what runs here. */
@ApiTags('server')
@Controller('admin/v1/info')
export class InfoController {
  constructor(
    private readonly backend: ControlledBackend,
    private readonly gate: ServingGate,
    private readonly readiness: Readiness,
  ) {}

  @Get()
  @ApiOperation({ summary: 'Version, build, release and readiness' })
  @ApiOkResponse({ standardSchema: infoSchema })
  async info(): Promise<z.input<typeof infoSchema>> {
    const { isReady, reason = null, degraded = null } = this.readiness.check();
    const uptimeS = process.uptime();
    return {
      version: packageVersion(),
      commit: await sourceCommit(),
      node: process.version,
      startedAt: new Date(Date.now() - uptimeS * 1_000).toISOString(),
      uptimeS,
      backend: this.backend.name,
      release: this.release(),
      isReady,
      reason,
      degraded,
    };
  }

  private release(): z.input<typeof infoSchema>['release'] {
    if (this.gate.notReadyReason !== undefined) return null;
    const { releaseId, pipelineName, rungs } = this.gate.info;
    return { id: releaseId, pipeline: pipelineName, rungs: rungs.map(({ name }) => name) };
  }
}

import { Controller, Get } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiServiceUnavailableResponse, ApiTags } from '@nestjs/swagger';
import { HealthCheck, HealthCheckService, HealthIndicatorService } from '@nestjs/terminus';
import { DataPlane } from '../data-plane/data-plane.js';
import { livenessSchema, readinessSchema, UNREADINESS_SCHEMA } from './health.schemas.js';
import { PROBLEM_MEDIA_TYPE } from './problem-details.js';

/** `/healthz`: the process answers. `/readyz`: the gateway accepts requests. */
@ApiTags('probes')
@Controller()
export class HealthController {
  constructor(
    private readonly health: HealthCheckService,
    private readonly indicators: HealthIndicatorService,
    private readonly plane: DataPlane,
  ) {}

  @Get('healthz')
  @HealthCheck({ noCache: true, swaggerDocumentation: false })
  @ApiOperation({ summary: 'The process answers' })
  @ApiOkResponse({ standardSchema: livenessSchema })
  live(): Promise<unknown> {
    return this.health.check([]);
  }

  @Get('readyz')
  @HealthCheck({ noCache: true, swaggerDocumentation: false })
  @ApiOperation({ summary: 'The gateway accepts requests' })
  @ApiOkResponse({ standardSchema: readinessSchema })
  @ApiServiceUnavailableResponse({
    description: 'The gateway is not ready: problem details with the state of the release',
    content: { [PROBLEM_MEDIA_TYPE]: { schema: UNREADINESS_SCHEMA } },
  })
  ready(): Promise<unknown> {
    return this.health.check([
      () => {
        const { isReady, ...details } = this.plane.readiness;
        const indicator = this.indicators.check('release');
        return isReady ? indicator.up(details) : indicator.down(details);
      },
    ]);
  }
}

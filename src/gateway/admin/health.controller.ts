import { Controller, Get } from '@nestjs/common';
import { HealthCheck, HealthCheckService, HealthIndicatorService } from '@nestjs/terminus';
import { Readiness } from '../prediction/readiness.js';

/** `/healthz`: the process answers. `/readyz`: the gateway accepts requests. */
@Controller()
export class HealthController {
  constructor(
    private readonly health: HealthCheckService,
    private readonly indicators: HealthIndicatorService,
    private readonly readiness: Readiness,
  ) {}

  @Get('healthz')
  @HealthCheck()
  live(): Promise<unknown> {
    return this.health.check([]);
  }

  @Get('readyz')
  @HealthCheck()
  ready(): Promise<unknown> {
    return this.health.check([
      () => {
        const { isReady, ...details } = this.readiness.check();
        const indicator = this.indicators.check('release');
        return isReady ? indicator.up(details) : indicator.down(details);
      },
    ]);
  }
}

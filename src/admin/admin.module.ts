import { Controller, type DynamicModule, Get, Header, Inject, Module } from '@nestjs/common';
import { HealthCheck, HealthCheckService, HealthIndicatorService, TerminusModule } from '@nestjs/terminus';
import type { Telemetry } from '../telemetry/telemetry.js';

/** Injection token of the Telemetry. */
export const TELEMETRY = Symbol('telemetry');
/** Injection token of the Readiness. */
export const READINESS = Symbol('readiness');

/** Whether the gateway takes messages, and why not. */
export interface Readiness {
  check(): { readonly isReady: boolean; readonly releaseId?: string; readonly reason?: string };
}

/** `/healthz`: the process answers. `/readyz`: it takes messages. */
@Controller()
export class HealthController {
  constructor(
    @Inject(HealthCheckService) private readonly health: HealthCheckService,
    @Inject(HealthIndicatorService) private readonly indicators: HealthIndicatorService,
    @Inject(READINESS) private readonly readiness: Readiness,
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

/** `/metrics` in the Prometheus text format. */
@Controller('metrics')
export class MetricsController {
  constructor(@Inject(TELEMETRY) private readonly telemetry: Telemetry) {}

  @Get()
  @Header('content-type', 'text/plain; version=0.0.4; charset=utf-8')
  metrics(): Promise<string> {
    return this.telemetry.registry.metrics();
  }
}

/** The admin HTTP application. */
@Module({})
export class AdminModule {
  static register(telemetry: Telemetry, readiness: Readiness): DynamicModule {
    return {
      module: AdminModule,
      imports: [TerminusModule.forRoot({ logger: false })],
      controllers: [HealthController, MetricsController],
      providers: [
        { provide: TELEMETRY, useValue: telemetry },
        { provide: READINESS, useValue: readiness },
      ],
    };
  }
}

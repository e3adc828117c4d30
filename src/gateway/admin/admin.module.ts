import { Controller, type DynamicModule, Get, Header, Inject, Module } from '@nestjs/common';
import { HealthCheck, HealthCheckService, HealthIndicatorService, TerminusModule } from '@nestjs/terminus';
import type { Backend, ReplicaState } from '../../backends/backend.js';
import type { Telemetry } from '../../telemetry/telemetry.js';

/** Injection token of the Telemetry. */
export const TELEMETRY = Symbol('telemetry');
/** Injection token of the Readiness. */
export const READINESS = Symbol('readiness');

/** Injection token of the Backend. */
export const BACKEND = Symbol('backend');

/** Whether the gateway takes messages, and why not. */
export interface Readiness {
  check(): {
    readonly isReady: boolean;
    readonly releaseId?: string;
    readonly reason?: string;
    /** When some models are out: the rung that messages are answered at, and who is missing. */
    readonly degraded?: string;
  };
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

/** What runs the models. */
export interface BackendReport {
  readonly backend: string;
  /** Servers outside this process. */
  readonly replicas: readonly ReplicaState[];
}

/** `/backend`: what runs the models, and in which state each server is. */
@Controller('backend')
export class BackendController {
  constructor(@Inject(BACKEND) private readonly backend: Backend) {}

  @Get()
  report(): BackendReport {
    return { backend: this.backend.name, replicas: this.backend.health?.describe() ?? [] };
  }
}

/** The admin HTTP application. */
@Module({})
export class AdminModule {
  static register(telemetry: Telemetry, readiness: Readiness, backend: Backend): DynamicModule {
    return {
      module: AdminModule,
      imports: [TerminusModule.forRoot({ logger: false })],
      controllers: [HealthController, MetricsController, BackendController],
      providers: [
        { provide: TELEMETRY, useValue: telemetry },
        { provide: READINESS, useValue: readiness },
        { provide: BACKEND, useValue: backend },
      ],
    };
  }
}

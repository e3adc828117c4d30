import {
  type BeforeApplicationShutdown,
  type DynamicModule,
  Module,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { LoggerModule } from 'nestjs-pino';
import type { Logger } from 'pino';
import { AdminModule, type Readiness } from './admin/admin.module.js';
import type { ServingGate } from '../scoring/serving-gate.js';
import type { Backend } from '../backends/backend.js';
import type { GrpcServer } from './grpc/grpc-server.js';
import type { Telemetry } from '../telemetry/telemetry.js';

const NO_OUTAGES: ReadonlyMap<string, string> = new Map();

/** What a gateway is made of. */
export interface GatewayParts {
  readonly gate: ServingGate;
  readonly grpcServer: GrpcServer;
  readonly telemetry: Telemetry;
  readonly backend: Backend;
  readonly logger: Logger;
  readonly drainTimeoutMs: number;
}

/** Ties the gRPC server to the life of the Nest application: it listens last and drains first. */
export class GrpcLifecycle implements OnApplicationBootstrap, BeforeApplicationShutdown {
  /** Undefined until it listens. */
  grpcPort: number | undefined;
  private isClosing = false;

  constructor(private readonly parts: GatewayParts) {
    parts.backend.health?.subscribe(() => this.updateServing());
  }

  async onApplicationBootstrap(): Promise<void> {
    this.grpcPort = await this.parts.grpcServer.listen();
    this.updateServing();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.isClosing = true;
    const { gate, grpcServer, drainTimeoutMs, logger } = this.parts;
    const drained = gate.current?.drain(drainTimeoutMs) ?? Promise.resolve(true);
    await grpcServer.close(drained);
    if (!(await drained))
      logger.warn({ pairs: gate.current?.inFlightPairCount }, 'shut down with pairs unanswered');
  }

  /** Tells the health service what is so now. */
  updateServing(): void {
    if (this.grpcPort !== undefined && !this.isClosing)
      this.parts.grpcServer.setServing(this.readiness.check().isReady);
  }

  readonly readiness: Readiness = {
    check: () => {
      const { gate, backend } = this.parts;
      if (this.isClosing) return { isReady: false, reason: 'shutting down' };
      if (this.grpcPort === undefined) return { isReady: false, reason: 'starting' };
      if (gate.obstacle !== undefined) return { isReady: false, reason: gate.obstacle };
      const { releaseId } = gate.info;
      const outages = backend.health?.outages ?? NO_OUTAGES;
      const [outage] = outages.values();
      if (outage === undefined) return { isReady: true, releaseId };
      const outcome = gate.outcomeWithout(new Set(outages.keys()));
      // Base rates answer without any model: who has another gateway should go there.
      if (outcome === undefined || outcome.rung.baseRates !== undefined)
        return { isReady: false, reason: outage };
      if (outcome.missing.length === 0) return { isReady: true, releaseId };
      const degraded = `rung ${outcome.rung.name}, missing ${outcome.missing.join(', ')}`;
      return { isReady: true, releaseId, degraded };
    },
  };
}

/** The Nest application: admin HTTP, logging, and the life of the gRPC server. */
@Module({})
export class GatewayModule {
  static register(parts: GatewayParts): DynamicModule {
    const lifecycle = new GrpcLifecycle(parts);
    return {
      module: GatewayModule,
      imports: [
        LoggerModule.forRoot({ pinoHttp: { logger: parts.logger, autoLogging: false } }),
        AdminModule.register(parts.telemetry, lifecycle.readiness, parts.backend),
      ],
      providers: [{ provide: GrpcLifecycle, useValue: lifecycle }],
    };
  }
}

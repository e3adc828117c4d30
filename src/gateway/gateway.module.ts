import {
  type BeforeApplicationShutdown,
  type DynamicModule,
  Module,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { LoggerModule } from 'nestjs-pino';
import type { Logger } from 'pino';
import { AdminModule, type Readiness } from '../admin/admin.module.js';
import type { ServingGate } from '../dataplane/serving-gate.js';
import type { Backend } from '../inference/backend.js';
import type { GrpcServer } from '../ingress/grpc/grpc-server.js';
import type { Telemetry } from '../telemetry/telemetry.js';

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
      const reason = gate.obstacle ?? backend.health?.outage;
      if (reason !== undefined) return { isReady: false, reason };
      return { isReady: true, releaseId: gate.info.releaseId };
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

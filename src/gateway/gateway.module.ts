import {
  type BeforeApplicationShutdown,
  type DynamicModule,
  Module,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { LoggerModule } from 'nestjs-pino';
import type { Logger } from 'pino';
import { AdminModule, type Readiness } from '../admin/admin.module.js';
import type { Predictor } from '../dataplane/predictor.js';
import type { GrpcServer } from '../ingress/grpc/grpc-server.js';
import type { Telemetry } from '../telemetry/telemetry.js';

/** What a gateway is made of. */
export interface GatewayParts {
  readonly predictor: Predictor;
  readonly grpcServer: GrpcServer;
  readonly telemetry: Telemetry;
  readonly logger: Logger;
  readonly drainTimeoutMs: number;
}

/** Ties the gRPC server to the life of the Nest application: it listens last and drains first. */
export class GrpcLifecycle implements OnApplicationBootstrap, BeforeApplicationShutdown {
  /** Undefined until it listens. */
  grpcPort: number | undefined;
  private isClosing = false;

  constructor(private readonly parts: GatewayParts) {}

  async onApplicationBootstrap(): Promise<void> {
    this.grpcPort = await this.parts.grpcServer.listen();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.isClosing = true;
    const { predictor, grpcServer, drainTimeoutMs, logger } = this.parts;
    const drained = predictor.drain(drainTimeoutMs);
    await grpcServer.close(drained);
    if (!(await drained))
      logger.warn({ pairs: predictor.inFlightPairCount }, 'shut down with pairs unanswered');
  }

  readonly readiness: Readiness = {
    check: () => {
      if (this.isClosing) return { isReady: false, reason: 'shutting down' };
      if (this.grpcPort === undefined) return { isReady: false, reason: 'starting' };
      return { isReady: true, releaseId: this.parts.predictor.info.releaseId };
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
        AdminModule.register(parts.telemetry, lifecycle.readiness),
      ],
      providers: [{ provide: GrpcLifecycle, useValue: lifecycle }],
    };
  }
}

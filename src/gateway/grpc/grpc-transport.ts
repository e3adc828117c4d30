import { type BeforeApplicationShutdown, Inject, Injectable } from '@nestjs/common';
import type { CustomTransportStrategy } from '@nestjs/microservices';
import type { Logger } from 'pino';
import type { Config } from '../../config/config.js';
import { PairstreamError } from '../../errors/pairstream-error.js';
import { ServingGate } from '../../scoring/serving-gate.js';
import { CONFIG } from '../config/config.module.js';
import { Readiness } from '../prediction/readiness.js';
import { LOGGER } from '../telemetry/telemetry.module.js';
import { GrpcServer } from './server/grpc-server.js';
import { logGrpcLibrary } from './server/library-log.js';

/**
 * The gRPC server as a transport of the Nest application, which starts it after every module and drains it before the admin
 * port closes. Calls go from the server to the pair service without Nest in between.
 */
@Injectable()
export class GrpcTransport implements CustomTransportStrategy, BeforeApplicationShutdown {
  readonly transportId = Symbol('grpc');
  private boundPort: number | undefined;
  private closed: Promise<void> | undefined;

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    @Inject(LOGGER) private readonly logger: Logger,
    private readonly server: GrpcServer,
    private readonly gate: ServingGate,
    private readonly readiness: Readiness,
  ) {
    logGrpcLibrary(logger);
    readiness.subscribe(() => this.publishReadiness());
  }

  /** The port that is listened on. @throws PairstreamError INTERNAL before the server listens */
  get port(): number {
    if (this.boundPort === undefined) throw new PairstreamError('INTERNAL', 'the gRPC server did not start');
    return this.boundPort;
  }

  /** @param callback called without an argument when the server listens, else with the error of GrpcServer.listen */
  async listen(callback: (error?: unknown) => void): Promise<void> {
    try {
      this.boundPort = await this.server.listen();
    } catch (error) {
      callback(error);
      return;
    }
    this.readiness.startListening();
    callback();
  }

  /** The admin application still answers /readyz while the gRPC server drains. */
  async beforeApplicationShutdown(): Promise<void> {
    await this.close();
  }

  /** Answers the requests in flight within the drain timeout, then closes the server. */
  async close(): Promise<void> {
    await (this.closed ??= this.drain());
  }

  private async drain(): Promise<void> {
    const { gate, server, config, logger } = this;
    this.readiness.stop();
    const drained = gate.drain(config.drainTimeoutMs);
    await server.close(drained);
    if (!(await drained))
      logger.warn({ pairs: gate.current?.inFlightPairCount }, 'shut down with pairs unanswered');
  }

  /** Publishes the current readiness to the gRPC health service. */
  private publishReadiness(): void {
    if (this.closed === undefined) this.server.setServing(this.readiness.check().isReady);
  }
}

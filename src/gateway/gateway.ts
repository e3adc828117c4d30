import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Logger as NestLogger } from 'nestjs-pino';
import { z } from 'zod';
import type { Config } from '../config/config.js';
import { listenError } from '../config/listen-error.js';
import { PairstreamError } from '../errors/pairstream-error.js';
import { ServingGate } from '../scoring/serving-gate.js';
import { createHttpAdapter } from './admin/http-adapter.js';
import { serveOpenApi } from './admin/openapi.js';
import { AppModule } from './app.module.js';
import { CONFIG, type GatewayOverrides } from './config/config.module.js';
import { GrpcTransport } from './grpc/grpc-transport.js';
import { ReleaseActivator, type ActiveRelease } from './prediction/release-activator.js';

/** A gateway that listens. */
export interface Gateway {
  readonly grpcPort: number;
  readonly adminPort: number;
  /**
   * Resolves when the models are loaded and checked: at once with the embedded backend, else when the servers have them.
   * Rejects if the gateway closes first, or on an error that no retry corrects.
   */
  readonly served: Promise<ActiveRelease>;
  /** Reason that no release is active yet; undefined if one is. */
  readonly notReadyReason: string | undefined;
  /** Drains and stops. May be called more than once. */
  close(): Promise<void>;
}

/**
 * Starts a gateway. With the embedded backend the gateway listens when the models are loaded. With Triton it listens at once,
 * is NOT_SERVING, and waits for the models.
 * @throws PairstreamError INVALID_* for files that are damaged or do not fit together, INVALID_CONFIG for a host or port
 *   that cannot be listened on, PORT_IN_USE
 */
export async function startGateway(config: Config, overrides: GatewayOverrides = {}): Promise<Gateway> {
  let app: NestFastifyApplication;
  try {
    app = await NestFactory.create<NestFastifyApplication>(
      AppModule.forRoot(config, overrides),
      createHttpAdapter(),
      // Nest would log a provider's error beside the one that is thrown.
      { logger: false, abortOnError: false },
    );
  } catch (error) {
    await overrides.backend?.close();
    throw error;
  }
  app.useLogger(app.get(NestLogger));
  return await startApplication(app);
}

/**
 * Starts an application of the AppModule, as startGateway does: initializes its modules, opens the gRPC port, then the admin
 * port. Closes the application if one of these fails.
 * @param app made by NestFactory, or in a test by Test.createTestingModule
 * @throws PairstreamError as startGateway
 */
export async function startApplication(app: NestFastifyApplication): Promise<Gateway> {
  const transport = app.get(GrpcTransport);
  const gate = app.get(ServingGate);
  const activator = app.get(ReleaseActivator);
  app.connectMicroservice({ strategy: transport });
  serveOpenApi(app);
  try {
    await app.init();
    await app.startAllMicroservices();
    await listenAdmin(app);
  } catch (error) {
    await app.close();
    throw error;
  }
  let closed: Promise<void> | undefined;
  return {
    grpcPort: transport.port,
    adminPort: portOf(app),
    served: activator.served,
    get notReadyReason() {
      return gate.notReadyReason;
    },
    close: () => (closed ??= app.close()),
  };
}

async function listenAdmin(app: NestFastifyApplication): Promise<void> {
  const { adminHost: host, adminPort: port } = app.get<Config>(CONFIG);
  try {
    // Nest's own listen() would log the error beside the one that is thrown.
    await app.getHttpAdapter().getInstance().listen({ port, host });
  } catch (error) {
    throw error instanceof PairstreamError ? error : listenError({ host, port, setting: 'adminPort' }, error);
  }
}

function portOf(app: NestFastifyApplication): number {
  const address: unknown = app.getHttpServer().address();
  return z.object({ port: z.number() }).parse(address).port;
}

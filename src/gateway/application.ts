import 'reflect-metadata';
import type { DynamicModule } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { CustomTransportStrategy } from '@nestjs/microservices';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Logger as NestLogger } from 'nestjs-pino';
import { z } from 'zod';
import type { Config } from '../config/config.js';
import { listenError } from '../config/listen-error.js';
import { PairstreamError } from '../errors/pairstream-error.js';
import { createHttpAdapter } from './admin/http-adapter.js';
import { serveOpenApi } from './admin/openapi.js';
import { CONFIG } from './config/config.module.js';

/** Creates the Nest application of a gateway, which logs by the gateway's own log. @throws the error of a provider */
export async function createApplication(module: DynamicModule): Promise<NestFastifyApplication> {
  const app = await NestFactory.create<NestFastifyApplication>(
    module,
    createHttpAdapter(),
    // Nest would log a provider's error beside the one that is thrown.
    { logger: false, abortOnError: false },
  );
  app.useLogger(app.get(NestLogger));
  return app;
}

/**
 * Initializes the modules of an application, opens the gRPC port, then the admin port. Closes the application if one of these fails.
 * @param transport opens the gRPC port
 * @returns the admin port
 * @throws PairstreamError as startGateway
 */
export async function listenApplication(
  app: NestFastifyApplication,
  transport: CustomTransportStrategy,
): Promise<number> {
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
  const address: unknown = app.getHttpServer().address();
  return z.object({ port: z.number() }).parse(address).port;
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

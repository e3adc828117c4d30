import 'reflect-metadata';
import type { DynamicModule } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { CustomTransportStrategy } from '@nestjs/microservices';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Logger as NestLogger } from 'nestjs-pino';
import { Server as TlsServer, type TlsOptions } from 'node:tls';
import type { Logger } from 'pino';
import { z } from 'zod';
import type { Config } from '../config/config.js';
import { listenError } from '../config/listen-error.js';
import { PairstreamError } from '../errors/pairstream-error.js';
import type { Authenticator } from '../security/authenticator.js';
import { guardHandshakes } from '../security/handshakes.js';
import type { ReloadedFiles } from '../security/reloaded-files.js';
import { readTlsMaterial, secureContextOf, type TlsMaterial, tlsPaths } from '../security/tls-material.js';
import { SecurityTelemetry } from '../telemetry/security-telemetry.js';
import { guardRequests } from './admin/request-guard.js';
import { createHttpAdapter, refuseWrongMethods } from './admin/http-adapter.js';
import { serveOpenApi } from './admin/openapi.js';
import { CONFIG } from './config/config.module.js';
import { CALLERS, TLS } from './security/security.module.js';
import { LOGGER } from './telemetry/telemetry.module.js';

/** Creates the Nest application of a gateway, which logs by the gateway's own log. @throws the error of a provider */
export async function createApplication(
  module: DynamicModule,
  config: Config,
): Promise<NestFastifyApplication> {
  const app = await NestFactory.create<NestFastifyApplication>(
    module,
    createHttpAdapter(adminTls(config)),
    // Nest would log a provider's error beside the one that is thrown.
    { logger: false, abortOnError: false },
  );
  app.useLogger(app.get(NestLogger));
  followCertificate(app);
  guardAdmin(app, config);
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

/** Options of the admin port: clients may show a certificate, but probes need none. Undefined without TLS. */
function adminTls(config: Config): TlsOptions | undefined {
  if (tlsPaths(config).length === 0) return undefined;
  const material = readTlsMaterial(config);
  return {
    ...secureContextOf(material),
    handshakeTimeout: config.tlsHandshakeMs,
    requestCert: material.clientCa !== undefined,
    rejectUnauthorized: false,
  };
}

function guardAdmin(app: NestFastifyApplication, { adminHost, adminAllowedHosts }: Config): void {
  const names = [adminHost, ...adminAllowedHosts.split(',')];
  const telemetry = app.get(SecurityTelemetry);
  const server = app.getHttpAdapter().getInstance();
  guardRequests(server, {
    allowedHosts: new Set(names.map((name) => name.trim().toLowerCase()).filter((name) => name !== '')),
    callers: app.get<ReloadedFiles<Authenticator> | undefined>(CALLERS),
    onRefused: (reason) => telemetry.requestRefused(reason),
    logger: app.get<Logger>(LOGGER),
  });
  // After the guard: whoever may not call a route learns nothing of it.
  refuseWrongMethods(server);
}

/** New connections use the newest certificate; those that are open stay. */
function followCertificate(app: NestFastifyApplication): void {
  const server: unknown = app.getHttpServer();
  const tls = app.get<ReloadedFiles<TlsMaterial> | undefined>(TLS);
  if (!(server instanceof TlsServer)) return;
  const telemetry = app.get(SecurityTelemetry);
  guardHandshakes(server, () => telemetry.requestRefused('handshake'));
  tls?.subscribe((material) => server.setSecureContext(secureContextOf(material)));
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

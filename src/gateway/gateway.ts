import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { isAbsolute, join } from 'node:path';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Logger as NestLogger } from 'nestjs-pino';
import type { Logger } from 'pino';
import 'reflect-metadata';
import { z } from 'zod';
import { OnnxBackend } from '../backends/onnx/onnx-backend.js';
import type { Config } from '../config/config.js';
import { Predictor } from '../dataplane/predictor.js';
import { PairstreamError } from '../errors/pairstream-error.js';
import { GrpcServer } from '../ingress/grpc/grpc-server.js';
import { MessageHandler } from '../ingress/grpc/message-handler.js';
import { PairService } from '../ingress/grpc/pair-service.js';
import type { Backend } from '../inference/backend.js';
import { loadRelease, type Release } from '../releases/release.js';
import { WordpieceTokenizer } from '../text/wordpiece-tokenizer.js';
import { createLogger } from '../telemetry/logger.js';
import { Telemetry } from '../telemetry/telemetry.js';
import { GatewayModule, GrpcLifecycle } from './gateway.module.js';

/** Root of the package: pipelines, models and package.json lie beside src/ and dist/. */
const PACKAGE_ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** What may be replaced when a gateway is started from code. */
export interface GatewayOverrides {
  /** Default: ONNX Runtime in this process. The gateway closes it. */
  readonly backend?: Backend;
  /** See ReleaseOptions. Default true. */
  readonly checksGoldenRows?: boolean;
}

/** A gateway that serves. */
export interface Gateway {
  readonly grpcPort: number;
  readonly adminPort: number;
  readonly release: Release;
  readonly predictor: Predictor;
  /** Drains and stops; may be called more than once. */
  close(): Promise<void>;
}

/** Version of this package. */
export function packageVersion(): string {
  const text = readFileSync(join(PACKAGE_ROOT, 'package.json'), 'utf8');
  return z.object({ version: z.string() }).parse(JSON.parse(text)).version;
}

/** Path of a file that is named relative to the package. */
export function packagePath(path: string): string {
  return isAbsolute(path) ? path : join(PACKAGE_ROOT, path);
}

/**
 * Loads the release, starts the admin application, then the gRPC server.
 * @throws PairstreamError INVALID_* for files that are damaged or do not fit together, PORT_IN_USE
 */
export async function startGateway(config: Config, overrides: GatewayOverrides = {}): Promise<Gateway> {
  const backend = overrides.backend ?? new OnnxBackend({ threadCount: config.onnxThreads });
  const logger = createLogger(config.logLevel);
  const telemetry = new Telemetry(config.maxInFlightPairs);
  const release = await loadRelease(packagePath(config.pipeline), backend, overrides);
  const predictor = new Predictor(
    release,
    { ...config, backendName: backend.name, towerCacheBytes: config.towerCacheMb * 1_024 * 1_024 },
    telemetry,
  );
  const handler = new MessageHandler({
    scorer: predictor,
    telemetry,
    maxPairsPerMessage: config.maxPairsPerMessage,
    tokenizer: new WordpieceTokenizer(release.vocabulary),
    languages: release.languages,
    onFault: (error) => logger.error({ err: error.cause ?? error }, error.message),
  });
  const service = new PairService({
    ...config,
    handler,
    telemetry,
    info: predictor.info,
    serverVersion: packageVersion(),
  });
  const grpcServer = new GrpcServer(service, { ...config, port: config.grpcPort });
  const { drainTimeoutMs } = config;
  const app = await NestFactory.create<NestFastifyApplication>(
    GatewayModule.register({
      predictor,
      grpcServer,
      telemetry,
      logger: frameworkLogger(logger),
      drainTimeoutMs,
    }),
    new FastifyAdapter(),
    { bufferLogs: true, abortOnError: false },
  );
  app.useLogger(app.get(NestLogger));
  await listenAdmin(app, config);
  const { grpcPort } = app.get(GrpcLifecycle);
  if (grpcPort === undefined) throw new PairstreamError('INTERNAL', 'the gRPC server did not start');
  let closing: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    await app.close();
    await backend.close();
  };
  return { grpcPort, adminPort: portOf(app), release, predictor, close: () => (closing ??= close()) };
}

/** Nest tells every route it maps at level info: that is for those who debug. */
function frameworkLogger(logger: Logger): Logger {
  return logger.level === 'info' ? logger.child({}, { level: 'warn' }) : logger;
}

async function listenAdmin(app: NestFastifyApplication, { host, adminPort }: Config): Promise<void> {
  try {
    await app.listen(adminPort, host);
  } catch (error) {
    await app.close();
    if (!(error instanceof Error && 'code' in error && error.code === 'EADDRINUSE')) throw error;
    const message = `port ${adminPort} of ${host} is in use; set PAIRSTREAM_ADMIN_PORT to another for the admin application`;
    throw new PairstreamError('PORT_IN_USE', message, { field: 'PAIRSTREAM_ADMIN_PORT', cause: error });
  }
}

function portOf(app: NestFastifyApplication): number {
  const address: unknown = app.getHttpServer().address();
  return z.object({ port: z.number() }).parse(address).port;
}

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { isAbsolute, join } from 'node:path';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Logger as NestLogger } from 'nestjs-pino';
import type { Logger } from 'pino';
import 'reflect-metadata';
import { z } from 'zod';
import { bufferedMessageBytes, type Config } from '../config/config.js';
import { listenError } from '../config/listen-error.js';
import { Predictor } from '../scoring/predictor.js';
import { ServingGate } from '../scoring/serving-gate.js';
import { PairstreamError } from '../errors/pairstream-error.js';
import { GrpcServer } from './grpc/grpc-server.js';
import { logGrpcLibrary } from './grpc/library-log.js';
import { MessageBudget } from './grpc/limits/message-budget.js';
import { MessageLeases } from './grpc/limits/message-leases.js';
import { UnreadAnswers } from './grpc/limits/unread-answers.js';
import { MessageHandler } from './grpc/message-handler.js';
import { PairService } from './grpc/pair-service.js';
import type { Backend } from '../backends/backend.js';
import { loadModels, readReleaseFiles, type Release, type ReleaseFiles } from '../releases/release.js';
import { WordpieceTokenizer } from '../features/text/wordpiece-tokenizer.js';

import { createLogger } from '../telemetry/logger.js';
import { MissingMemberLog } from '../telemetry/missing-member-log.js';
import { IngressTelemetry } from '../telemetry/ingress-telemetry.js';
import { Telemetry } from '../telemetry/telemetry.js';
import { createBackend, slotCountOf } from './backend-choice.js';
import { GatewayModule, GrpcLifecycle } from './gateway.module.js';
import { loadModelsWhenReady } from './release-loading.js';

/** Root of the package: pipelines, models and package.json lie beside src/ and dist/. */
const PACKAGE_ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** What may be replaced when a gateway is started from code. */
export interface GatewayOverrides {
  /** Default: the one that the settings name. The gateway closes it. */
  readonly backend?: Backend;
  /** See ReleaseOptions. Default true. */
  readonly checksGoldenRows?: boolean;
}

/** What a gateway serves. */
export interface Served {
  readonly release: Release;
  readonly predictor: Predictor;
}

/** A gateway that listens. */
export interface Gateway {
  readonly grpcPort: number;
  readonly adminPort: number;
  /**
   * Resolves when the models are loaded and checked: at once with an engine inside this process, else when its servers have
   * them. Rejects when the gateway is closed before that, or for what no waiting mends.
   */
  readonly served: Promise<Served>;
  /** Why nothing is served yet; undefined when it is. */
  readonly obstacle: string | undefined;
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
 * Reads the release, starts the admin application, then the gRPC server. With an engine inside this process it listens when
 * the models are loaded; with servers elsewhere it listens at once, says NOT_SERVING, and waits for them.
 * @throws PairstreamError INVALID_* for files that are damaged or do not fit together, INVALID_CONFIG for a host or port
 *   that cannot be listened on, PORT_IN_USE
 */
export async function startGateway(config: Config, overrides: GatewayOverrides = {}): Promise<Gateway> {
  const logger = createLogger(config.logLevel);
  logGrpcLibrary(logger);
  const telemetry = new Telemetry(config.maxInFlightPairs, new MissingMemberLog(logger));
  const backend = overrides.backend ?? createBackend(config, telemetry, logger);
  try {
    return await listenAndServe(config, overrides, { backend, telemetry, logger });
  } catch (error) {
    await backend.close();
    throw error;
  }
}

interface GatewayTools {
  readonly backend: Backend;
  readonly telemetry: Telemetry;
  readonly logger: Logger;
}

async function listenAndServe(
  config: Config,
  overrides: GatewayOverrides,
  { backend, telemetry, logger }: GatewayTools,
): Promise<Gateway> {
  const files = readReleaseFiles(packagePath(config.pipeline));
  const gate = new ServingGate();
  const serve = (release: Release): Served => {
    for (const warning of release.warnings) logger.warn(warning);
    const predictor = new Predictor(
      release,
      {
        ...config,
        backendName: backend.name,
        towerCacheBytes: config.towerCacheMb * 1_024 * 1_024,
        slotCount: slotCountOf(config),
      },
      telemetry,
    );
    gate.serve(predictor);
    return { release, predictor };
  };
  const ready = backend.health === undefined ? serve(await loadModels(files, backend, overrides)) : undefined;
  const grpcServer = createGrpcServer(config, files, gate, { telemetry, logger });
  const app = await NestFactory.create<NestFastifyApplication>(
    GatewayModule.register({
      gate,
      grpcServer,
      telemetry,
      backend,
      logger: frameworkLogger(logger),
      drainTimeoutMs: config.drainTimeoutMs,
    }),
    // Connections of the admin application that are in use would keep a stopping gateway alive.
    new FastifyAdapter({ forceCloseConnections: true }),
    { bufferLogs: true, abortOnError: false },
  );
  app.useLogger(app.get(NestLogger));
  await listenAdmin(app, config);
  const lifecycle = app.get(GrpcLifecycle);
  const { grpcPort } = lifecycle;
  if (grpcPort === undefined) throw new PairstreamError('INTERNAL', 'the gRPC server did not start');
  const closing = new AbortController();
  const served =
    ready === undefined
      ? loadModelsWhenReady(files, backend, overrides, closing.signal, (obstacle) => {
          if (gate.obstacle !== obstacle.message) logger.warn({ obstacle: obstacle.message }, 'not ready');
          gate.wait(obstacle.message);
        }).then(serve)
      : Promise.resolve(ready);
  // Whoever starts a gateway may look at it later, or never.
  served.then(() => lifecycle.updateServing()).catch(() => undefined);
  let closed: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    closing.abort();
    await app.close();
    await backend.close();
  };
  return {
    grpcPort,
    adminPort: portOf(app),
    served,
    get obstacle() {
      return gate.obstacle;
    },
    close: () => (closed ??= close()),
  };
}

function createGrpcServer(
  config: Config,
  { vocabulary, languages }: ReleaseFiles,
  gate: ServingGate,
  { telemetry, logger }: Pick<GatewayTools, 'telemetry' | 'logger'>,
): GrpcServer {
  const handler = new MessageHandler({
    scorer: gate,
    telemetry,
    maxPairsPerMessage: config.maxPairsPerMessage,
    maxMessageBytes: config.maxMessageBytes,
    tokenizer: new WordpieceTokenizer(vocabulary),
    languages,
    onFault: (error) => logger.error({ err: error.cause ?? error }, error.message),
  });
  const budget = new MessageBudget(bufferedMessageBytes(config));
  const leases = new MessageLeases(budget);
  const ingress = new IngressTelemetry(telemetry.registry);
  const unread = new UnreadAnswers(budget.limitBytes, () => ingress.callRefused('unread'));
  const service = new PairService({
    ...config,
    onAnswered: (message, answerBytes) => {
      const stream = leases.streamOf(message);
      leases.release(message);
      return stream === undefined ? () => undefined : unread.hold(stream, answerBytes);
    },
    handler,
    telemetry,
    info: () => gate.info,
    serverVersion: packageVersion(),
  });
  return new GrpcServer(service, {
    ...config,
    port: config.grpcPort,
    telemetry: ingress,
    budget,
    leases,
    unread,
  });
}

/** Nest tells every route it maps at level info: that is for those who debug. */
function frameworkLogger(logger: Logger): Logger {
  return logger.level === 'info' ? logger.child({}, { level: 'warn' }) : logger;
}

async function listenAdmin(app: NestFastifyApplication, { host, adminPort }: Config): Promise<void> {
  try {
    await app.init();
    // Nest's own listen() would log the error beside the one that is thrown.
    await app.getHttpAdapter().getInstance().listen({ port: adminPort, host });
  } catch (error) {
    await app.close();
    if (error instanceof PairstreamError) throw error;
    throw listenError({ host, port: adminPort, setting: 'adminPort' }, error);
  }
}

function portOf(app: NestFastifyApplication): number {
  const address: unknown = app.getHttpServer().address();
  return z.object({ port: z.number() }).parse(address).port;
}

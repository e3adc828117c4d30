import { Global, Module, type OnApplicationShutdown } from '@nestjs/common';
import { LoggerModule } from 'nestjs-pino';
import type { Logger } from 'pino';
import type { Config } from '../../config/config.js';
import { FeedbackTelemetry } from '../../telemetry/feedback-telemetry.js';
import { IngressTelemetry } from '../../telemetry/ingress-telemetry.js';
import { LearningTelemetry } from '../../telemetry/learning-telemetry.js';
import { createLogger } from '../../telemetry/logger.js';
import { MissingMemberLog } from '../../telemetry/missing-member-log.js';
import { SecurityTelemetry } from '../../telemetry/security-telemetry.js';
import { Telemetry } from '../../telemetry/telemetry.js';
import { CONFIG, type GatewayOverrides, OVERRIDES } from '../config/config.module.js';
import { frameworkLogger, LogLevel } from './log-level.js';

/** Injection token of the log (a pino Logger). */
export const LOGGER = Symbol('LOGGER');

/** Provides the log and the metrics to every module. */
@Global()
@Module({
  imports: [
    LoggerModule.forRootAsync({
      inject: [LOGGER],
      useFactory: (logger: Logger) => ({
        pinoHttp: { logger: frameworkLogger(logger), autoLogging: false },
      }),
    }),
  ],
  providers: [
    {
      provide: LOGGER,
      inject: [CONFIG, OVERRIDES],
      useFactory: ({ logLevel }: Config, { logger }: GatewayOverrides) => logger ?? createLogger(logLevel),
    },
    { provide: LogLevel, inject: [LOGGER], useFactory: (logger: Logger) => new LogLevel(logger) },
    {
      provide: Telemetry,
      inject: [CONFIG, LOGGER, OVERRIDES],
      useFactory: ({ maxInFlightPairs }: Config, logger: Logger, { worker }: GatewayOverrides) =>
        new Telemetry(maxInFlightPairs, new MissingMemberLog(logger), worker === undefined),
    },
    {
      provide: IngressTelemetry,
      inject: [Telemetry],
      useFactory: ({ registry }: Telemetry) => new IngressTelemetry(registry),
    },
    {
      provide: SecurityTelemetry,
      inject: [Telemetry, OVERRIDES],
      useFactory: ({ registry }: Telemetry, { worker }: GatewayOverrides) =>
        new SecurityTelemetry(registry, worker === undefined),
    },
    {
      provide: FeedbackTelemetry,
      inject: [Telemetry],
      useFactory: ({ registry }: Telemetry) => new FeedbackTelemetry(registry),
    },
    {
      provide: LearningTelemetry,
      inject: [Telemetry],
      useFactory: ({ registry }: Telemetry) => new LearningTelemetry(registry),
    },
  ],
  exports: [
    LOGGER,
    LogLevel,
    Telemetry,
    IngressTelemetry,
    SecurityTelemetry,
    FeedbackTelemetry,
    LearningTelemetry,
  ],
})
export class TelemetryModule implements OnApplicationShutdown {
  constructor(private readonly telemetry: Telemetry) {}

  /** Node keeps an observer of garbage collections, and with it the registry, for the life of the process. */
  onApplicationShutdown(): void {
    this.telemetry.registry.clear();
  }
}

import { Global, Module, type OnApplicationShutdown } from '@nestjs/common';
import { LoggerModule } from 'nestjs-pino';
import type { Logger } from 'pino';
import type { Config } from '../../config/config.js';
import { IngressTelemetry } from '../../telemetry/ingress-telemetry.js';
import { createLogger } from '../../telemetry/logger.js';
import { MissingMemberLog } from '../../telemetry/missing-member-log.js';
import { Telemetry } from '../../telemetry/telemetry.js';
import { CONFIG } from '../config/config.module.js';

/** Injection token of the log (a pino Logger). */
export const LOGGER = Symbol('LOGGER');

/** Nest logs each route that it maps at level info, which only a developer needs. */
function frameworkLogger(logger: Logger): Logger {
  return logger.level === 'info' ? logger.child({}, { level: 'warn' }) : logger;
}

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
    { provide: LOGGER, inject: [CONFIG], useFactory: ({ logLevel }: Config) => createLogger(logLevel) },
    {
      provide: Telemetry,
      inject: [CONFIG, LOGGER],
      useFactory: ({ maxInFlightPairs }: Config, logger: Logger) =>
        new Telemetry(maxInFlightPairs, new MissingMemberLog(logger)),
    },
    {
      provide: IngressTelemetry,
      inject: [Telemetry],
      useFactory: ({ registry }: Telemetry) => new IngressTelemetry(registry),
    },
  ],
  exports: [LOGGER, Telemetry, IngressTelemetry],
})
export class TelemetryModule implements OnApplicationShutdown {
  constructor(private readonly telemetry: Telemetry) {}

  /** Node keeps an observer of garbage collections, and with it the registry, for the life of the process. */
  onApplicationShutdown(): void {
    this.telemetry.registry.clear();
  }
}

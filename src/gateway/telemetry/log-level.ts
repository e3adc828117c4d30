import { PinoLogger } from 'nestjs-pino';
import type { Logger } from 'pino';

/** Level of the lines of Nest at a level of the log: Nest logs each route at level info, which only a developer needs. */
function frameworkLevel(level: string): string {
  return level === 'info' ? 'warn' : level;
}

/** The log for the lines of Nest: like `logger`, but `warn` where that is `info`. */
export function frameworkLogger(logger: Logger): Logger {
  return logger.child({}, { level: frameworkLevel(logger.level) });
}

/** The level of the log, for all loggers of the process. */
export class LogLevel {
  /** @param logger the log; children that are made without a level of their own follow it */
  constructor(private readonly logger: Logger) {}

  /** Lowest severity that is written: silent, fatal, error, warn, info or debug. */
  get current(): string {
    return this.logger.level;
  }

  /** Changes the level until the process ends. @param level as `current` */
  change(level: string): void {
    this.logger.level = level;
    // pino-http gives the logger of Nest a level of its own, which does not follow.
    PinoLogger.root.level = frameworkLevel(level);
  }
}

import { type Logger, pino } from 'pino';

/** The log: one JSON object a line on stderr, so that stdout stays free for results. */
export function createLogger(level: string): Logger {
  return pino({ level, base: null }, pino.destination({ dest: 2, sync: true }));
}

import { hostname } from 'node:os';
import { type Logger, pino } from 'pino';

/**
 * Creates the log: one JSON object per line on stderr. Every line has the service (`pairstream`) and the instance: host name
 * (the pod's name in Kubernetes) and process id.
 * @param level lowest severity that is written: silent, fatal, error, warn, info or debug
 */
export function createLogger(level: string): Logger {
  const base = { service: 'pairstream', instance: `${hostname()}/${process.pid}` };
  return pino({ level, base }, pino.destination({ dest: 2, sync: true }));
}

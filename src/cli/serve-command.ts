import { once } from 'node:events';
import type { Command } from 'commander';
import type { Logger } from 'pino';
import { type Config, loadConfig } from '../config/config.js';
import { SETTINGS } from '../config/settings.js';
import { PairstreamError } from '../errors/pairstream-error.js';
import { beginFiles, beginLoads } from '../gateway/early-loads.js';
import type { Gateway } from '../gateway/gateway.js';
import { letHeapGrow } from '../gateway/heap-growth.js';
import { workerCountOf } from '../gateway/workers/worker-config.js';
import { createLogger } from '../telemetry/logger.js';
import { exitCodeOf } from './exit-code.js';
import { withInterrupt } from './interrupt.js';
import { parseCount } from './option-values.js';
import { logAnnouncer, type ServeAnnouncer, TERMINAL_ANNOUNCER } from './serve-announcer.js';

/** Options of `serve`. */
interface ServeOptions {
  readonly workers?: number;
  readonly insecure?: boolean;
}

/** Adds `serve`: the gateway. */
export function registerServeCommand(program: Command): void {
  program
    .command('serve')
    .summary('start the gateway')
    .description(
      'Starts the gRPC gateway and its admin application. Settings are environment variables; docs/reference/config.md lists them. On Ctrl-C or SIGTERM the gateway answers the requests in flight and stops. It ignores SIGHUP. On a terminal it prints its addresses. Elsewhere it writes only log lines to stderr, one JSON object per line.',
    )
    .addHelpText(
      'after',
      '\nExample:\n  PAIRSTREAM_GRPC_PORT=50061 PAIRSTREAM_ADMIN_PORT=8081 pairstream serve',
    )
    .option(
      '--workers <count>',
      `threads that serve calls, instead of ${SETTINGS.workers.variable}; 0 is one per core`,
      parseCount,
    )
    .option(
      '--insecure',
      `allow a host beyond loopback without TLS and authentication, as ${SETTINGS.insecure.variable}=on`,
    )
    .action((options: ServeOptions) =>
      process.stdout.isTTY ? serveOnTerminal(options) : serveUnattended(options),
    );
}

/** The settings, with those that options replace. @throws PairstreamError INVALID_CONFIG */
function configOf({ workers, insecure }: ServeOptions): Config {
  return loadConfig({
    ...process.env,
    ...(workers === undefined ? {} : { [SETTINGS.workers.variable]: String(workers) }),
    ...(insecure === true ? { [SETTINGS.insecure.variable]: 'on' } : {}),
  });
}

function serveOnTerminal(options: ServeOptions): Promise<void> {
  const config = configOf(options);
  return runServe(config, createLogger(config.logLevel), TERMINAL_ANNOUNCER);
}

/** Every word is a log line: announcements, warnings of Node, and the error that ends the process. */
async function serveUnattended(options: ServeOptions): Promise<void> {
  try {
    const config = configOf(options);
    const logger = createLogger(config.logLevel);
    logNodeWarnings(logger);
    await runServe(config, logger, logAnnouncer(logger));
  } catch (error) {
    const known = PairstreamError.from(error);
    const { code } = known;
    // The reason of a failed start is written whatever the level is.
    createLogger('fatal').fatal(code === 'INTERNAL' ? { code, err: known.cause } : { code }, known.message);
    process.exitCode = exitCodeOf(known);
  }
}

function logNodeWarnings(logger: Logger): void {
  process.removeAllListeners('warning');
  process.on('warning', (warning) => logger.warn({ err: warning }, warning.message));
}

/**
 * Starts a gateway and stops it at SIGINT or SIGTERM. Until it listens both signals end the process at once, with their
 * default action: nothing is in flight.
 */
async function runServe(config: Config, logger: Logger, announcer: ServeAnnouncer): Promise<void> {
  // A terminal that is closed, or a `kill -HUP` meant to reload settings, must not end the answers of everybody.
  process.on('SIGHUP', () => undefined);
  const startedMs = performance.now();
  letHeapGrow();
  const gateway = await startOf(config, logger);
  await withInterrupt(async (signal) => {
    const interrupted = once(signal, 'abort').then(() => undefined);
    try {
      const { notReadyReason } = gateway;
      if (notReadyReason !== undefined) announcer.waiting(config, notReadyReason);
      const served = await Promise.race([gateway.served, interrupted]);
      if (served !== undefined) announcer.serving(config, gateway, served, performance.now() - startedMs);
      await interrupted;
      announcer.stopping(config);
    } finally {
      await gateway.close();
    }
    announcer.stopped();
  });
}

/** Starts a gateway on this thread or on worker threads. Loading its modules takes about a second, in which other threads load files. */
async function startOf(config: Config, logger: Logger): Promise<Gateway> {
  const { env: environment } = process;
  if (workerCountOf(config) === 1) {
    const begun = beginLoads(config, (line) => logger.warn(line));
    const { startGateway } = await import('../gateway/gateway.js');
    return await startGateway(config, { environment, logger, ...begun });
  }
  const begun = beginFiles(config);
  const { startThreadedGateway } = await import('../gateway/threaded-gateway.js');
  return await startThreadedGateway(config, { environment, logger, begun });
}

import { once } from 'node:events';
import type { Command } from 'commander';
import type { Logger } from 'pino';
import { type Config, loadConfig } from '../config/config.js';
import { PairstreamError } from '../errors/pairstream-error.js';
import type { GatewayOverrides } from '../gateway/config/config.module.js';
import { startGateway } from '../gateway/gateway.js';
import { letHeapGrow } from '../gateway/heap-growth.js';
import { createLogger } from '../telemetry/logger.js';
import { exitCodeOf } from './exit-code.js';
import { withInterrupt } from './interrupt.js';
import { logAnnouncer, type ServeAnnouncer, TERMINAL_ANNOUNCER } from './serve-announcer.js';

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
    .action(() => (process.stdout.isTTY ? serveOnTerminal() : serveUnattended()));
}

function serveOnTerminal(): Promise<void> {
  return runServe(loadConfig(), TERMINAL_ANNOUNCER);
}

/** Every word is a log line: announcements, warnings of Node, and the error that ends the process. */
async function serveUnattended(): Promise<void> {
  try {
    const config = loadConfig();
    const logger = createLogger(config.logLevel);
    logNodeWarnings(logger);
    await runServe(config, logAnnouncer(logger), { logger });
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
async function runServe(
  config: Config,
  announcer: ServeAnnouncer,
  overrides: GatewayOverrides = {},
): Promise<void> {
  // A terminal that is closed, or a `kill -HUP` meant to reload settings, must not end the answers of everybody.
  process.on('SIGHUP', () => undefined);
  const startedMs = performance.now();
  letHeapGrow();
  const gateway = await startGateway(config, { environment: process.env, ...overrides });
  await withInterrupt(async (signal) => {
    const interrupted = once(signal, 'abort').then(() => undefined);
    try {
      if (gateway.notReadyReason !== undefined) announcer.waiting(config);
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

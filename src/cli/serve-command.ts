import { once } from 'node:events';
import type { Command } from 'commander';
import { type Config, loadConfig } from '../config/config.js';
import { type Gateway, type Served, startGateway } from '../gateway/gateway.js';
import { letHeapGrow } from '../gateway/heap-growth.js';
import { withInterrupt } from './interrupt.js';

/** Adds `serve`: the gateway. */
export function registerServeCommand(program: Command): void {
  program
    .command('serve')
    .summary('start the gateway')
    .description(
      'Starts the gRPC gateway and its admin application. Settings are environment variables, see docs/reference/config.md. Ctrl-C or SIGTERM answers what is in flight and stops.',
    )
    .addHelpText(
      'after',
      '\nExample:\n  PAIRSTREAM_GRPC_PORT=50061 PAIRSTREAM_ADMIN_PORT=8081 pairstream serve',
    )
    .action(() => withInterrupt(runServe));
}

async function runServe(signal: AbortSignal): Promise<void> {
  const config = loadConfig(process.env);
  const startedMs = performance.now();
  letHeapGrow();
  const gateway = await startGateway(config);
  const stopped = signal.aborted ? Promise.resolve() : once(signal, 'abort');
  try {
    if (gateway.obstacle !== undefined) announceWaiting(config);
    const served = await Promise.race([gateway.served, stopped.then(() => undefined)]);
    if (served !== undefined) announce(config, gateway, served, (performance.now() - startedMs) / 1_000);
    await stopped;
    console.log(`stopping: answering what is in flight (at most ${config.drainTimeoutMs} ms)`);
  } finally {
    await gateway.close();
  }
}

/** Addresses to listen at that are none to call. */
const EVERY_ADDRESS: ReadonlySet<string> = new Set(['0.0.0.0', '::']);

function announceWaiting({ host, adminPort, tritonUrls }: Config): void {
  const servers = tritonUrls.map(({ host: name, port }) => `${name}:${port}`).join(', ');
  console.log(
    `waiting for the models at ${servers}; http://${host}:${adminPort}/readyz tells what is in the way`,
  );
}

function announce(
  config: Config,
  { grpcPort, adminPort }: Gateway,
  { release, predictor }: Served,
  elapsedS: number,
): void {
  const models = release.models.map(({ name, version }) => `${name} ${version}`).join(', ');
  const keyCount = release.statistics.tables.reduce((sum, table) => sum + table.keyCount, 0);
  const engine = predictor.info.backendName;
  const reachable = EVERY_ADDRESS.has(config.host) ? '127.0.0.1' : config.host;
  console.log(
    [
      `pairstream serves ${release.name} (release ${release.id}; ${models} by ${engine}; ${keyCount} statistics keys), up in ${elapsedS.toFixed(1)} s`,
      `  gRPC   ${config.host}:${grpcPort}   pairstream.v1.PairService, health, reflection`,
      `  admin  http://${reachable}:${adminPort}   /healthz /readyz /backend /metrics`,
      'Next, in another terminal:',
      `  ./pairstream score --in examples/part-00020.tsv --out p.csv --target ${reachable}:${grpcPort}`,
      'Ctrl-C stops.',
    ].join('\n'),
  );
}

import { once } from 'node:events';
import type { Command } from 'commander';
import { loadConfig } from '../config/config.js';
import { startGateway } from '../gateway/gateway.js';
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
  const gateway = await startGateway(config);
  const { release, grpcPort, adminPort } = gateway;
  const models = release.models.map(({ name, version }) => `${name} ${version}`).join(', ');
  const keyCount = release.statistics.tables.reduce((sum, table) => sum + table.keyCount, 0);
  const elapsedS = ((performance.now() - startedMs) / 1_000).toFixed(1);
  console.log(
    [
      `pairstream serves ${release.name} (release ${release.id}; ${models}; ${keyCount} statistics keys), up in ${elapsedS} s`,
      `  gRPC   ${config.host}:${grpcPort}   pairstream.v1.PairService, health, reflection`,
      `  admin  http://${config.host}:${adminPort}   /healthz /readyz /metrics`,
      'Next, in another terminal:',
      `  ./pairstream score --in examples/part-00020.tsv --out p.csv --target ${config.host}:${grpcPort}`,
      'Ctrl-C stops.',
    ].join('\n'),
  );
  if (!signal.aborted) await once(signal, 'abort');
  console.log(`stopping: answering what is in flight (at most ${config.drainTimeoutMs} ms)`);
  await gateway.close();
}

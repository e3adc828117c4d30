import type { Command } from 'commander';
import type { z } from 'zod';
import { replicaSchema, replicasSchema } from '../../gateway/admin/replicas.schemas.js';
import { parseCount } from '../option-values.js';
import { addAdminOptions, type AdminOptions, clientOf, printAnswer } from './admin-options.js';

const DEFAULT_WAIT_MS = 10_000;

type Replica = z.output<typeof replicaSchema>;
type DrainOptions = AdminOptions & { readonly force?: boolean; readonly waitMs: number };

/** Adds `admin replicas`. */
export function registerReplicaCommands(admin: Command): void {
  const replicas = admin
    .command('replicas')
    .summary('list, drain and readmit Triton servers')
    .description('Lists, drains and readmits the Triton servers of the gateway.')
    .addHelpText(
      'after',
      '\nExamples:\n  pairstream admin replicas\n  pairstream admin replicas drain 127.0.0.1:8001',
    );
  addAdminOptions(replicas.command('list', { isDefault: true }).summary('list the servers'))
    .description('Lists the Triton servers; the embedded backend has none.')
    .action(async (options: AdminOptions) => {
      const answer = await clientOf(options).send({ method: 'GET', path: ['replicas'] }, replicasSchema);
      printAnswer(options, answer, (list) => replicaRows(list.replicas));
    });
  addAdminOptions(replicas.command('drain').summary('send no more calls to a server'))
    .description(
      'Sends no more calls to a Triton server, and waits for those in flight. The server stays drained until it is readmitted.',
    )
    .argument('<target>', 'host:port of the server')
    .option('--wait-ms <n>', 'longest wait for the calls in flight', parseCount, DEFAULT_WAIT_MS)
    .option('--force', 'drain also if only base rates, or nothing, can answer afterwards')
    .action(async (target: string, { force = false, waitMs, ...options }: DrainOptions) => {
      const query = { force, timeoutMs: waitMs };
      const request = { method: 'POST', path: ['replicas', target, 'drain'], query } as const;
      const answer = await clientOf(options).send(request, replicaSchema);
      printAnswer(options, answer, (drained) => replicaRows([drained]));
    });
  addAdminOptions(replicas.command('readmit').summary('send calls to a drained server again'))
    .description('Checks every model of a drained server with its golden rows, then sends calls to it again.')
    .argument('<target>', 'host:port of the server')
    .action(async (target: string, options: AdminOptions) => {
      const request = { method: 'POST', path: ['replicas', target, 'readmit'] } as const;
      const answer = await clientOf(options).send(request, replicaSchema);
      printAnswer(options, answer, (readmitted) => replicaRows([readmitted]));
    });
}

function replicaRows(replicas: readonly Replica[]): string[][] {
  return [
    ['replica', 'state', 'transport', 'pending rows', 'models out'],
    ...replicas.map(({ target, state, transport, pendingRows, models }) => {
      const out = Object.entries(models).flatMap(([model, outage]) => (outage === null ? [] : [model]));
      return [target, state, transport, String(pendingRows), out.length === 0 ? '-' : out.join(', ')];
    }),
  ];
}

import type { Command } from 'commander';
import { drainSchema } from '../../gateway/admin/drain.schemas.js';
import { addAdminOptions, type AdminOptions, clientOf, printAnswer } from './admin-options.js';

/** Adds `admin drain`. */
export function registerDrainCommand(admin: Command): void {
  addAdminOptions(admin.command('drain').summary('take the gateway out of service'))
    .description(
      'Starts the drain of the gateway: not ready, new requests are refused with SHUTTING_DOWN, requests in flight are answered, streams end. The process runs on until it is stopped. A second drain changes nothing.',
    )
    .option('--status', 'print the progress, start nothing')
    .action(async ({ status = false, ...options }: AdminOptions & { readonly status?: boolean }) => {
      const request = { method: status ? 'GET' : 'POST', path: ['drain'] } as const;
      const answer = await clientOf(options).send(request, drainSchema);
      printAnswer(options, answer, ({ state, inFlightPairs, streamCount, startedAt }) => [
        ['state', state],
        ['pairs in flight', String(inFlightPairs)],
        ['open streams', String(streamCount)],
        ['started', startedAt ?? '-'],
      ]);
    });
}

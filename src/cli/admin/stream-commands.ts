import type { Command } from 'commander';
import type { z } from 'zod';
import { streamSchema, streamsSchema } from '../../gateway/admin/streams.schemas.js';
import { parseCount } from '../option-values.js';
import { addAdminOptions, type AdminOptions, clientOf, printAnswer } from './admin-options.js';

const DEFAULT_LISTED = 100;

type ListOptions = AdminOptions & { readonly limit: number; readonly after: number };

/** Adds `admin streams`. */
export function registerStreamCommands(admin: Command): void {
  const streams = admin
    .command('streams')
    .summary('list and close streams')
    .description('Lists and closes the open PredictStream calls.')
    .addHelpText('after', '\nExamples:\n  pairstream admin streams\n  pairstream admin streams close 12');
  addAdminOptions(streams.command('list', { isDefault: true }).summary('list the open streams'))
    .description('Lists the open streams, the oldest first.')
    .option('--limit <n>', 'most streams to list', parseCount, DEFAULT_LISTED)
    .option('--after <id>', 'list streams with higher ids only', parseCount, 0)
    .action(async ({ limit, after, ...options }: ListOptions) => {
      const request = { method: 'GET', path: ['streams'], query: { limit, after } } as const;
      printAnswer(options, await clientOf(options).send(request, streamsSchema), listRows, listNote);
    });
  addAdminOptions(streams.command('close').summary('close a stream'))
    .description(
      'Closes a stream: the gateway answers the requests that it has read, then ends the stream with UNAVAILABLE (STREAM_CLOSED). Prints the state of the stream before.',
    )
    .argument('<id>', 'id of the stream')
    .action(async (id: string, options: AdminOptions) => {
      const request = { method: 'POST', path: ['streams', id, 'close'] } as const;
      printAnswer(options, await clientOf(options).send(request, streamSchema), (stream) =>
        streamRows([stream]),
      );
    });
}

function listRows({ streams }: z.output<typeof streamsSchema>): string[][] {
  return streamRows(streams);
}

function listNote({ streamCount, nextAfter }: z.output<typeof streamsSchema>): string {
  return nextAfter === null ? `${streamCount} open` : `${streamCount} open; --after ${nextAfter} lists more`;
}

function streamRows(streams: readonly z.output<typeof streamSchema>[]): string[][] {
  return [
    ['id', 'peer', 'method', 'age s', 'received', 'answered', 'in flight', 'paused'],
    ...streams.map((stream) => [
      String(stream.id),
      stream.peer,
      stream.method,
      (stream.ageMs / 1_000).toFixed(1),
      String(stream.receivedCount),
      String(stream.answeredCount),
      String(stream.inFlightCount),
      stream.isPaused ? 'yes' : 'no',
    ]),
  ];
}

import { type Command, InvalidArgumentError } from 'commander';
import type { z } from 'zod';
import { keySchema, statisticsSchema, tableSchema } from '../../gateway/admin/statistics.schemas.js';
import { parseCount } from '../option-values.js';
import { addAdminOptions, type AdminOptions, clientOf, printAnswer } from './admin-options.js';
import { BYTES_PER_MIB } from '../../config/byte-units.js';

type Components = Readonly<Record<string, string>>;

/** Adds `admin statistics`. */
export function registerStatisticsCommands(admin: Command): void {
  const statistics = admin
    .command('statistics')
    .summary('sizes and age of the statistics, counters of a key')
    .description('Prints the sizes and the age of the statistics tables, or the counters of a key.')
    .addHelpText(
      'after',
      '\nExamples:\n  pairstream admin statistics\n  pairstream admin statistics lookup tweet_type "tweet type=Retweet"',
    );
  addAdminOptions(statistics.command('list', { isDefault: true }).summary('list the tables'))
    .description('Lists the statistics tables with keys, load factor, size and age.')
    .action(async (options: AdminOptions) => {
      const answer = await clientOf(options).send({ method: 'GET', path: ['statistics'] }, statisticsSchema);
      printAnswer(options, answer, (report) => tableRows(report.tables));
    });
  addAdminOptions(statistics.command('show').summary('show one table'))
    .description('Prints one statistics table with the components of its keys.')
    .argument('<table>', 'name of the table')
    .action(async (table: string, options: AdminOptions) => {
      const request = { method: 'GET', path: ['statistics', table] } as const;
      const answer = await clientOf(options).send(request, tableSchema);
      printAnswer(
        options,
        answer,
        (shown) => tableRows([shown]),
        ({ components }) => `components: ${components.join(', ')}`,
      );
    });
  addAdminOptions(statistics.command('lookup').summary('print the counters of a key'))
    .description(
      'Prints what a table holds of one key, in every horizon. A key is named by its components, as docs/reference/features.md lists them: ids as text, 32 hexadecimal digits or number:<n>, flags as true, false or unknown, any component as 0x and the 16 hexadecimal digits of its hash.',
    )
    .argument('<table>', 'name of the table')
    .argument('<components...>', 'component=value, one for each component of the table', collectComponent)
    .option('--as-of <seconds>', 'time to decay the counters to, Unix seconds', parseCount)
    .action(
      async (
        table: string,
        components: Components,
        { asOf: asOfS, ...options }: AdminOptions & { readonly asOf?: number },
      ) => {
        const body = { components, ...(asOfS === undefined ? {} : { asOfS }) };
        const request = { method: 'POST', path: ['statistics', table, 'lookup'], body } as const;
        printAnswer(options, await clientOf(options).send(request, keySchema), keyRows, keyNote);
      },
    );
}

function collectComponent(text: string, before: Components | undefined): Components {
  const at = text.indexOf('=');
  if (at > 0) return { ...before, [text.slice(0, at)]: text.slice(at + 1) };
  throw new InvalidArgumentError('expected component=value, for instance "tweet type=Retweet".');
}

function tableRows(tables: readonly z.output<typeof tableSchema>[]): string[][] {
  return [
    ['table', 'keys', 'load factor', 'MiB', 'last event'],
    ...tables.map(({ name, keyCount, loadFactor, byteLength, lastEventS }) => [
      name,
      String(keyCount),
      loadFactor.toFixed(3),
      (byteLength / BYTES_PER_MIB).toFixed(2),
      lastEventS === null ? '-' : timeOf(lastEventS),
    ]),
  ];
}

function keyRows({ counters }: z.output<typeof keySchema>): string[][] {
  return [
    ['horizon', 'impressions', 'reply', 'retweet', 'quote', 'like'],
    ...counters.map(({ horizon, impressions, reply, retweet, quote, like }) => [
      horizon,
      ...[impressions, reply, retweet, quote, like].map((count) => count.toFixed(2)),
    ]),
  ];
}

function keyNote({ key, asOfS, lastEventS }: z.output<typeof keySchema>): string {
  const lastEvent = lastEventS === null ? 'no event so far' : `last event ${timeOf(lastEventS)}`;
  return `key ${key}, as of ${timeOf(asOfS)}, ${lastEvent}`;
}

function timeOf(seconds: number): string {
  return new Date(seconds * 1_000).toISOString();
}

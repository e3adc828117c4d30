import type { Command } from 'commander';
import type { z } from 'zod';
import { forgottenSchema, learningSchema, snapshotSchema } from '../../gateway/admin/learning.schemas.js';
import { addAdminOptions, type AdminOptions, clientOf, printAnswer } from './admin-options.js';

/** Time limit of removing a user: the event log is read as a whole. */
const FORGET_TIMEOUT_MS = 600_000;

/** Adds `admin learning`. */
export function registerLearningCommands(admin: Command): void {
  const learning = admin
    .command('learning')
    .summary('statistics that learn from feedback')
    .description(
      'Prints the state of the statistics that learn from feedback, or writes a snapshot of them.',
    );
  addAdminOptions(learning.command('show', { isDefault: true }).summary('print freshness, counts and sizes'))
    .description('Prints freshness, counts, sizes and bounds.')
    .action(async (options: AdminOptions) => {
      const answer = await clientOf(options).send({ method: 'GET', path: ['learning'] }, learningSchema);
      printAnswer(options, answer, rowsOf);
    });
  addAdminOptions(learning.command('snapshot').summary('write a snapshot now'))
    .description('Writes a snapshot of the statistics, and prints how many events were applied since.')
    .action(async (options: AdminOptions) => {
      const request = { method: 'POST', path: ['learning', 'snapshot'] } as const;
      printAnswer(options, await clientOf(options).send(request, snapshotSchema), rowsOf);
    });
}

/** Adds `forget`. */
export function registerForgetCommand(program: Command): void {
  addAdminOptions(program.command('forget').summary('remove what belongs to one user from the statistics'))
    .description(
      'Removes what belongs to one user alone from a running gateway: keys of the statistics tables, snapshots, events of the embedded event log, and rows of the feature log. Run the command for every gateway. If the command fails, run it again.',
    )
    .requiredOption('--user <id>', 'id as requests send it: text, 32 hexadecimal digits, or number:<n>')
    .addHelpText('after', '\nExample:\n  pairstream forget --user number:42 --url http://127.0.0.1:8080')
    .action(async ({ user, ...options }: AdminOptions & { readonly user: string }) => {
      const request = { method: 'POST', path: ['learning', 'forget'], body: { user } } as const;
      const client = clientOf({ ...options, timeoutMs: Math.max(options.timeoutMs, FORGET_TIMEOUT_MS) });
      const answer = await client.send(request, forgottenSchema);
      printAnswer(options, answer, rowsOf);
      if (options.json !== true && Object.values(answer).every((count) => count === 0))
        console.error(nothingOf(user));
    });
}

/** Help for an operator who gave an id in another form than the requests. */
function nothingOf(user: string): string {
  const hint = /^\d+$/.test(user) ? `; the number ${user} is number:${user}` : '';
  return `nothing belongs to the user ${JSON.stringify(user)}: give the id in the form that requests send${hint}`;
}

type Answer = z.output<typeof learningSchema | typeof snapshotSchema | typeof forgottenSchema>;

function rowsOf(answer: Answer): string[][] {
  return Object.entries(answer).map(([name, value]) => [name, value === null ? '-' : String(value)]);
}

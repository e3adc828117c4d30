import type { Command } from 'commander';
import { salvage } from '../feedback/log/salvage.js';

/** Adds `salvage-log`: keeps the readable events of a damaged event log. */
export function registerSalvageCommand(program: Command): void {
  program
    .command('salvage-log')
    .summary('keep the readable events of a damaged event log')
    .description(
      'Replaces a damaged event log by a new one with every event that is still readable. Run it when the gateway reports EVENT_LOG_DAMAGED and there is no backup of the state directory. Events that cannot be read are lost, also acknowledged ones. The damaged files are moved to a folder beside the new ones, and the gateway must be stopped.',
    )
    .argument('<folder>', 'folder of the log: log in the state directory')
    .option('--json', 'print the result as JSON')
    .addHelpText('after', '\nExample:\n  pairstream salvage-log state/log')
    .action(async (folder: string, { json }: { json?: boolean }) => {
      const salvaged = await salvage(folder);
      console.log(json === true ? JSON.stringify(salvaged) : textOf(salvaged));
    });
}

function textOf({ keptCount, missingCount, damagedFolder }: Awaited<ReturnType<typeof salvage>>): string {
  const missing =
    missingCount === 0 ? 'none is missing between them' : `${missingCount} are missing between them`;
  return `kept ${keptCount} events, ${missing}; the damaged files are in ${damagedFolder}`;
}

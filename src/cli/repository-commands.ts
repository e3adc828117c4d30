import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { PairstreamError } from '../errors/pairstream-error.js';

/** Module that the installed package leaves out. */
const OFFLINE_COMMANDS = new URL('./offline/offline-commands.js', import.meta.url);
/** Names of the commands that the module registers. */
const NAMES = [
  'generate',
  'replay',
  'join-log',
  'members',
  'evaluate',
  'evaluate-live',
  'train',
  'bench',
  'reference',
];

/**
 * Adds the commands that train, evaluate and document. In the installed package they are not in the help, and each ends with
 * INVALID_CONFIG.
 */
export async function registerRepositoryCommands(program: Command): Promise<void> {
  if (existsSync(fileURLToPath(OFFLINE_COMMANDS))) {
    const { registerOfflineCommands } = await import('./offline/offline-commands.js');
    registerOfflineCommands(program);
    return;
  }
  for (const name of NAMES) registerMissingCommand(program, name);
}

function registerMissingCommand(program: Command, name: string): void {
  const remedy = 'run ./pairstream in a clone of the repository';
  const message = `${name} is a command of the Pairstream repository, not of the installed package; ${remedy}`;
  program
    .command(name, { hidden: true })
    .description(message)
    .helpOption(false)
    .allowUnknownOption()
    .allowExcessArguments()
    .action(() => {
      throw new PairstreamError('INVALID_CONFIG', message, { field: name });
    });
}

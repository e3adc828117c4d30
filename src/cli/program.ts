import { Command } from 'commander';
import { registerAdminCommand } from './admin/admin-command.js';
import { registerForgetCommand } from './admin/learning-commands.js';
import { registerBuildSnapshotsCommand } from './feedback/build-snapshots-command.js';
import { registerFeedbackCommand } from './feedback/feedback-command.js';
import { registerLoadtestCommand } from './loadtest/loadtest-command.js';
import { registerModelsCommand } from './models-command.js';
import { registerRepositoryCommands } from './repository-commands.js';
import { registerSalvageCommand } from './salvage-command.js';
import { registerScoreCommand } from './score-command.js';
import { registerServeCommand } from './serve-command.js';
import { registerTokenCommand } from './token/token-command.js';

const EXIT_HELP = `
Exit codes: 0 success, 1 failure, 2 wrong usage or configuration, 130 interrupted.
With --json, an error is one JSON object in place of the result: {"error": {"code", "message", "field"}}.
Every error has a stable code; docs/reference/errors.md lists causes and remedies.`;

/**
 * Creates the command line; no command runs until it is parsed.
 * @param args of the command line, without the program: commands of the repository are loaded unless a shipped command is named
 */
export async function createProgram(version: string, args: readonly string[]): Promise<Command> {
  const program = new Command('pairstream')
    .description(
      'Scores (tweet, reader) pairs: a gRPC gateway, and the tools to score files and check models.',
    )
    .version(version)
    .showHelpAfterError('(--help shows what is accepted)')
    .addHelpText('after', EXIT_HELP)
    .exitOverride();
  registerServeCommand(program);
  registerAdminCommand(program);
  registerScoreCommand(program);
  registerFeedbackCommand(program);
  registerForgetCommand(program);
  registerBuildSnapshotsCommand(program);
  registerLoadtestCommand(program);
  registerModelsCommand(program);
  registerTokenCommand(program);
  registerSalvageCommand(program);
  const isShipped = program.commands.some((command) => command.name() === args[0]);
  if (!isShipped) await registerRepositoryCommands(program);
  overrideExits(program);
  return program;
}

/** Sub-commands are made before exitOverride can be inherited by them. */
function overrideExits({ commands }: Command): void {
  for (const command of commands) {
    refuseTwice(command);
    overrideExits(command.exitOverride());
  }
}

/** Refuses an option that is given twice: commander would silently drop one of the values. */
function refuseTwice(command: Command): void {
  for (const option of command.options) {
    if (option.variadic || option.isBoolean()) continue;
    let count = 0;
    command.on(`option:${option.name()}`, () => {
      count += 1;
      if (count > 1) command.error(`error: option '${option.flags}' is given twice, expected once`);
    });
  }
}

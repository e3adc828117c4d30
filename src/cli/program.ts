import { Command, CommanderError } from 'commander';
import { ServerError } from '../client/index.js';
import { PairstreamError } from '../errors/pairstream-error.js';
import { registerBenchCommand } from './bench-command.js';
import { exitCodeOf } from './exit-code.js';
import { registerEvaluateCommand } from './evaluate-command.js';
import { registerGenerateCommand } from './generate-command.js';
import { registerModelsCommand } from './models-command.js';
import { registerReferenceCommand } from './reference-command.js';
import { registerReplayCommand } from './replay-command.js';
import { registerScoreCommand } from './score-command.js';
import { registerServeCommand } from './serve-command.js';

const EXIT_HELP = `
Exit codes: 0 done, 1 it failed, 2 wrong usage or configuration, 130 interrupted.
Errors carry a stable code; docs/reference/errors.md says what to do about each.`;

/** The whole command line; nothing runs until it is parsed. */
export function createProgram(version: string): Command {
  const program = new Command('pairstream')
    .description(
      'Scores (tweet, reader) pairs: a gRPC gateway, and the tools to train and check what it serves.',
    )
    .version(version)
    .showHelpAfterError('(--help shows what is accepted)')
    .addHelpText('after', EXIT_HELP)
    .exitOverride();
  registerServeCommand(program);
  registerScoreCommand(program);
  registerGenerateCommand(program);
  registerReplayCommand(program);
  registerEvaluateCommand(program);
  registerBenchCommand(program);
  registerModelsCommand(program);
  registerReferenceCommand(program);
  overrideExits(program);
  return program;
}

/** Sub-commands are made before exitOverride can be inherited by them. */
function overrideExits({ commands }: Command): void {
  for (const command of commands) overrideExits(command.exitOverride());
}

/** Prints an error for a person. @returns the exit code of the command */
export function reportError(error: unknown): number {
  if (error instanceof CommanderError) return exitCodeOf(error);
  if (error instanceof ServerError) {
    console.error(error.message);
    return exitCodeOf(error);
  }
  const known = PairstreamError.from(error);
  if (known.code === 'CANCELLED') {
    console.error('interrupted');
  } else {
    console.error(`${known.code}: ${known.message}`);
    if (known.code === 'INTERNAL') console.error(known.cause);
  }
  return exitCodeOf(known);
}

import { Command } from 'commander';
import { registerBenchCommand } from './bench-command.js';
import { registerEvaluateCommand } from './evaluate-command.js';
import { registerGenerateCommand } from './generate-command.js';
import { registerModelsCommand } from './models-command.js';
import { registerReferenceCommand } from './reference-command.js';
import { registerReplayCommand } from './replay-command.js';
import { registerScoreCommand } from './score-command.js';
import { registerServeCommand } from './serve-command.js';

const EXIT_HELP = `
Exit codes: 0 success, 1 failure, 2 wrong usage or configuration, 130 interrupted.
With --json, an error is one JSON object in place of the result: {"error": {"code", "message", "field"}}.
Every error has a stable code; docs/reference/errors.md lists causes and remedies.`;

/** The whole command line; nothing runs until it is parsed. */
export function createProgram(version: string): Command {
  const program = new Command('pairstream')
    .description(
      'Scores (tweet, reader) pairs: a gRPC gateway, and tools to train, check and measure its models.',
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

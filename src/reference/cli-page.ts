import type { Command } from 'commander';
import { referencePage } from './markdown.js';

/** docs/reference/cli.md: the help of every command. */
export function cliPage(program: Command): string {
  const help = (command: Command): string => `\`\`\`text\n${helpText(command)}\n\`\`\``;
  return referencePage('Command line', [
    help(program),
    ...program.commands.flatMap((command) => [`## pairstream ${command.name()}`, help(command)]),
  ]);
}

/** Everything that `--help` prints, at a fixed width, so that the page does not depend on a terminal. */
function helpText(command: Command): string {
  let text = '';
  command.configureOutput({ writeOut: (part) => (text += part), getOutHelpWidth: () => 100 });
  command.outputHelp();
  return text.trimEnd();
}

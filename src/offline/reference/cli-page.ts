import type { Command } from 'commander';
import { referencePage } from './markdown.js';

/** docs/reference/cli.md: the help of every command. */
export function cliPage(program: Command): string {
  return referencePage('Command line', [
    helpBlock(program),
    ...program.commands.flatMap((command) => sections(command, 'pairstream')),
  ]);
}

/** A command, then the commands in it. */
function sections(command: Command, parent: string): string[] {
  const name = `${parent} ${command.name()}`;
  const own = [`## ${name}`, helpBlock(command)];
  return [...own, ...command.commands.flatMap((inner) => sections(inner, name))];
}

function helpBlock(command: Command): string {
  return `\`\`\`text\n${helpText(command)}\n\`\`\``;
}

/** Everything that `--help` prints, at a fixed width, so that the page does not depend on a terminal. */
function helpText(command: Command): string {
  let text = '';
  command.configureOutput({ writeOut: (part) => (text += part), getOutHelpWidth: () => 100 });
  command.outputHelp();
  return text.trimEnd();
}

import type { Command } from 'commander';
import { registerBenchCommand } from './bench-command.js';
import { registerEvaluateCommand } from './evaluate-command.js';
import { registerEvaluateLiveCommand } from './evaluate-live-command.js';
import { registerGenerateCommand } from './generate-command.js';
import { registerJoinLogCommand } from './join-log-command.js';
import { registerMembersCommand } from './members-command.js';
import { registerReferenceCommand } from './reference-command.js';
import { registerReplayCommand } from './replay-command.js';
import { registerTrainCommand } from './train-command.js';

/** Adds the commands that train, evaluate and document. They are part of the repository, not of the installed package. */
export function registerOfflineCommands(program: Command): void {
  registerGenerateCommand(program);
  registerReplayCommand(program);
  registerJoinLogCommand(program);
  registerMembersCommand(program);
  registerEvaluateCommand(program);
  registerEvaluateLiveCommand(program);
  registerTrainCommand(program);
  registerBenchCommand(program);
  registerReferenceCommand(program);
}

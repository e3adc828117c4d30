import type { Command } from 'commander';
import { registerDrainCommand } from './drain-command.js';
import { registerLearningCommands } from './learning-commands.js';
import { registerModelCommands } from './model-commands.js';
import { registerReplicaCommands } from './replica-commands.js';
import { registerServerCommands } from './server-commands.js';
import { registerStatisticsCommands } from './statistics-commands.js';
import { registerStreamCommands } from './stream-commands.js';

/** Adds `admin`: operates a running gateway through its admin routes. */
export function registerAdminCommand(program: Command): void {
  const admin = program
    .command('admin')
    .summary('operate a running gateway')
    .description(
      'Calls the admin routes of a running gateway: models, replicas, statistics, learning, settings, log level, streams, drain. The gateway lists the routes at /docs.',
    )
    .addHelpText(
      'after',
      '\nExamples:\n  pairstream admin info\n  pairstream admin models unload xgb1\n  pairstream admin replicas drain 10.0.0.7:8001 --url http://10.0.0.3:8080',
    );
  registerServerCommands(admin);
  registerModelCommands(admin);
  registerReplicaCommands(admin);
  registerStatisticsCommands(admin);
  registerLearningCommands(admin);
  registerStreamCommands(admin);
  registerDrainCommand(admin);
}

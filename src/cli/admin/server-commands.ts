import type { Command } from 'commander';
import type { z } from 'zod';
import { configSchema } from '../../gateway/admin/config.schemas.js';
import { infoSchema } from '../../gateway/admin/info.schemas.js';
import { currentLogLevelSchema } from '../../gateway/admin/log-level.schemas.js';
import { addAdminOptions, type AdminOptions, clientOf, printAnswer } from './admin-options.js';

/** Adds `admin info`, `admin config` and `admin log-level`. */
export function registerServerCommands(admin: Command): void {
  addAdminOptions(admin.command('info').summary('version, build, release and readiness'))
    .description('Prints the version and build of the gateway, its release, and whether it is ready.')
    .action(async (options: AdminOptions) => {
      const info = await clientOf(options).send({ method: 'GET', path: ['info'] }, infoSchema);
      printAnswer(options, info, infoRows);
    });
  addAdminOptions(admin.command('config').summary('settings, with the source of each'))
    .description('Prints every setting of the gateway, its value and its source. Secrets are masked.')
    .action(async (options: AdminOptions) => {
      const config = await clientOf(options).send({ method: 'GET', path: ['config'] }, configSchema);
      printAnswer(options, config, ({ settings }) => [
        ['variable', 'value', 'source'],
        ...settings.map(({ variable, value, source }) => [variable, value === '' ? '-' : value, source]),
      ]);
    });
  addAdminOptions(admin.command('log-level').summary('show or change the level of the log'))
    .description('Prints the level of the log, or changes it until the gateway restarts.')
    .argument('[level]', 'info, silent, error, warn or debug')
    .action(async (level: string | undefined, options: AdminOptions) => {
      const path = ['log-level'];
      const answer = await clientOf(options).send(
        level === undefined ? { method: 'GET', path } : { method: 'PUT', path, body: { level } },
        currentLogLevelSchema,
      );
      printAnswer(options, answer, (current) => [['level', current.level]]);
    });
}

function infoRows(info: z.output<typeof infoSchema>): string[][] {
  const { release } = info;
  return [
    ['version', info.version],
    ['commit', info.commit ?? 'unknown'],
    ['node', info.node],
    ['started', info.startedAt],
    ['uptime', `${Math.round(info.uptimeS)} s`],
    ['backend', info.backend],
    ['release', release === null ? 'none' : release.id],
    ['pipeline', release === null ? 'none' : release.pipeline],
    ['ready', info.isReady ? 'yes' : `no: ${info.reason ?? 'unknown'}`],
    ['degraded', info.degraded ?? 'no'],
  ];
}

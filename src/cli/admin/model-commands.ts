import type { Command } from 'commander';
import type { z } from 'zod';
import { modelSchema, modelsSchema } from '../../gateway/admin/models.schemas.js';
import { addAdminOptions, type AdminOptions, clientOf, printAnswer } from './admin-options.js';
import { BYTES_PER_MIB } from '../../config/byte-units.js';

type Model = z.output<typeof modelSchema>;

/** Adds `admin models`. */
export function registerModelCommands(admin: Command): void {
  const models = admin
    .command('models')
    .summary('list, load and unload models')
    .description('Lists, loads and unloads the models of the release.')
    .addHelpText('after', '\nExamples:\n  pairstream admin models\n  pairstream admin models unload xgb1');
  addAdminOptions(models.command('list', { isDefault: true }).summary('list the models'))
    .description('Lists the models of the release.')
    .action(async (options: AdminOptions) => {
      const answer = await clientOf(options).send({ method: 'GET', path: ['models'] }, modelsSchema);
      printAnswer(options, answer, (list) => modelRows(list.models));
    });
  addAdminOptions(models.command('show').summary('show one model'))
    .description('Prints one model with its tensors.')
    .argument('<model>', 'name of the model')
    .action(async (model: string, options: AdminOptions) => {
      const answer = await clientOf(options).send({ method: 'GET', path: ['models', model] }, modelSchema);
      printAnswer(options, answer, detailRows);
    });
  addAdminOptions(models.command('load').summary('load a model, or load it anew'))
    .description(
      'Loads a model, or loads it anew. The model runs calls after its golden rows are right. On Triton every server loads it, which needs --model-control-mode=explicit there.',
    )
    .argument('<model>', 'name of the model')
    .action(async (model: string, options: AdminOptions) => {
      const request = { method: 'POST', path: ['models', model, 'load'] } as const;
      const answer = await clientOf(options).send(request, modelSchema);
      printAnswer(options, answer, (loaded) => modelRows([loaded]));
    });
  addAdminOptions(models.command('unload').summary('answer requests without a model'))
    .description(
      'Unloads a model: requests are answered without it, as the degrade ladder allows, until it is loaded again or the gateway restarts. On Triton every server unloads it, for all gateways.',
    )
    .argument('<model>', 'name of the model')
    .option('--force', 'unload also if only base rates, or nothing, can answer afterwards')
    .action(async (model: string, { force = false, ...options }: AdminOptions & { force?: boolean }) => {
      const request = { method: 'POST', path: ['models', model, 'unload'], query: { force } } as const;
      const answer = await clientOf(options).send(request, modelSchema);
      printAnswer(options, answer, (unloaded) => modelRows([unloaded]));
    });
}

function modelRows(models: readonly Model[]): string[][] {
  return [
    ['model', 'version', 'engine', 'load ms', 'MiB', 'state', 'outage'],
    ...models.map((model) => [
      model.name,
      model.version,
      model.engine,
      shownLoadMs(model),
      shownMib(model),
      model.state,
      model.outage ?? '-',
    ]),
  ];
}

function shownLoadMs({ loadMs }: Model): string {
  return loadMs === null ? '-' : loadMs.toFixed(0);
}

function shownMib({ memoryBytes }: Model): string {
  return memoryBytes === null ? '-' : (memoryBytes / BYTES_PER_MIB).toFixed(2);
}

function detailRows(model: Model): string[][] {
  const { name, version, contentSha256, engine, state, outage, inputs, outputs } = model;
  const tensorRows = (side: string, tensors: Model['inputs']): string[][] =>
    tensors.map((tensor) => [side, `${tensor.name} ${tensor.datatype} [${tensor.shape.join(', ')}]`]);
  return [
    ['model', name],
    ['version', version],
    ['sha256', contentSha256],
    ['engine', engine],
    ['load ms', shownLoadMs(model)],
    ['MiB', shownMib(model)],
    ['state', state],
    ['outage', outage ?? '-'],
    ...tensorRows('input', inputs),
    ...tensorRows('output', outputs),
  ];
}

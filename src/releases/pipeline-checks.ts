import { PairstreamError } from '../errors/pairstream-error.js';
import { definitionsOf } from '../features/feature-plan.js';
import type { PipelineDefinition } from './pipeline-schema.js';
import { TARGET_COUNT } from '../pairs/targets.js';

/** Checks that every model has at least one input and exactly one output. */
export function checkTensors(path: string, { models }: PipelineDefinition): void {
  if (Object.keys(models).length === 0)
    throw invalidPipeline(path, 'models', 'no model, expected one or more');
  for (const [model, { inputs, outputs }] of Object.entries(models)) {
    if (Object.keys(inputs).length === 0)
      throw invalidPipeline(path, `models.${model}.inputs`, 'none, expected one or more');
    const outputCount = Object.keys(outputs).length;
    if (outputCount !== 1)
      throw invalidPipeline(path, `models.${model}.outputs`, `${outputCount} outputs, expected 1`);
  }
}

/** Checks that tweet models output vectors, that pair models output probabilities, and that only pair models read towers. */
export function checkRowSpaces(path: string, { models }: PipelineDefinition): void {
  for (const [model, { row_space: rowSpace, inputs, outputs }] of Object.entries(models)) {
    const isTower = rowSpace === 'tweet';
    for (const [tensor, { width, combine }] of Object.entries(outputs)) {
      const field = `models.${model}.outputs.${tensor}`;
      const expected = isTower ? 'vector' : 'mean_of_bags';
      if (combine !== expected)
        throw invalidPipeline(
          path,
          `${field}.combine`,
          `${combine}, expected ${expected} of a model of the ${rowSpace}`,
        );
      if (!isTower && width % TARGET_COUNT !== 0)
        throw invalidPipeline(path, `${field}.width`, `${width}, expected a multiple of ${TARGET_COUNT}`);
    }
    for (const [tensor, { tokens, tower, members }] of Object.entries(inputs)) {
      const field = `models.${model}.inputs.${tensor}`;
      if (!isTower && tokens !== undefined)
        throw invalidPipeline(
          path,
          `${field}.tokens`,
          'in a model of the pair, expected in one of the tweet',
        );
      if (isTower && (tower !== undefined || members.length > 0))
        throw invalidPipeline(
          path,
          field,
          'a model of the tweet reads other models, expected features, indexes or tokens',
        );
      if (tower !== undefined && models[tower]?.row_space !== 'tweet')
        throw invalidPipeline(path, `${field}.tower`, `"${tower}" is no model of the tweet`);
    }
  }
  const towers = Object.values(models).flatMap(({ inputs }) =>
    Object.values(inputs).map(({ tower }) => tower),
  );
  const idle = Object.keys(models).find(
    (model) => models[model]!.row_space === 'tweet' && !towers.includes(model),
  );
  if (idle !== undefined)
    throw invalidPipeline(path, `models.${idle}`, 'no model reads it, expected one that does');
}

/** Checks that every feature is in the catalogue and occurs once per input. */
export function checkFeatures(path: string, { models }: PipelineDefinition): void {
  for (const [model, { inputs }] of Object.entries(models)) {
    for (const [tensor, { features }] of Object.entries(inputs)) {
      try {
        definitionsOf(features ?? []);
      } catch (error) {
        if (!(error instanceof PairstreamError) || error.field === undefined) throw error;
        const problem = error.message.slice(error.field.length + 2);
        throw invalidPipeline(path, `models.${model}.inputs.${tensor}.${error.field}`, problem);
      }
    }
  }
}

/** Checks that every pair model is in exactly one stage. */
export function checkStages(path: string, { models, stages }: PipelineDefinition): void {
  const stageOf = new Map<string, number>();
  for (const [i, stage] of stages.entries()) {
    for (const [j, model] of stage.entries()) {
      const field = `stages[${i}][${j}]`;
      if (!Object.hasOwn(models, model))
        throw invalidPipeline(path, field, `"${model}" is no model, ${knownModels(models)}`);
      if (models[model]!.row_space === 'tweet')
        throw invalidPipeline(
          path,
          field,
          `"${model}" is a model of the tweet, which runs before the stages`,
        );
      const earlier = stageOf.get(model);
      if (earlier !== undefined)
        throw invalidPipeline(path, field, `"${model}" is in stage ${earlier} already`);
      stageOf.set(model, i);
    }
  }
  const idle = Object.keys(models).find(
    (model) => models[model]!.row_space === 'pair' && !stageOf.has(model),
  );
  if (idle !== undefined) throw invalidPipeline(path, 'stages', `model "${idle}" is in no stage`);
}

/** Checks that a model reads only models of earlier stages, each once per input, and that `may_miss` leaves one of them. */
export function checkMembers(path: string, { models, stages }: PipelineDefinition): void {
  const stageOf = (model: string): number => stages.findIndex((stage) => stage.includes(model));
  for (const [model, { inputs }] of Object.entries(models)) {
    checkMayMiss(path, model, models);
    for (const [tensor, { members }] of Object.entries(inputs)) {
      for (const [i, member] of members.entries()) {
        const field = `models.${model}.inputs.${tensor}.members[${i}]`;
        if (!Object.hasOwn(models, member))
          throw invalidPipeline(path, field, `"${member}" is no model, ${knownModels(models)}`);
        if (members.indexOf(member) < i) throw invalidPipeline(path, field, `"${member}" occurs twice`);
        if (stageOf(member) >= stageOf(model)) {
          const seen = `"${member}" runs in stage ${stageOf(member)}, "${model}" in stage ${stageOf(model)}`;
          throw invalidPipeline(path, field, `${seen}: a cycle, expected a model of an earlier stage`);
        }
      }
    }
  }
}

/** Checks that `may_miss` is less than the number of models read: a model cannot answer if all of them are missing. */
function checkMayMiss(path: string, model: string, models: PipelineDefinition['models']): void {
  const { may_miss: mayMiss } = models[model]!;
  const memberCount = membersOf(models, model).length;
  if (mayMiss === 0 || mayMiss < memberCount) return;
  const expected =
    memberCount === 0
      ? '0: the model reads no other model'
      : `less than ${memberCount}, the number of models it reads`;
  throw invalidPipeline(path, `models.${model}.may_miss`, `${mayMiss}, expected ${expected}`);
}

/** Names of the models that a model reads, in the order of its inputs. */
export function membersOf(models: PipelineDefinition['models'], model: string): string[] {
  return [...new Set(Object.values(models[model]?.inputs ?? {}).flatMap(({ members }) => members))];
}

/** The part "expected one of ..." of an error about an unknown model. */
export function knownModels(models: PipelineDefinition['models']): string {
  return `expected one of ${Object.keys(models).join(', ')}`;
}

/** Error about a field of a pipeline file. @param path of the file */
export function invalidPipeline(path: string, field: string, problem: string): PairstreamError {
  return new PairstreamError('INVALID_PIPELINE', `${path}: ${field}: ${problem}`, { field });
}

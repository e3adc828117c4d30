import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { parse, YAMLParseError } from 'yaml';
import { z } from 'zod';
import { PairstreamError } from '../errors/pairstream-error.js';

const VERSION = 1;
const WEIGHT_TOLERANCE = 1e-6;
const TARGET_COUNT = 4;

const name = z.string().regex(/^[a-z][a-z0-9_]*$/, 'expected a name of a-z, 0-9 and _');
const inputSchema = z
  .strictObject({
    features: z.array(z.string()).min(1).optional(),
    members: z.array(name).default([]),
    indexes: z
      .array(z.strictObject({ key: z.string(), map: name }))
      .min(1)
      .optional(),
    tokens: z.int().min(1).max(1_024).optional(),
    tower: name.optional(),
  })
  .refine(
    ({ features, indexes, tokens, tower }) =>
      [features, indexes, tokens, tower].filter((source) => source !== undefined).length === 1,
    'expected one of features, indexes, tokens and tower',
  )
  .refine(({ features, members }) => features !== undefined || members.length === 0, {
    error: 'expected none: only an input of features can hold them',
    path: ['members'],
  });
const weight = z.number().nonnegative();
const pipelineSchema = z.strictObject({
  version: z.literal(VERSION),
  name,
  vocabulary: z.string().min(1),
  statistics: z.string().min(1),
  languages: z.string().min(1).optional(),
  model_repository: z.string().min(1),
  models: z.record(
    name,
    z.strictObject({
      version: z.string().regex(/^\d+$/, 'expected a whole number in quotes'),
      row_space: z.enum(['pair', 'tweet']),
      inputs: z.record(z.string(), inputSchema),
      outputs: z.record(
        z.string(),
        z.strictObject({ width: z.int().positive(), combine: z.enum(['mean_of_bags', 'vector']) }),
      ),
    }),
  ),
  stages: z.array(z.array(name).min(1)).min(1),
  blend: z.record(name, z.union([weight, z.tuple([weight, weight, weight, weight])])),
});

/** The content of a pipeline file; see docs/reference for what each field means. */
export type PipelineDefinition = z.infer<typeof pipelineSchema>;

/** What feeds one input of a model. */
export type InputDefinition = PipelineDefinition['models'][string]['inputs'][string];

/** A pipeline file that agrees with itself. */
export interface PipelineFile {
  readonly definition: PipelineDefinition;
  readonly path: string;
  /** Absolute paths of what it names. */
  readonly vocabularyPath: string;
  readonly statisticsPath: string;
  /** Undefined when the file names none. */
  readonly languagesPath: string | undefined;
  readonly modelRepositoryPath: string;
  readonly sha256: string;
}

/**
 * Reads and checks a pipeline file.
 * @throws PairstreamError INVALID_PIPELINE that names the field, the value seen and what was expected
 */
export function readPipelineFile(path: string): PipelineFile {
  const bytes = readBytes(path);
  const parsed = pipelineSchema.safeParse(parseYaml(path, bytes.toString('utf8')));
  if (!parsed.success) throw invalid(path, fieldOf(parsed.error), z.prettifyError(parsed.error));
  const definition = parsed.data;
  checkTensors(path, definition);
  checkRowSpaces(path, definition);
  checkStages(path, definition);
  checkMembers(path, definition);
  checkBlend(path, definition);
  const directory = dirname(resolve(path));
  return {
    definition,
    path,
    vocabularyPath: resolve(directory, definition.vocabulary),
    statisticsPath: resolve(directory, definition.statistics),
    languagesPath: definition.languages === undefined ? undefined : resolve(directory, definition.languages),
    modelRepositoryPath: resolve(directory, definition.model_repository),
    sha256: createHash('sha256').update(bytes).digest('hex'),
  };
}

function readBytes(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new PairstreamError('INVALID_PIPELINE', `${path}: cannot be read`, { field: path, cause: error });
  }
}

function parseYaml(path: string, text: string): unknown {
  try {
    return parse(text);
  } catch (error) {
    const problem = error instanceof YAMLParseError ? error.message : 'not YAML';
    throw new PairstreamError('INVALID_PIPELINE', `${path}: ${problem}`, { field: path, cause: error });
  }
}

function checkTensors(path: string, { models }: PipelineDefinition): void {
  if (Object.keys(models).length === 0) throw invalid(path, 'models', 'no model, expected one or more');
  for (const [model, { inputs, outputs }] of Object.entries(models)) {
    if (Object.keys(inputs).length === 0)
      throw invalid(path, `models.${model}.inputs`, 'none, expected one or more');
    const outputCount = Object.keys(outputs).length;
    if (outputCount !== 1)
      throw invalid(path, `models.${model}.outputs`, `${outputCount} outputs, expected 1`);
  }
}

/** Models of tweets answer with vectors for models of pairs, which answer with probabilities. */
function checkRowSpaces(path: string, { models }: PipelineDefinition): void {
  for (const [model, { row_space: rowSpace, inputs, outputs }] of Object.entries(models)) {
    const isTower = rowSpace === 'tweet';
    for (const [tensor, { width, combine }] of Object.entries(outputs)) {
      const field = `models.${model}.outputs.${tensor}`;
      const expected = isTower ? 'vector' : 'mean_of_bags';
      if (combine !== expected)
        throw invalid(
          path,
          `${field}.combine`,
          `${combine}, expected ${expected} of a model of the ${rowSpace}`,
        );
      if (!isTower && width % TARGET_COUNT !== 0)
        throw invalid(path, `${field}.width`, `${width}, expected a multiple of ${TARGET_COUNT}`);
    }
    for (const [tensor, { tokens, tower, members }] of Object.entries(inputs)) {
      const field = `models.${model}.inputs.${tensor}`;
      if (!isTower && tokens !== undefined)
        throw invalid(path, `${field}.tokens`, 'in a model of the pair, expected in one of the tweet');
      if (isTower && (tower !== undefined || members.length > 0))
        throw invalid(
          path,
          field,
          'a model of the tweet reads other models, expected features, indexes or tokens',
        );
      if (tower !== undefined && models[tower]?.row_space !== 'tweet')
        throw invalid(path, `${field}.tower`, `"${tower}" is no model of the tweet`);
    }
  }
  const towers = Object.values(models).flatMap(({ inputs }) =>
    Object.values(inputs).map(({ tower }) => tower),
  );
  const idle = Object.keys(models).find(
    (model) => models[model]!.row_space === 'tweet' && !towers.includes(model),
  );
  if (idle !== undefined) throw invalid(path, `models.${idle}`, 'no model reads it, expected one that does');
}

function checkStages(path: string, { models, stages }: PipelineDefinition): void {
  const stageOf = new Map<string, number>();
  for (const [i, stage] of stages.entries()) {
    for (const [j, model] of stage.entries()) {
      const field = `stages[${i}][${j}]`;
      if (!Object.hasOwn(models, model))
        throw invalid(path, field, `"${model}" is no model, ${known(models)}`);
      if (models[model]!.row_space === 'tweet')
        throw invalid(path, field, `"${model}" is a model of the tweet, which runs before the stages`);
      const earlier = stageOf.get(model);
      if (earlier !== undefined) throw invalid(path, field, `"${model}" is in stage ${earlier} already`);
      stageOf.set(model, i);
    }
  }
  const idle = Object.keys(models).find(
    (model) => models[model]!.row_space === 'pair' && !stageOf.has(model),
  );
  if (idle !== undefined) throw invalid(path, 'stages', `model "${idle}" is in no stage`);
}

/** A member that is read must come from an earlier stage; anything else is a cycle or would read what is not there yet. */
function checkMembers(path: string, { models, stages }: PipelineDefinition): void {
  const stageOf = (model: string): number => stages.findIndex((stage) => stage.includes(model));
  for (const [model, { inputs }] of Object.entries(models)) {
    for (const [tensor, { members }] of Object.entries(inputs)) {
      for (const [i, member] of members.entries()) {
        const field = `models.${model}.inputs.${tensor}.members[${i}]`;
        if (!Object.hasOwn(models, member))
          throw invalid(path, field, `"${member}" is no model, ${known(models)}`);
        if (members.indexOf(member) < i) throw invalid(path, field, `"${member}" occurs twice`);
        if (stageOf(member) >= stageOf(model)) {
          const seen = `"${member}" runs in stage ${stageOf(member)}, "${model}" in stage ${stageOf(model)}`;
          throw invalid(path, field, `${seen}: a cycle, expected a model of an earlier stage`);
        }
      }
    }
  }
}

function checkBlend(path: string, { models, blend }: PipelineDefinition): void {
  for (const model of Object.keys(blend)) {
    if (!Object.hasOwn(models, model))
      throw invalid(path, `blend.${model}`, `no such model, ${known(models)}`);
    if (models[model]!.row_space === 'tweet')
      throw invalid(path, `blend.${model}`, 'a model of the tweet, expected one that answers probabilities');
  }
  for (let target = 0; target < TARGET_COUNT; target += 1) {
    const sum = Object.values(blend).reduce<number>((total, weights) => total + weightOf(weights, target), 0);
    if (Math.abs(sum - 1) > WEIGHT_TOLERANCE)
      throw invalid(path, 'blend', `weights sum to ${sum} for target ${target}, expected 1`);
  }
}

/** Weight of a model for a target (0 .. 3): one number is for all. */
export function weightOf(weights: PipelineDefinition['blend'][string], target: number): number {
  return typeof weights === 'number' ? weights : weights[target]!;
}

function known(models: PipelineDefinition['models']): string {
  return `expected one of ${Object.keys(models).join(', ')}`;
}

function fieldOf(error: z.ZodError): string {
  const [issue] = error.issues;
  return issue === undefined ? 'pipeline' : z.core.toDotPath(issue.path) || 'pipeline';
}

function invalid(path: string, field: string, problem: string): PairstreamError {
  return new PairstreamError('INVALID_PIPELINE', `${path}: ${field}: ${problem}`, { field });
}

import { z } from 'zod';

const VERSION = 1;

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
const weights = z.record(name, z.union([weight, z.tuple([weight, weight, weight, weight])]));
const rungSchema = z
  .strictObject({
    rung: name,
    weights: weights.optional(),
    base_rates: z.literal(true).optional(),
    may_miss: z.int().nonnegative().optional(),
    rce: z.number().nullable().default(null),
  })
  .refine(
    ({ weights: ofMembers, base_rates: baseRates }) => (ofMembers === undefined) === (baseRates === true),
    'expected one of weights and base_rates',
  )
  .refine(
    ({ base_rates: baseRates, may_miss: mayMiss }) => baseRates === undefined || mayMiss === undefined,
    {
      error: 'expected none beside base_rates, which need no model',
      path: ['may_miss'],
    },
  );

/** The form of a pipeline file; whether it agrees with itself is looked at afterwards. */
export const pipelineSchema = z.strictObject({
  version: z.literal(VERSION),
  name,
  vocabulary: z.string().min(1),
  do_lower_case: z.boolean().default(false),
  statistics: z.string().min(1),
  languages: z.string().min(1).optional(),
  model_repository: z.string().min(1),
  models: z.record(
    name,
    z.strictObject({
      version: z.string().regex(/^\d+$/, 'expected a whole number in quotes'),
      row_space: z.enum(['pair', 'tweet']),
      may_miss: z.int().nonnegative().default(0),
      inputs: z.record(z.string(), inputSchema),
      outputs: z.record(
        z.string(),
        z.strictObject({ width: z.int().positive(), combine: z.enum(['mean_of_bags', 'vector']) }),
      ),
    }),
  ),
  stages: z.array(z.array(name).min(1)).min(1),
  blend: weights.optional(),
  ladder: z.array(rungSchema).min(1).optional(),
});

/** The content of a pipeline file; see docs/reference for what each field means. */
export type PipelineDefinition = z.infer<typeof pipelineSchema>;

/** What feeds one input of a model. */
export type InputDefinition = PipelineDefinition['models'][string]['inputs'][string];

/** Weights of models, by name. */
export type WeightsDefinition = NonNullable<PipelineDefinition['blend']>;

/** One rung of a ladder. */
export type RungDefinition = NonNullable<PipelineDefinition['ladder']>[number];

/** Weight of a model for a target (0 .. 3): one number is for all. */
export function weightOf(weights: WeightsDefinition[string], target: number): number {
  return typeof weights === 'number' ? weights : weights[target]!;
}

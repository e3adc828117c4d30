import { z } from 'zod';

const VERSION = 1;

const name = z.string().regex(/^[a-z][a-z0-9_]*$/, 'expected a name of a-z, 0-9 and _');
const inputSchema = z
  .strictObject({
    features: z
      .array(z.string())
      .min(1)
      .optional()
      .describe('Features in the columns of the input, in order; features.md lists the names'),
    members: z
      .array(name)
      .default([])
      .describe('Models of earlier stages; their four probabilities follow the features, in order'),
    indexes: z
      .array(
        z.strictObject({
          key: z.string().describe('Name of a key in features.md'),
          map: name.describe('Name of the index map: `<map>.arrow` in the version folder of the model'),
        }),
      )
      .min(1)
      .optional()
      .describe(
        'Columns of the input, in order: row numbers in embedding tables, looked up by key; 0 for an unknown key',
      ),
    tokens: z
      .int()
      .min(1)
      .max(1_024)
      .optional()
      .describe("Number of columns for the first token ids of the tweet's text, padded with 0"),
    tower: name.optional().describe('Tower (model of the tweet) whose vector is the input'),
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
    rung: name.describe('Name of the rung in answers, metrics and `min_rung`'),
    weights: weights.optional().describe('Models of the rung with their weights, as in `blend`'),
    base_rates: z
      .literal(true)
      .optional()
      .describe('The rung answers with the base rates of the statistics, without models'),
    may_miss: z
      .int()
      .nonnegative()
      .optional()
      .describe(
        'Maximum number of missing models, of those in `weights` and all models that they read. Without it no model may be missing',
      ),
    rce: z
      .number()
      .nullable()
      .default(null)
      .describe('Measured relative cross entropy (RCE) of the rung, for GetServerInfo'),
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

/** Schema of a pipeline file. References between its fields are checked later, by `readPipelineFile`. */
export const pipelineSchema = z.strictObject({
  version: z.literal(VERSION).describe('Version of this format'),
  name: name.describe('Name of the release in logs and GetServerInfo'),
  vocabulary: z.string().min(1).describe('Path of the wordpiece vocabulary, one piece per line'),
  do_lower_case: z
    .boolean()
    .default(false)
    .describe(
      'True for an uncased vocabulary: text is lower-cased and stripped of accents before it is cut into wordpieces',
    ),
  statistics: z.string().min(1).describe('Path of the statistics snapshot, written by `replay`'),
  languages: z.string().min(1).optional().describe('Path of the file that maps BCP-47 tags to language ids'),
  model_repository: z.string().min(1).describe('Path of the models, a Triton model repository'),
  models: z
    .record(
      name,
      z.strictObject({
        version: z
          .string()
          .regex(/^\d+$/, 'expected a whole number in quotes')
          .describe('Name of the version folder of the model, in quotes'),
        row_space: z
          .enum(['pair', 'tweet'])
          .describe('Row space of the model; a model of the tweet (a tower) runs once per distinct tweet'),
        may_miss: z
          .int()
          .nonnegative()
          .default(0)
          .describe('Maximum number of members that may be missing; their columns are then NaN'),
        inputs: z
          .record(z.string(), inputSchema)
          .describe('Inputs by tensor name; each has exactly one of features, indexes, tokens and tower'),
        outputs: z
          .record(
            z.string(),
            z.strictObject({
              width: z.int().positive().describe('Number of columns'),
              combine: z
                .enum(['mean_of_bags', 'vector'])
                .describe(
                  'mean_of_bags: groups of four probabilities that are averaged; vector: the result of a tower',
                ),
            }),
          )
          .describe('Outputs by tensor name'),
      }),
    )
    .describe('Models by name'),
  stages: z
    .array(z.array(name).min(1))
    .min(1)
    .describe('Names of the models of each stage; the models of a stage run in parallel'),
  blend: weights
    .optional()
    .describe(
      'Weights of the models in the answer: one number, or one for each of reply, retweet, quote, like. Use either `blend` or `ladder`',
    ),
  ladder: z.array(rungSchema).min(1).optional().describe('Rungs of the answer, best first'),
});

/** Content of a pipeline file. docs/reference/pipeline.md describes each field. */
export type PipelineDefinition = z.infer<typeof pipelineSchema>;

/** Source of one input of a model. */
export type InputDefinition = PipelineDefinition['models'][string]['inputs'][string];

/** Weights of models, by name. */
export type WeightsDefinition = NonNullable<PipelineDefinition['blend']>;

/** One rung of a ladder. */
export type RungDefinition = NonNullable<PipelineDefinition['ladder']>[number];

/** Weight of a model for a target (0 .. 3). A single number is the weight for all targets. */
export function weightOf(weights: WeightsDefinition[string], target: number): number {
  return typeof weights === 'number' ? weights : weights[target]!;
}

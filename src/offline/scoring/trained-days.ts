import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { PairstreamError } from '../../errors/pairstream-error.js';
import { schemaProblems } from '../../errors/schema-problems.js';
import type { PipelineFile } from '../../releases/pipeline-file.js';

const daysSchema = z.object({ first_day: z.int().nonnegative(), last_day: z.int().nonnegative() });

/** First and last day, both included, that a model was trained on: a part of `training.json`. */
export type TrainedDays = z.infer<typeof daysSchema>;

/**
 * Reads which days the models of all stages were trained on, from `training.json` beside each model.
 * @returns by model; null for a model without such a file
 * @throws PairstreamError INVALID_MODEL for a file that is damaged
 */
export function readTrainedDays({
  definition: { models, stages },
  modelRepositoryPath,
}: PipelineFile): Map<string, TrainedDays | null> {
  return new Map(
    stages.flat().map((name) => [name, readDays(join(modelRepositoryPath, name, models[name]!.version))]),
  );
}

function readDays(folder: string): TrainedDays | null {
  const path = join(folder, 'training.json');
  if (!existsSync(path)) return null;
  try {
    return daysSchema.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch (error) {
    const problem = error instanceof z.ZodError ? schemaProblems(error) : 'cannot be read as JSON';
    throw new PairstreamError('INVALID_MODEL', `${path}: ${problem}`, { field: path, cause: error });
  }
}

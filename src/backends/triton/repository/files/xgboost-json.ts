import { z } from 'zod';
import { finding, type LocatedFinding } from '../finding.js';
import { readText } from './model-folder.js';

const modelSchema = z.object({
  learner: z.object({
    learner_model_param: z.object({ num_target: z.coerce.number().default(1) }),
  }),
});

/** True if an XGBoost model in JSON has one target, as FIL requires. Binary forms are not checked. */
export function checkXgboostJson(file: string, model: string): LocatedFinding[] {
  let json: unknown;
  try {
    json = JSON.parse(readText(file) ?? '');
  } catch {
    return [
      {
        ...finding('model-file-damaged', 'file', 'no JSON, expected a model that XGBoost saved'),
        model,
        file,
      },
    ];
  }
  const parsed = modelSchema.safeParse(json);
  if (!parsed.success)
    return [
      {
        ...finding('model-file-damaged', 'learner', 'no XGBoost model, expected one that XGBoost saved'),
        model,
        file,
      },
    ];
  const targets = parsed.data.learner.learner_model_param.num_target;
  if (targets <= 1) return [];
  const problem = `${targets}, expected 1: FIL takes no model of many targets; serve a treelite_checkpoint of it`;
  return [{ ...finding('fil-multi-target', 'learner.learner_model_param.num_target', problem), model, file }];
}

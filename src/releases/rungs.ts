import type { MemberWeights, Rung } from '../ensemble/ladder.js';
import { type PipelineDefinition, type WeightsDefinition, weightOf } from './pipeline-schema.js';

/** Name of the single rung of a pipeline with a blend. */
const WHOLE = 'full';
const NO_WEIGHTS: ReadonlyMap<string, MemberWeights> = new Map();

/**
 * Builds the rungs of a pipeline, best first. A blend is a single rung that needs all of its models.
 * @param priors base rate by target
 */
export function rungsOf({ blend = {}, ladder }: PipelineDefinition, priors: Float64Array): Rung[] {
  if (ladder === undefined) return [{ name: WHOLE, weights: weightsOf(blend), mayMiss: 0, rce: null }];
  return ladder.map(({ rung: name, weights, may_miss: mayMiss = 0, rce }) =>
    weights === undefined
      ? { name, weights: NO_WEIGHTS, mayMiss, baseRates: priors, rce }
      : { name, weights: weightsOf(weights), mayMiss, rce },
  );
}

function weightsOf(weights: WeightsDefinition): ReadonlyMap<string, MemberWeights> {
  return new Map(
    Object.entries(weights).map(([model, own]) => [
      model,
      [weightOf(own, 0), weightOf(own, 1), weightOf(own, 2), weightOf(own, 3)],
    ]),
  );
}

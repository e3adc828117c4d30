import { PairstreamError } from '../../errors/pairstream-error.js';
import type { PipelineDefinition } from '../../releases/pipeline-schema.js';

/**
 * A pipeline of the first stages alone, to run before the models of later stages exist. Its answers are base rates: only
 * what its models say is of use.
 * @param stageCount from 1 to all stages; all of them give the pipeline itself
 * @throws PairstreamError INVALID_CONFIG for another number
 */
export function firstStages(definition: PipelineDefinition, stageCount: number): PipelineDefinition {
  const { stages, models } = definition;
  if (stageCount < 1 || stageCount > stages.length) {
    const problem = `--stages is ${stageCount}, expected 1 to ${stages.length}, the stages of ${definition.name}`;
    throw new PairstreamError('INVALID_CONFIG', problem, { field: '--stages' });
  }
  if (stageCount === stages.length) return definition;
  const kept = stages.slice(0, stageCount);
  const ofPairs = kept.flat();
  const towers = ofPairs.flatMap((name) =>
    Object.values(models[name]!.inputs).flatMap(({ tower }) => tower ?? []),
  );
  const names = new Set([...towers, ...ofPairs]);
  const { blend: _, ...rest } = definition;
  return {
    ...rest,
    models: Object.fromEntries(Object.entries(models).filter(([name]) => names.has(name))),
    stages: kept,
    ladder: [{ rung: 'base_rates', base_rates: true, rce: null }],
  };
}

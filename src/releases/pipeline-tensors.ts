import { ENSEMBLE_WIDTH } from '../ensemble/model-input.js';
import type { InputDefinition, PipelineDefinition } from './pipeline-schema.js';

/** A tensor of shape [rows, width], as the pipeline file declares it. */
export interface PipelineTensor {
  readonly name: string;
  readonly datatype: 'FP32' | 'INT32';
  /** Values per row. */
  readonly width: number;
}

/** A model of a pipeline, with its tensors. */
export interface PipelineModel {
  readonly name: string;
  readonly version: string;
  readonly inputs: readonly PipelineTensor[];
  readonly outputs: readonly PipelineTensor[];
}

/** Lists the models of a pipeline, with the tensors that each model file must have. */
export function pipelineModels({ models }: PipelineDefinition): PipelineModel[] {
  return Object.entries(models).map(([name, { version, inputs, outputs }]) => ({
    name,
    version,
    inputs: Object.entries(inputs).map(([tensor, input]) => ({ name: tensor, ...typeOf(input, models) })),
    outputs: Object.entries(outputs).map(([tensor, { width }]) => ({
      name: tensor,
      datatype: 'FP32',
      width,
    })),
  }));
}

function typeOf(
  { features, indexes, tokens, tower, members }: InputDefinition,
  models: PipelineDefinition['models'],
): Omit<PipelineTensor, 'name'> {
  if (features !== undefined)
    return { datatype: 'FP32', width: features.length + members.length * ENSEMBLE_WIDTH };
  if (indexes !== undefined) return { datatype: 'INT32', width: indexes.length };
  if (tower === undefined) return { datatype: 'INT32', width: tokens ?? 0 };
  const [output] = Object.values(models[tower]?.outputs ?? {});
  return { datatype: 'FP32', width: output?.width ?? 0 };
}

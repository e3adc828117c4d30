import type { NullModel } from './null-backend.js';
import { readPipelineFile } from '../../../releases/pipeline-file.js';
import { type PipelineTensor, pipelineModels } from '../../../releases/pipeline-tensors.js';
import type { TensorSpec } from '../../../backends/backend.js';

/** The models of a pipeline file as a backend knows them that runs none. @throws PairstreamError as readPipelineFile */
export function nullModels(pipelinePath: string): Record<string, NullModel> {
  const models = pipelineModels(readPipelineFile(pipelinePath).definition);
  return Object.fromEntries(
    models.map(({ name, inputs, outputs }) => [
      name,
      { inputs: inputs.map(specOf), outputs: outputs.map(specOf) },
    ]),
  );
}

function specOf({ name, datatype, width }: PipelineTensor): TensorSpec {
  return { name, datatype, shape: [-1, width] };
}

import type { ModelConfig } from '@pairstream/triton-client';
import { type Finding, finding } from '../finding.js';
import { shapesAgree, type TensorConfig } from './tensor-shapes.js';

type WarmupInputs = ModelConfig['modelWarmup'][number]['inputs'];

/** Checks that warm-up requests, which a server runs before it is ready, fit the model. */
export function checkWarmup({ modelWarmup, maxBatchSize, input }: ModelConfig): Finding[] {
  return modelWarmup.flatMap(({ batchSize, inputs }, i) => {
    const field = `model_warmup[${i}]`;
    const findings: Finding[] = [];
    if (batchSize < 1 || batchSize > Math.max(1, maxBatchSize))
      findings.push(
        finding(
          batchSize < 1 ? 'warmup-batch' : 'warmup-batch-large',
          `${field}.batch_size`,
          `${batchSize}, expected 1 to max_batch_size, ${maxBatchSize}: Triton skips 0`,
        ),
      );
    const problem = misfit(input, inputs);
    if (problem !== undefined) findings.push(finding('warmup-tensors', `${field}.inputs`, problem));
    return findings;
  });
}

function misfit(tensors: readonly TensorConfig[], inputs: WarmupInputs): string | undefined {
  const names = tensors.map(({ name }) => name);
  const unknown = Object.keys(inputs).find((name) => !names.includes(name));
  if (unknown !== undefined) return `${unknown} is no input, expected ${names.join(', ')}`;
  for (const { name, dataType, dims, optional } of tensors) {
    const given = inputs[name];
    if (given === undefined) {
      if (optional === true) continue;
      return `no ${name}, expected every input: ${names.join(', ')}`;
    }
    if (given.dataType !== dataType) return `${name} is ${given.dataType}, expected ${dataType}`;
    if (!shapesAgree(given.dims, dims) || given.dims.includes(-1))
      return `${name} has dims [${given.dims.join(', ')}], expected [${dims.join(', ')}], with a size for every -1`;
    // The server asks which of the three is set, not for its value.
    const hasData =
      given.zeroData !== undefined || given.randomData !== undefined || given.inputDataFile !== undefined;
    if (!hasData)
      return `${name} has no data, expected zero_data: true, random_data: true or an input_data_file`;
  }
  return undefined;
}

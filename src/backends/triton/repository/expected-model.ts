import type { ModelConfig } from '@pairstream/triton-client';
import { type Finding, finding } from './finding.js';
import { datatypeOf, type TensorConfig } from './rules/tensor-shapes.js';

/** A tensor of [rows, width] as a reader of the model has it. */
export interface ExpectedTensor {
  readonly name: string;
  /** As in the KServe v2 protocol. */
  readonly datatype: string;
  /** Values per row. */
  readonly width: number;
}

/** A model as a pipeline describes it. */
export interface ExpectedModel {
  readonly name: string;
  readonly version: string;
  readonly inputs: readonly ExpectedTensor[];
  readonly outputs: readonly ExpectedTensor[];
}

/**
 * Checks a configuration against what a pipeline says of the model: tensors, types and widths, and room for its batches. Like
 * `checkModelConfig` it needs no files.
 * @param batchRows rows of the largest batch that is sent
 */
export function checkExpectedModel(
  config: ModelConfig,
  { inputs, outputs }: ExpectedModel,
  batchRows: number,
): Finding[] {
  const findings = [
    ...checkSide('input', config.input, inputs, true),
    ...checkSide('output', config.output, outputs, false),
  ];
  if (config.maxBatchSize > 0 && config.maxBatchSize < batchRows)
    findings.push(
      finding(
        'pipeline-batch-rows',
        'max_batch_size',
        `${config.maxBatchSize}, expected at least ${batchRows}, the rows of a full batch of the gateway`,
      ),
    );
  return findings;
}

/** Inputs must be the same, outputs may be more. */
function checkSide(
  side: 'input' | 'output',
  configured: readonly TensorConfig[],
  expected: readonly ExpectedTensor[],
  isExact: boolean,
): Finding[] {
  const known = expected.map(({ name }) => name);
  const unknown = configured.find(({ name, optional }) => optional !== true && !known.includes(name));
  if (isExact && unknown !== undefined)
    return [
      finding(
        'pipeline-tensors',
        `${side}.${unknown.name}`,
        `not in the pipeline, expected only ${known.join(', ')}`,
      ),
    ];
  return expected.flatMap(({ name, datatype, width }) => {
    const tensor = configured.find((candidate) => candidate.name === name);
    if (tensor === undefined) {
      const seen = configured.map((candidate) => candidate.name).join(', ');
      return finding(
        'pipeline-tensors',
        side,
        `${seen === '' ? 'none' : seen}, expected ${name} as in the pipeline`,
      );
    }
    const size = tensor.dims.reduce((product, each) => product * each, 1);
    const isFit = datatypeOf(tensor) === datatype && (tensor.dims.includes(-1) || size === width);
    if (isFit) return [];
    const problem = `${tensor.dataType} [${tensor.dims.join(', ')}], expected ${datatype} with ${width} values per row, as in the pipeline`;
    return finding('pipeline-tensors', `${side}.${name}`, problem);
  });
}

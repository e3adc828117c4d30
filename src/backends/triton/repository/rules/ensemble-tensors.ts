import type { EnsembleStep, ModelConfig } from '@pairstream/triton-client/messages';
import { type Finding, finding } from '../finding.js';
import { shapesAgree, type TensorConfig } from './tensor-shapes.js';

const STEP = 'ensemble_scheduling.step';

/** An ensemble tensor with the type and shape that its first use declares. */
interface KnownTensor {
  readonly tensor: TensorConfig;
  readonly maxBatchSize: number;
  /** The ensemble or model of the first use. */
  readonly model: string;
}

/**
 * Checks the tensors of each ensemble step: their names, types, shapes and batch size must match the model of the step.
 * @param name of the ensemble
 * @param configOf configuration of a model; undefined if the repository has no such model
 */
export function checkEnsembleTensors(
  ensemble: ModelConfig,
  name: string,
  steps: readonly EnsembleStep[],
  configOf: (model: string) => ModelConfig | undefined,
): Finding[] {
  const { input, output, maxBatchSize } = ensemble;
  const known = new Map<string, KnownTensor>();
  for (const tensor of [...input, ...output]) known.set(tensor.name, { tensor, maxBatchSize, model: name });
  return steps.flatMap((step, i) => {
    const config = configOf(step.modelName);
    // A model without tensors in its configuration is completed by the server.
    if (config === undefined || config.input.length === 0 || config.output.length === 0) return [];
    const names = [...checkNames('input', step, i, config), ...checkNames('output', step, i, config)];
    if (names.length > 0) return names;
    return [
      ...checkBatchSize(step, i, config, maxBatchSize),
      ...checkTypes('input', step, i, config, known),
      ...checkTypes('output', step, i, config, known),
    ];
  });
}

function checkNames(side: 'input' | 'output', step: EnsembleStep, i: number, config: ModelConfig): Finding[] {
  const map = side === 'input' ? step.inputMap : step.outputMap;
  const field = `${STEP}[${i}].${side}_map`;
  const names = config[side].map(({ name }) => name);
  const expected = `expected ${names.join(', ')}, the ${side}s of ${step.modelName}`;
  const unknown = Object.keys(map).find((name) => !names.includes(name));
  if (unknown !== undefined)
    return [finding('ensemble-tensors', `${field}.${unknown}`, `no ${side} of the model, ${expected}`)];
  const missing = config.input.find(({ name, optional }) => !optional && !Object.hasOwn(map, name));
  if (side === 'output' || missing === undefined) return [];
  return [finding('ensemble-tensors', field, `no ${missing.name}, ${expected}`)];
}

function checkBatchSize(
  { modelName }: EnsembleStep,
  i: number,
  { maxBatchSize }: ModelConfig,
  ensembleSize: number,
): Finding[] {
  if (maxBatchSize <= 0 || maxBatchSize >= ensembleSize) return [];
  const problem = `${ensembleSize}, expected at most ${maxBatchSize}, the max_batch_size of ${modelName} in step ${i}`;
  return [finding('ensemble-batch-size', 'max_batch_size', problem)];
}

function checkTypes(
  side: 'input' | 'output',
  step: EnsembleStep,
  i: number,
  config: ModelConfig,
  known: Map<string, KnownTensor>,
): Finding[] {
  const map = side === 'input' ? step.inputMap : step.outputMap;
  return Object.entries(map).flatMap(([name, ensembleTensor]) => {
    const tensor = config[side].find((each) => each.name === name);
    const first = known.get(ensembleTensor);
    if (tensor === undefined) return [];
    if (first === undefined) {
      known.set(ensembleTensor, { tensor, maxBatchSize: config.maxBatchSize, model: step.modelName });
      return [];
    }
    const problem = misfit(tensor, config.maxBatchSize, first);
    if (problem === undefined) return [];
    const field = `${STEP}[${i}].${side}_map.${name}`;
    return finding('ensemble-types', field, `${problem} of "${ensembleTensor}" in ${first.model}`);
  });
}

function misfit(tensor: TensorConfig, maxBatchSize: number, first: KnownTensor): string | undefined {
  if (tensor.dataType !== first.tensor.dataType)
    return `${tensor.dataType}, expected ${first.tensor.dataType}`;
  // Triton accepts a tensor if the dims agree, with or without the batch axis.
  const agree =
    shapesAgree(tensor.dims, first.tensor.dims) ||
    shapesAgree(withBatch(tensor, maxBatchSize), withBatch(first.tensor, first.maxBatchSize));
  return agree ? undefined : `dims [${tensor.dims.join(', ')}], expected [${first.tensor.dims.join(', ')}]`;
}

function withBatch({ dims }: TensorConfig, maxBatchSize: number): readonly number[] {
  return maxBatchSize > 0 ? [-1, ...dims] : dims;
}

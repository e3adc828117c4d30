import { INFERENCE_MESSAGES, inferenceType, type ModelConfig } from '@pairstream/triton-client/messages';
import type { ModelMetadata, TensorMetadata } from '@pairstream/triton-client';
import type { FakeModelConfig } from '../fake-model.js';

const PINNED = { enable: true };

/** A configuration as a server runs with it. */
export interface CompletedConfig {
  /** All fields, for answers. */
  readonly message: object;
  /** The fields that are looked at. */
  readonly config: ModelConfig;
  /** Versions that are served, ascending. */
  readonly versions: readonly string[];
}

/**
 * Fills in what Triton fills in for a model of its Python backend on a CPU.
 * @throws Error for a value that does not fit the field of inference.ModelConfig
 */
export function completeConfig(given: FakeModelConfig): CompletedConfig {
  const type = inferenceType('ModelConfig');
  const completed: Record<string, unknown> = {
    backend: 'python',
    versionPolicy: { latest: { numVersions: 1 } },
    optimization: { inputPinnedMemory: PINNED, outputPinnedMemory: PINNED },
    instanceGroup: [{}],
    ...given,
  };
  if (completed['backend'] === 'python') completed['defaultModelFilename'] ??= 'model.py';
  completed['instanceGroup'] = (given.instanceGroup ?? [{}]).map((group, i) => {
    const name = (given.instanceGroup?.length ?? 1) > 1 ? `${given.name}_${i}` : given.name;
    return { name, count: 1, kind: 'KIND_CPU', ...group };
  });
  if (given.dynamicBatching !== undefined) {
    const preferredBatchSize = (given.maxBatchSize ?? 0) > 0 ? [given.maxBatchSize] : [];
    completed['dynamicBatching'] = { preferredBatchSize, ...given.dynamicBatching };
  }
  const message = type.encode(type.fromObject(completed)).finish();
  const config = INFERENCE_MESSAGES.decode('inference.ModelConfig', message);
  const versions = config.versionPolicy?.specific?.versions ?? [1];
  return { message: completed, config, versions: [...versions].sort((a, b) => a - b).map(String) };
}

/** Metadata of a model, from its configuration. */
export function metadataOf(config: ModelConfig, versions: readonly string[]): ModelMetadata {
  const tensors = (declared: ModelConfig['input'] | ModelConfig['output']): TensorMetadata[] =>
    declared.map(({ name, dataType, dims }) => ({
      name,
      datatype: datatypeOf(dataType),
      shape: config.maxBatchSize > 0 ? [-1, ...dims] : dims,
    }));
  return {
    name: config.name,
    versions: [...versions],
    platform: config.platform === '' ? config.backend : config.platform,
    inputs: tensors(config.input),
    outputs: tensors(config.output),
  };
}

/** The protocol's name of a type of a configuration: FP32 for TYPE_FP32. */
export function datatypeOf(dataType: string): string {
  return dataType === 'TYPE_STRING' ? 'BYTES' : dataType.replace('TYPE_', '');
}

import type { ModelConfig } from '@pairstream/triton-client';
import { checkOnnxRuntime } from './rules/backends/accelerator-rules.js';
import { backendOf, checkBackend, isEnsemble } from './rules/backends/backend-rules.js';
import { checkEnsembleSchedule } from './rules/ensemble-rules.js';
import { checkFil } from './rules/backends/fil-rules.js';
import { type Finding, finding } from './finding.js';
import { checkInstances } from './rules/instance-rules.js';
import { checkQueue } from './rules/queue-rules.js';
import { checkSequence } from './rules/sequence-rules.js';
import type { ServerVersion } from './server-version.js';
import { checkTensors } from './rules/tensor-rules.js';
import { checkTensorrtProfiles } from './rules/backends/tensorrt-profile-rules.js';
import { checkWarmup } from './rules/warmup-rules.js';

/** Options for checking a configuration. */
export interface ModelConfigCheckOptions {
  /**
   * The server it is for. Left out, nothing is said of FIL keys that depend on it: right for a server that has loaded the
   * model already, whose backend may be another one than NVIDIA's of that version.
   */
  readonly serverVersion?: ServerVersion;
}

/**
 * Checks a configuration without its files: tensors, queue policy, instances, FIL's keys, accelerators and warm-up. It may be
 * read from config.pbtxt or be what a server runs with (`TritonClient.modelConfig`).
 * @returns what is wrong, settings before tensors; empty when nothing is
 */
export function checkModelConfig(config: ModelConfig, options: ModelConfigCheckOptions = {}): Finding[] {
  const tensors = checkTensors(config);
  return [
    ...checkSettings(config, options),
    ...tensors,
    // With other tensors nothing else can fit.
    ...(tensors.length === 0 ? checkTensorUses(config) : []),
  ];
}

/** Checks all settings of a model except its tensors. */
export function checkSettings(config: ModelConfig, { serverVersion }: ModelConfigCheckOptions): Finding[] {
  const general = [
    ...checkBackend(config),
    ...checkNegativeBatchSize(config),
    ...checkEnsembleSchedule(config),
    ...checkResponseCache(config),
  ];
  if (isEnsemble(config)) return general;
  return [
    ...general,
    ...checkMaxBatchSize(config),
    ...(backendOf(config) === 'fil' ? checkFil(config, serverVersion) : []),
    ...checkQueue(config),
    ...checkSequence(config),
    ...checkInstances(config),
    ...(backendOf(config) === 'onnxruntime' ? checkOnnxRuntime(config) : []),
  ];
}

/** Checks the other uses of tensor names: warm-up requests and optimisation profiles. */
export function checkTensorUses(config: ModelConfig): Finding[] {
  return [...checkWarmup(config), ...checkTensorrtProfiles(config)];
}

function checkNegativeBatchSize({ maxBatchSize }: ModelConfig): Finding[] {
  if (maxBatchSize >= 0) return [];
  return [finding('max-batch-size-negative', 'max_batch_size', `${maxBatchSize}, expected 0 or more`)];
}

function checkResponseCache(config: ModelConfig): Finding[] {
  if (config.responseCache?.enable !== true) return [];
  const isDecoupled = config.modelTransactionPolicy?.decoupled === true;
  if (config.sequenceBatching == null && !isDecoupled) return [];
  const kind = isDecoupled ? 'a decoupled model' : 'a sequence model';
  return [finding('response-cache', 'response_cache.enable', `true, expected false for ${kind}`)];
}

function checkMaxBatchSize({ maxBatchSize }: ModelConfig): Finding[] {
  if (maxBatchSize !== 0) return [];
  const problem = `${maxBatchSize}, expected the rows of the largest batch: the gateway sends many rows in a request`;
  return [finding('max-batch-size', 'max_batch_size', problem)];
}

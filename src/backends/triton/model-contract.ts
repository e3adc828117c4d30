import { PairstreamError } from '../../errors/pairstream-error.js';
import type { ModelConfig } from '@pairstream/triton-client';
import type { ModelMetadata } from '@pairstream/triton-client';
import type { ModelBinding } from './model-binding.js';
import { checkModelConfig } from './repository/check-model-config.js';
import type { ServerVersion } from './repository/server-version.js';

/**
 * Holds what a server says of a model against what the gateway needs of any model: its version, room for batches, and a
 * queue that is bounded and hears deadlines. Tensors and answers are checked by the binding's own check.
 * @returns what is worth a warning, one sentence each
 * @throws PairstreamError INVALID_MODEL: one sentence with the mend
 */
export function checkContract(
  binding: ModelBinding,
  metadata: ModelMetadata,
  config: ModelConfig,
  serverVersion: ServerVersion | undefined,
): string[] {
  const { name, version, maxBatchRows } = binding;
  if (!metadata.versions.includes(version)) {
    const seen = metadata.versions.length === 0 ? 'none' : metadata.versions.join(', ');
    throw misfit(name, 'version', `version ${version} is not loaded, only ${seen}: check its version_policy`);
  }
  if (config.modelTransactionPolicy?.decoupled === true)
    throw misfit(name, 'model_transaction_policy', 'decoupled, expected one response for each request');
  if (config.maxBatchSize < maxBatchRows) {
    const mend = `raise it, or set PAIRSTREAM_MAX_BATCH_ROWS to ${config.maxBatchSize} or less`;
    throw misfit(
      name,
      'max_batch_size',
      `${config.maxBatchSize}, expected at least the ${maxBatchRows} rows of a batch: ${mend}`,
    );
  }
  const findings = checkModelConfig(config, serverVersion === undefined ? {} : { serverVersion }).filter(
    // A model that is loaded was read: a backend of this name need not be NVIDIA's of that version.
    ({ rule }) => rule !== 'fil-key-too-new',
  );
  const error = findings.find(({ severity }) => severity === 'error');
  if (error !== undefined) throw misfit(name, error.field, error.problem);
  return findings.map(({ field, problem }) => `model ${name}: ${field}: ${problem}`);
}

function misfit(model: string, field: string, problem: string): PairstreamError {
  return new PairstreamError('INVALID_MODEL', `model ${model}: ${field}: ${problem}`, { field });
}

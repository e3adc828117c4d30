import { PairstreamError } from '../../errors/pairstream-error.js';
import type { ModelConfig } from '@pairstream/triton-client';
import type { ModelMetadata } from '@pairstream/triton-client';
import type { ModelBinding } from './model-binding.js';
import { checkModelConfig } from './repository/check-model-config.js';
import type { ServerVersion } from './repository/server-version.js';

/**
 * Checks a server's model configuration against the needs of the gateway: the version, a sufficient batch size, and a bounded
 * queue that respects deadlines. The binding's own check covers tensors and answers.
 * @returns warnings, one sentence each
 * @throws PairstreamError INVALID_MODEL, with the correction in the message
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
    // The server has loaded the model, so rules about loading do not apply: its backend may differ from NVIDIA's.
    ({ rule }) => rule !== 'fil-key-too-new',
  );
  const error = findings.find(({ severity }) => severity === 'error');
  if (error !== undefined) throw misfit(name, error.field, error.problem);
  return findings.map(({ field, problem }) => `model ${name}: ${field}: ${problem}`);
}

function misfit(model: string, field: string, problem: string): PairstreamError {
  return new PairstreamError('INVALID_MODEL', `model ${model}: ${field}: ${problem}`, { field });
}

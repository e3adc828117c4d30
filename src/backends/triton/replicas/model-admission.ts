import type { ModelHandle } from '../../backend.js';
import type { ModelMetadata } from '@pairstream/triton-client';
import type { TritonClient } from '@pairstream/triton-client';
import { TritonError } from '@pairstream/triton-client';
import type { ModelBinding } from '../model-binding.js';
import { checkContract } from '../model-contract.js';
import { parseServerVersion, type ServerVersion } from '../repository/server-version.js';
import type { ReplicaTransport } from './replica-transport.js';

const CHECK_TIMEOUT_MS = 20_000;
const REASON_TIMEOUT_MS = 1_000;

/** Checks of a model on one server before it gets calls: contract, tensors, golden rows. */
export class ModelAdmission {
  private serverVersion: ServerVersion | undefined;

  constructor(
    private readonly client: TritonClient,
    private readonly transport: ReplicaTransport,
    private readonly signal: AbortSignal,
  ) {}

  /** Fetches the metadata of a newly connected server. @throws TritonError */
  async connect(timeoutMs: number): Promise<void> {
    const { version } = await this.client.serverMetadata({ timeoutMs, signal: this.signal });
    this.serverVersion = knownVersion(version);
  }

  /**
   * Checks the server's current model.
   * @returns warnings, one sentence each
   * @throws PairstreamError INVALID_MODEL and errors of the binding's check; TritonError
   */
  async check(binding: ModelBinding): Promise<string[]> {
    const { name, version } = binding;
    const options = { timeoutMs: CHECK_TIMEOUT_MS, signal: this.signal };
    try {
      const [metadata, config] = await Promise.all([
        this.client.modelMetadata(name, version, options),
        this.client.modelConfig(name, version, options),
      ]);
      const warnings = checkContract(binding, metadata, config, this.serverVersion);
      await binding.check(this.handleOf(binding, metadata));
      return warnings;
    } catch (thrown) {
      throw await this.explain(binding, thrown);
    }
  }

  /** Handle of the model on this server only. */
  private handleOf(binding: ModelBinding, { inputs, outputs }: ModelMetadata): ModelHandle {
    const { name, version, contentSha256 } = binding;
    return {
      metadata: { name, version, inputs, outputs, contentSha256, engine: 'triton' },
      infer: async (rowCount, inputMatrices, outputMatrices, { deadlineMs }) => {
        const call = { rowCount, inputs: inputMatrices, outputs: outputMatrices };
        const timeoutMs = Math.min(deadlineMs - performance.now(), CHECK_TIMEOUT_MS);
        // Shared memory even for few rows: the check must use the path of large batches.
        await this.transport.infer(binding, call, { timeoutMs, signal: this.signal }, 0);
      },
    };
  }

  /** Error for a model that is not loaded, with the server's reason. */
  private async explain({ name, version }: ModelBinding, thrown: unknown): Promise<unknown> {
    if (!(thrown instanceof TritonError) || thrown.kind !== 'unknown_model') return thrown;
    const options = { timeoutMs: REASON_TIMEOUT_MS, signal: this.signal };
    const index = await this.client.repository.index(false, options).catch(() => []);
    const entry = index.find((model) => model.name === name && [version, ''].includes(model.version));
    if (entry === undefined) return new TritonError('unknown_model', 'not in the model repository', thrown);
    const state = entry.state === '' ? 'not loaded' : entry.state;
    const reason = entry.reason === '' ? '' : `: ${entry.reason}`;
    return new TritonError('unknown_model', `version ${version} is ${state}${reason}`, thrown);
  }
}

/** Version of NVIDIA's server; undefined for other servers. */
function knownVersion(text: string): ServerVersion | undefined {
  try {
    return parseServerVersion(text);
  } catch {
    return undefined;
  }
}

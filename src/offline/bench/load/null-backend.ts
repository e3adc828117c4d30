import { PairstreamError } from '../../../errors/pairstream-error.js';
import type {
  Backend,
  ModelCheck,
  ModelHandle,
  ModelLocation,
  TensorSpec,
} from '../../../backends/backend.js';

/** Description of a model of the null backend. */
export interface NullModel {
  readonly inputs: readonly TensorSpec[];
  readonly outputs: readonly TensorSpec[];
}

/**
 * For benchmarks of everything but the models: answers every row with the same value at once. It knows the shapes it is
 * told and nothing else.
 */
export class NullBackend implements Backend {
  readonly name = 'null';

  /** @param models by name @param value what every output is filled with */
  constructor(
    private readonly models: Readonly<Record<string, NullModel>>,
    private readonly value = 0.5,
  ) {}

  /** @throws PairstreamError INVALID_MODEL for a model it was not told of, and what the check throws */
  async load({ name, version }: ModelLocation, check: ModelCheck): Promise<ModelHandle> {
    const model = this.models[name];
    if (model === undefined)
      throw new PairstreamError('INVALID_MODEL', `null backend: no model ${name}`, { field: name });
    const { value } = this;
    const handle: ModelHandle = {
      metadata: { name, version, ...model, contentSha256: '0'.repeat(64), engine: this.name },
      infer(rowCount, _inputs, outputs) {
        for (const { data, width } of outputs.values()) data.fill(value, 0, rowCount * width);
        return Promise.resolve();
      },
    };
    await check(handle);
    return handle;
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

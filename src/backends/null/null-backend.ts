import { PairstreamError } from '../../errors/pairstream-error.js';
import type {
  Backend,
  InputMatrix,
  Matrix,
  ModelHandle,
  ModelLocation,
  TensorSpec,
} from '../../inference/backend.js';

/** What a model of the null backend looks like. */
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

  /** @throws PairstreamError INVALID_MODEL for a model it was not told of */
  load({ name, version }: ModelLocation): Promise<ModelHandle> {
    const model = this.models[name];
    if (model === undefined) {
      return Promise.reject(
        new PairstreamError('INVALID_MODEL', `null backend: no model ${name}`, { field: name }),
      );
    }
    const { value } = this;
    return Promise.resolve({
      metadata: { name, version, ...model, contentSha256: '0'.repeat(64) },
      infer(
        rowCount: number,
        _inputs: ReadonlyMap<string, InputMatrix>,
        outputs: ReadonlyMap<string, Matrix>,
      ) {
        for (const { data, width } of outputs.values()) data.fill(value, 0, rowCount * width);
        return Promise.resolve();
      },
    });
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

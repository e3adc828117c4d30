import type { PairstreamError } from '../../../src/errors/pairstream-error.js';
import type { Backend, ModelCheck, ModelHandle, ModelLocation } from '../../../src/backends/backend.js';

/** A backend whose models fail while they are told to. */
export class BreakableBackend implements Backend {
  readonly name = 'breakable';
  /** Asked before every run of a model: what it fails with. */
  failureOf: (model: string, rowCount: number) => PairstreamError | undefined = () => undefined;

  constructor(private readonly inner: Backend) {}

  async load(location: ModelLocation, check: ModelCheck): Promise<ModelHandle> {
    const model = await this.inner.load(location, check);
    return {
      metadata: model.metadata,
      infer: async (rowCount, ...rest) => {
        const failure = this.failureOf(location.name, rowCount);
        if (failure !== undefined) throw failure;
        await model.infer(rowCount, ...rest);
      },
    };
  }

  close(): Promise<void> {
    return this.inner.close();
  }
}

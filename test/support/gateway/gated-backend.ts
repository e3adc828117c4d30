import { EmbeddedBackend } from '../../../src/backends/embedded/embedded-backend.js';
import type { Backend, ModelCheck, ModelHandle, ModelLocation } from '../../../src/backends/backend.js';

/** The embedded backend with a gate in front of every run: closed, runs wait; `failNext` makes the next one fail. */
export class GatedBackend implements Backend {
  readonly name = 'gated';
  failNext: Error | undefined;
  private readonly inner = new EmbeddedBackend({ onnxThreadCount: 1 });
  private gate: Promise<void> = Promise.resolve();
  private openGate: () => void = () => undefined;

  closeGate(): void {
    this.gate = new Promise((resolve) => {
      this.openGate = resolve;
    });
  }

  release(): void {
    this.openGate();
  }

  async load(location: ModelLocation, check: ModelCheck): Promise<ModelHandle> {
    const model = await this.inner.load(location, check);
    return {
      metadata: model.metadata,
      infer: async (...args) => {
        await this.gate;
        const failure = this.failNext;
        this.failNext = undefined;
        if (failure !== undefined) throw failure;
        await model.infer(...args);
      },
    };
  }

  async close(): Promise<void> {
    this.openGate();
    await this.inner.close();
  }
}

import type { Backend, ModelCheck, ModelHandle, ModelLocation } from '../../../backends/backend.js';

/** Measures how long each model of another backend takes; one after another, so that none waits for another. */
export class TimedBackend implements Backend {
  readonly name: string;
  /** Engine of each loaded model, by model. */
  readonly engines = new Map<string, string>();
  private readonly times = new Map<string, number>();
  private turn: Promise<void> = Promise.resolve();

  constructor(private readonly inner: Backend) {
    this.name = inner.name;
  }

  /** @throws PairstreamError as the other backend */
  async load(location: ModelLocation, check: ModelCheck): Promise<ModelHandle> {
    // Models are loaded together, and keep the order in which they were asked for.
    this.times.set(location.name, 0);
    const model = await this.inner.load(location, check);
    this.engines.set(location.name, model.metadata.engine);
    return {
      metadata: model.metadata,
      infer: async (...args) => {
        const before = this.turn;
        const { promise, resolve } = Promise.withResolvers<void>();
        this.turn = promise;
        await before;
        try {
          const startedMs = performance.now();
          await model.infer(...args);
          const us = (performance.now() - startedMs) * 1_000;
          this.times.set(location.name, this.times.get(location.name)! + us);
        } finally {
          resolve();
        }
      },
    };
  }

  /** Microseconds of answered runs by model, in the order of loading. Resets the counts. */
  takeTimes(): Map<string, number> {
    const taken = new Map(this.times);
    for (const name of taken.keys()) this.times.set(name, 0);
    return taken;
  }

  /** Closes the other backend. */
  close(): Promise<void> {
    return this.inner.close();
  }
}

import type { Backend, ModelCheck, ModelHandle, ModelLocation } from '../inference/backend.js';

/** What a model has done since it was last asked. */
export interface ModelTime {
  us: number;
  rowCount: number;
}

/** Measures how long each model of another backend takes; one after another, so that none waits for another. */
export class TimedBackend implements Backend {
  readonly name: string;
  private readonly times = new Map<string, ModelTime>();
  private turn: Promise<void> = Promise.resolve();

  constructor(private readonly inner: Backend) {
    this.name = inner.name;
  }

  /** @throws PairstreamError as the other backend */
  async load(location: ModelLocation, check: ModelCheck): Promise<ModelHandle> {
    const model = await this.inner.load(location, check);
    const time = { us: 0, rowCount: 0 };
    this.times.set(location.name, time);
    return {
      metadata: model.metadata,
      infer: async (rowCount, ...rest) => {
        const before = this.turn;
        const { promise, resolve } = Promise.withResolvers<void>();
        this.turn = promise;
        await before;
        try {
          const startedMs = performance.now();
          await model.infer(rowCount, ...rest);
          time.us += (performance.now() - startedMs) * 1_000;
          time.rowCount += rowCount;
        } finally {
          resolve();
        }
      },
    };
  }

  /** By model, in the order they were loaded; begins anew. */
  takeTimes(): Map<string, ModelTime> {
    const taken = new Map([...this.times].map(([name, time]) => [name, { ...time }]));
    for (const time of this.times.values()) Object.assign(time, { us: 0, rowCount: 0 });
    return taken;
  }

  /** Closes the other backend. */
  close(): Promise<void> {
    return this.inner.close();
  }
}

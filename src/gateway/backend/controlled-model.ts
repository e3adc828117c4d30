import { InFlight } from '../../concurrency/in-flight.js';
import { PairstreamError } from '../../errors/pairstream-error.js';
import type {
  InferenceContext,
  InputMatrix,
  Matrix,
  ModelCheck,
  ModelHandle,
  ModelLocation,
  ModelMetadata,
} from '../../backends/backend.js';

/** A model with the number of its runs in flight. */
class CountedModel {
  private readonly runs = new InFlight();

  constructor(readonly handle: ModelHandle) {}

  async infer(...run: Parameters<ModelHandle['infer']>): Promise<void> {
    this.runs.enter();
    try {
      await this.handle.infer(...run);
    } finally {
      this.runs.leave();
    }
  }

  /** Waits for the runs in flight. */
  async whenIdle(): Promise<void> {
    await this.runs.whenIdle();
  }
}

/**
 * A model of the release that operators can unload and load while calls come in. An unloaded model refuses runs, so that the
 * ensemble counts it as missing.
 */
export class ControlledModel implements ModelHandle {
  private latest: ModelMetadata;
  private current: CountedModel | undefined;

  /** @param check proves that a model is the one of the release */
  constructor(
    handle: ModelHandle,
    readonly location: ModelLocation,
    readonly check: ModelCheck,
  ) {
    this.latest = handle.metadata;
    this.current = new CountedModel(handle);
  }

  /** Metadata of the model that runs calls; while the model is unloaded, of the last one that did. */
  get metadata(): ModelMetadata {
    return this.latest;
  }

  /** True if the model runs calls. */
  get isLoaded(): boolean {
    return this.current !== undefined;
  }

  /** @throws PairstreamError BACKEND_UNAVAILABLE while the model is unloaded, and as the model itself */
  async infer(
    rowCount: number,
    inputs: ReadonlyMap<string, InputMatrix>,
    outputs: ReadonlyMap<string, Matrix>,
    context: InferenceContext,
  ): Promise<void> {
    if (this.current === undefined)
      throw new PairstreamError('BACKEND_UNAVAILABLE', `model ${this.metadata.name}: not loaded`);
    await this.current.infer(rowCount, inputs, outputs, context);
  }

  /**
   * Runs further calls by another model, or by none, and waits for the runs in flight.
   * @returns the model that ran the calls before; it runs none any more
   */
  async replace(next: ModelHandle | undefined): Promise<ModelHandle | undefined> {
    const before = this.current;
    this.current = next === undefined ? undefined : new CountedModel(next);
    if (next !== undefined) this.latest = next.metadata;
    await before?.whenIdle();
    return before?.handle;
  }
}

import { FakeTritonError } from '../fake-triton-error.js';
import type { InferMessage } from './infer-message.js';
import { type AnswerSink, InferenceJob } from './inference-job.js';
import { readRequestSettings } from './request-parameters.js';
import { queueFull } from './request-queue.js';
import type { ServedVersion } from '../models/served-model.js';
import type { SharedMemoryTable } from '../methods/shared-memory-table.js';
import { TensorPlaces } from '../tensors/tensor-places.js';

/** Takes requests for models. */
export class Inference {
  /** @param ended aborted when the server dies */
  constructor(
    private readonly sharedMemory: SharedMemoryTable,
    private readonly ended: AbortSignal,
  ) {}

  /**
   * Takes a request for a model, which answers it when its turn comes.
   * @param signal fires when the caller cancelled or its deadline passed
   * @throws FakeTritonError for a request that does not fit, and for a queue that is full; the sink is not called then
   */
  accept(request: InferMessage, served: ServedVersion, signal: AbortSignal, sink: AnswerSink): void {
    const { script } = served.model;
    const settings = readRequestSettings(request.parameters);
    const places = new TensorPlaces(request, this.sharedMemory);
    try {
      const job = new InferenceJob(request, served, places, { signal, ended: this.ended }, sink);
      script.count('requests');
      script.count('rows', Math.max(1, job.rowCount));
      if (script.isBusy) throw queueFull(request.id);
      served.queue.add({
        ...settings,
        id: request.id,
        signal,
        run: () => job.run(),
        reject: (error) => job.reject(error),
      });
      job.watchSignal();
    } catch (error) {
      places[Symbol.dispose]();
      if (error instanceof FakeTritonError && error.status === 'UNAVAILABLE') script.count('rejections');
      throw error;
    }
  }
}

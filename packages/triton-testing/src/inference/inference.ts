import { FakeTritonError } from '../fake-triton-error.js';
import type { InferMessage } from './infer-message.js';
import { type AnswerSink, InferenceJob } from './inference-job.js';
import { readRequestSettings } from './request-parameters.js';
import { queueFull } from './request-queue.js';
import type { ServedVersion } from '../models/served-model.js';
import type { SharedMemoryTable } from '../methods/shared-memory-table.js';
import { TensorLocations } from '../tensors/tensor-locations.js';

/** Checks inference requests, counts them, and adds them to the queue of their model. */
export class Inference {
  /** @param ended aborted when the server stops or crashes */
  constructor(
    private readonly sharedMemory: SharedMemoryTable,
    private readonly ended: AbortSignal,
  ) {}

  /**
   * Queues a request. The model answers it through the sink when its turn comes.
   * @param signal aborted when the caller cancelled or its deadline passed
   * @throws FakeTritonError for an invalid request and for a full queue; the sink is then not called
   */
  accept(request: InferMessage, served: ServedVersion, signal: AbortSignal, sink: AnswerSink): void {
    const { script } = served.model;
    const settings = readRequestSettings(request.parameters);
    const locations = new TensorLocations(request, this.sharedMemory);
    try {
      const job = new InferenceJob(request, served, locations, { signal, ended: this.ended }, sink);
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
      locations[Symbol.dispose]();
      if (error instanceof FakeTritonError && error.status === 'UNAVAILABLE') script.count('rejections');
      throw error;
    }
  }
}

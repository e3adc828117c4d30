/** Number of events and their total duration in nanoseconds. */
interface Duration {
  count: number;
  ns: number;
}

const NS_PER_MS = 1e6;

/** Outcome of one request, with its times on the clock of performance.now(). */
export interface FinishedRequest {
  readonly rowCount: number;
  readonly arrivedAtMs: number;
  /** Undefined for a request that never ran. */
  readonly startedAtMs: number | undefined;
  readonly isFailed: boolean;
}

/** The counters of one version of a model since it was loaded: an inference.ModelStatistics. */
export class ModelStatistics {
  private lastInferenceMs = 0;
  private inferenceCount = 0;
  private executionCount = 0;
  private readonly success = zero();
  private readonly fail = zero();
  private readonly queue = zero();
  private readonly compute = zero();
  private readonly byBatchSize = new Map<number, Duration>();

  constructor(
    private readonly name: string,
    private readonly version: string,
  ) {}

  /** Counts a request that is over; one that found the queue full is never counted. */
  add({ rowCount, arrivedAtMs, startedAtMs, isFailed }: FinishedRequest): void {
    const nowMs = performance.now();
    count(isFailed ? this.fail : this.success, nowMs - arrivedAtMs);
    if (startedAtMs === undefined) return;
    // A model without a batch axis counts one row for each request.
    const rows = Math.max(1, rowCount);
    const batch = this.byBatchSize.get(rows) ?? zero();
    this.byBatchSize.set(rows, batch);
    this.executionCount += 1;
    count(batch, nowMs - startedAtMs);
    if (isFailed) return;
    this.lastInferenceMs = Date.now();
    this.inferenceCount += rows;
    count(this.queue, startedAtMs - arrivedAtMs);
    count(this.compute, nowMs - startedAtMs);
  }

  /** Fields of the message, in camelCase. All time of a run is told as that of the inference. */
  toMessage(): object {
    const { name, version, success, fail, queue, compute } = this;
    const computeInput = { count: compute.count, ns: 0 };
    return {
      name,
      version,
      lastInference: this.lastInferenceMs,
      inferenceCount: this.inferenceCount,
      executionCount: this.executionCount,
      inferenceStats: {
        success,
        fail,
        queue,
        computeInput,
        computeInfer: compute,
        computeOutput: computeInput,
        cacheHit: zero(),
        cacheMiss: zero(),
      },
      batchStats: [...this.byBatchSize].map(([batchSize, computeInfer]) => {
        const other = { count: computeInfer.count, ns: 0 };
        return { batchSize, computeInput: other, computeInfer, computeOutput: other };
      }),
    };
  }
}

function zero(): Duration {
  return { count: 0, ns: 0 };
}

function count(duration: Duration, ms: number): void {
  duration.count += 1;
  duration.ns += Math.max(0, Math.round(ms * NS_PER_MS));
}

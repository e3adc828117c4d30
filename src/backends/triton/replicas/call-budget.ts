import type { TritonCallOptions } from '@pairstream/triton-client';

/** Remaining time of a call that needs several requests. */
export class CallBudget {
  private readonly startedMs = performance.now();

  constructor(private readonly options: TritonCallOptions) {}

  /** Options for the next request of the call: `timeoutMs` is the time left, which may be negative. */
  left(): TritonCallOptions {
    const { timeoutMs = Infinity } = this.options;
    return { ...this.options, timeoutMs: timeoutMs - (performance.now() - this.startedMs) };
  }
}

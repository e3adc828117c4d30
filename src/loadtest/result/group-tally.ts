import { LatencyHistogram } from './latency-histogram.js';
import type { GroupResult } from './step-result.js';

/** Counts the outcomes of the messages of one size, or of one caller. */
export class GroupTally {
  sent = 0;
  refused = 0;
  lost = 0;
  private inTime = 0;
  private readonly latency = new LatencyHistogram();

  /** Counts an answer. @param afterMs milliseconds after the intended send time */
  answer(isInTime: boolean, afterMs: number): void {
    if (isInTime) this.inTime += 1;
    this.latency.record(afterMs);
  }

  /** The counts so far. */
  result(): GroupResult {
    const { sent, inTime, refused, lost } = this;
    const latency = this.latency.distribution();
    return { sent, inTime, refused, lost, p50Ms: latency?.p50 ?? null, p99Ms: latency?.p99 ?? null };
  }
}

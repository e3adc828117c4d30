import { performance } from 'node:perf_hooks';
import { LatencyHistogram } from './latency-histogram.js';
import type { StepResult } from './step-result.js';

/** Above this share of its time, the event loop delays sends and responses. */
const MAX_UTILIZATION = 0.9;
/** A send lag of this much at p99, milliseconds, is no longer the resolution of timers. */
const MAX_LAG_MS = 5;

/** Measures the cost of the load test itself, from its creation on. */
export class ToolCost {
  /** From the intended to the actual send. */
  readonly sendLag = new LatencyHistogram();
  private readonly cpu = process.cpuUsage();
  private readonly loop = performance.eventLoopUtilization();

  /** @param messageCount messages sent since the creation @param unsent messages that could not be sent */
  result(messageCount: number, unsent: number, loop: StepResult['loop']): StepResult['tool'] {
    const { user, system } = process.cpuUsage(this.cpu);
    const { utilization } = performance.eventLoopUtilization(this.loop);
    const lag = this.sendLag.distribution();
    return {
      cpuUsPerMessage: messageCount === 0 ? 0 : (user + system) / messageCount,
      eventLoopUtilization: Math.min(1, Math.max(0, utilization)),
      // A closed loop sends when an outcome came: it has no intended time.
      sendLagMs: loop === 'closed' ? null : lag,
      bottleneck: bottleneckOf(utilization, lag?.p99 ?? 0, unsent),
    };
  }
}

function bottleneckOf(utilization: number, lagMs: number, unsent: number): string | null {
  if (unsent > 0)
    return `${unsent} messages were not sent, because --max-in-flight messages or 512 MiB were in flight`;
  if (utilization > MAX_UTILIZATION)
    return `the load test was busy for ${(100 * utilization).toFixed(0)} % of the time; lower the rate, or run several`;
  if (lagMs > MAX_LAG_MS)
    return `messages were sent up to ${lagMs.toFixed(1)} ms late (p99); latencies include this time`;
  return null;
}

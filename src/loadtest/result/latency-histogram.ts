import { createHistogram } from 'node:perf_hooks';
import type { Distribution } from './step-result.js';

const US_PER_MS = 1_000;
/** Largest recorded time: one hour. */
const HIGHEST_US = 3_600_000_000;
/** Relative error of a recorded time: 0.1 %. */
const FIGURES = 3;
/** Percentiles of the curve: ten steps for each halving of the rest. */
const STEPS_PER_HALVING = 10;

/** Distribution of times: Node's HdrHistogram, in microseconds, with three significant figures. */
export class LatencyHistogram {
  private readonly histogram = createHistogram({ lowest: 1, highest: HIGHEST_US, figures: FIGURES });
  private sumMs = 0;
  private minMs = Infinity;
  private maxMs = 0;

  /** Adds a time. @param ms less than 0 counts as 0, more than one hour as one hour */
  record(ms: number): void {
    const us = Math.min(HIGHEST_US, Math.max(1, Math.round(ms * US_PER_MS)));
    this.histogram.record(us);
    this.sumMs += us / US_PER_MS;
    this.minMs = Math.min(this.minMs, us / US_PER_MS);
    this.maxMs = Math.max(this.maxMs, us / US_PER_MS);
  }

  /** Time that this share of the times does not exceed, milliseconds; 0 without times. @param percent 0 to 100 */
  percentileMs(percent: number): number {
    if (this.histogram.count === 0) return 0;
    if (percent <= 0) return this.minMs;
    // A bucket reports its upper end, which may be above the largest time.
    return Math.min(this.maxMs, this.histogram.percentile(percent) / US_PER_MS);
  }

  /** The distribution; null without times. */
  distribution(): Distribution | null {
    const { count } = this.histogram;
    if (count === 0) return null;
    const at = (percent: number): number => this.percentileMs(percent);
    return {
      count,
      min: this.minMs,
      mean: this.sumMs / count,
      p50: at(50),
      p75: at(75),
      p90: at(90),
      p95: at(95),
      p99: at(99),
      p99_9: at(99.9),
      max: this.maxMs,
      curve: curvePercents(count).map((percent) => ({ percent, ms: at(percent) })),
    };
  }
}

/** Percentiles from 0 on, ever closer to 100, up to the last that `count` times resolve. */
function curvePercents(count: number): number[] {
  const halvings = Math.floor(Math.log2(count));
  const steps = Array.from({ length: halvings * STEPS_PER_HALVING + 1 }, (_, i) => i / STEPS_PER_HALVING);
  return [...steps.map((halving) => 100 * (1 - 2 ** -halving)), 100];
}

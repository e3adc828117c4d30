import { quantile } from 'simple-statistics';

/** Summary of repeated measurements. */
export interface Spread {
  readonly median: number;
  readonly p10: number;
  readonly p90: number;
  readonly sampleCount: number;
}

/** Sums samples up. */
export function spreadOf(samples: readonly number[]): Spread {
  const [p10, median, p90] = quantile([...samples], [0.1, 0.5, 0.9]);
  return {
    median: median ?? Number.NaN,
    p10: p10 ?? Number.NaN,
    p90: p90 ?? Number.NaN,
    sampleCount: samples.length,
  };
}

/** Quantile of samples, 0 to 1. */
export function quantileOf(samples: readonly number[], at: number): number {
  return quantile([...samples], at);
}

/** Runs something once. @returns the time it took, microseconds */
export function timeUs(run: () => void): number {
  const startedMs = performance.now();
  run();
  return (performance.now() - startedMs) * 1_000;
}

import { describe, expect, it } from 'vitest';
import { LatencyHistogram } from './latency-histogram.js';

describe('LatencyHistogram', () => {
  it('has no distribution without times', () => {
    expect(new LatencyHistogram().distribution()).toBeNull();
    expect(new LatencyHistogram().percentileMs(99)).toBe(0);
  });

  it('has the percentiles of its times, to three figures', () => {
    const histogram = new LatencyHistogram();
    for (let ms = 1; ms <= 10_000; ms += 1) histogram.record(ms);
    const distribution = histogram.distribution();
    expect(distribution).toMatchObject({ count: 10_000, min: 1, max: 10_000 });
    const expected = {
      p50: 5_000,
      p75: 7_500,
      p90: 9_000,
      p95: 9_500,
      p99: 9_900,
      p99_9: 9_990,
      mean: 5_000.5,
    };
    for (const [name, value] of Object.entries(expected)) {
      const seen = Number(Object.entries(distribution ?? {}).find(([key]) => key === name)?.[1]);
      expect(Math.abs(seen / value - 1)).toBeLessThanOrEqual(0.001);
    }
  });

  it('has a curve that ascends from 0 to 100 %', () => {
    const histogram = new LatencyHistogram();
    for (const ms of [3, 1, 4, 1, 5, 9, 2, 6]) histogram.record(ms);
    const { curve } = histogram.distribution()!;
    expect(curve.at(0)).toEqual({ percent: 0, ms: 1 });
    expect(curve.at(-1)).toEqual({ percent: 100, ms: 9 });
    expect(
      curve.every(
        ({ percent, ms }, i) => i === 0 || (percent > curve[i - 1]!.percent && ms >= curve[i - 1]!.ms),
      ),
    ).toBe(true);
  });

  it.each([
    [-5, 0.001],
    [0, 0.001],
    [1e12, 3_600_000],
  ])('records %d ms as %d ms', (ms, recorded) => {
    const histogram = new LatencyHistogram();
    histogram.record(ms);
    expect(histogram.distribution()).toMatchObject({ count: 1, max: recorded });
  });
});

import { describe, expect, it } from 'vitest';
import { LagTime } from './lag-time.js';

describe('LagTime', () => {
  it('is 0 while all events are applied', () => {
    const lag = new LagTime();
    expect([lag.observe(0, 0, 0), lag.observe(10, 0, 100), lag.observe(30, 0, 200)]).toEqual([0, 0, 0]);
  });

  it('is the time that the oldest event waits, however many arrive behind it', () => {
    const lag = new LagTime();
    expect(lag.observe(0, 10, 1_000)).toBe(0);
    expect(lag.observe(5, 15, 1_250)).toBe(250);
    // The events of the first observation are applied, those of the second are not.
    expect(lag.observe(10, 30, 1_500)).toBe(250);
    expect(lag.observe(20, 20, 1_750)).toBe(250);
    expect(lag.observe(40, 0, 2_000)).toBe(0);
    expect(lag.observe(40, 1, 9_000)).toBe(0);
    expect(lag.observe(40, 1, 9_500)).toBe(500);
  });

  it('does not shrink with an estimate of the lag that shrinks', () => {
    const lag = new LagTime();
    lag.observe(0, 100, 0);
    expect(lag.observe(0, 50, 250)).toBe(250);
    expect(lag.observe(0, 120, 500)).toBe(500);
  });

  it('keeps a bounded number of marks, the oldest among them', () => {
    const lag = new LagTime();
    for (let i = 1; i <= 10_000; i += 1) {
      expect(lag.observe(0, i, i * 250)).toBe((i - 1) * 250);
      expect(lag.markCount).toBeLessThanOrEqual(1_024);
    }
  });
});

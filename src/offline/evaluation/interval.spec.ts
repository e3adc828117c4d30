import { describe, expect, it } from 'vitest';
import { intervalOf } from './interval.js';

describe('intervalOf', () => {
  it('spans the middle 95 % of the resamples', () => {
    const { value, low, high } = intervalOf([7, ...Array.from({ length: 1_000 }, (_, i) => 999 - i)]);
    expect(value).toBe(7);
    expect(low).toBeCloseTo(25, -1);
    expect(high).toBeCloseTo(975, -1);
  });

  it('does not count resamples without a score', () => {
    expect(intervalOf([2, Number.NaN, 3, 3])).toEqual({ value: 2, low: 3, high: 3 });
    expect(intervalOf([2, Number.NaN])).toEqual({ value: 2, low: 2, high: 2 });
    expect(intervalOf([2])).toEqual({ value: 2, low: 2, high: 2 });
  });
});

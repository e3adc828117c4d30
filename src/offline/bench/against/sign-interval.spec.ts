import { describe, expect, it } from 'vitest';
import { medianInterval } from './sign-interval.js';

describe('the interval of a median', () => {
  it('is the whole range of five samples, with the confidence of the sign test', () => {
    const interval = medianInterval([5, 1, 4, 2, 3]);
    expect(interval).toMatchObject({ median: 3, low: 1, high: 5 });
    expect(interval.confidence).toBeCloseTo(1 - 2 / 2 ** 5, 6);
  });

  it('leaves the extremes out as soon as the rest reach 90 %', () => {
    const interval = medianInterval([8, 7, 6, 5, 4, 3, 2, 1]);
    expect(interval).toMatchObject({ median: 4.5, low: 2, high: 7 });
    expect(interval.confidence).toBeCloseTo(1 - (2 * (1 + 8)) / 2 ** 8, 6);
  });

  it('says how little one sample tells', () => {
    expect(medianInterval([2])).toMatchObject({ median: 2, low: 2, high: 2 });
    expect(medianInterval([2]).confidence).toBeCloseTo(0, 6);
  });
});

import { describe, expect, it } from 'vitest';
import { agreementOf } from './exactness.js';

describe('agreementOf', () => {
  it('counts values with other bits, and finds the greatest difference', () => {
    const agreement = agreementOf(Float32Array.of(1, 2, 3, 4), Float32Array.of(1, 2.5, 2.75, 4));
    expect(agreement).toEqual({ valueCount: 4, differingCount: 2, greatestDifference: 0.5 });
  });

  it('tells zeros of different signs apart, and NaN from a number', () => {
    expect(agreementOf(Float32Array.of(0), Float32Array.of(-0))).toEqual({
      valueCount: 1,
      differingCount: 1,
      greatestDifference: 0,
    });
    expect(agreementOf(Float32Array.of(Number.NaN, 1), Float32Array.of(1, 1)).greatestDifference).toBeNaN();
  });

  it('compares a part of a larger array', () => {
    const part = Float32Array.of(9, 9, 1, 2).subarray(2);
    expect(agreementOf(part, Float32Array.of(1, 2)).differingCount).toBe(0);
  });

  it('refuses another number of values', () => {
    expect(() => agreementOf(new Float32Array(3), new Float32Array(2))).toThrow('2 values, expected 3');
  });
});

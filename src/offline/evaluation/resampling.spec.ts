import { describe, expect, it } from 'vitest';
import { PoissonWeights } from './resampling.js';

describe('PoissonWeights', () => {
  it('have mean and variance 1, and repeat with the seed', () => {
    const weights = new Uint8Array(200_000);
    new PoissonWeights(7).draw(weights);
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    const squares = weights.reduce((sum, weight) => sum + weight * weight, 0);
    expect(total / weights.length).toBeCloseTo(1, 1);
    expect(squares / weights.length - 1).toBeCloseTo(1, 1);
    const again = new Uint8Array(200_000);
    new PoissonWeights(7).draw(again);
    expect(again).toEqual(weights);
  });
});

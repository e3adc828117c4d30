import { describe, expect, it } from 'vitest';
import { relativeCrossEntropy, rowLosses } from './relative-cross-entropy.js';

describe('relativeCrossEntropy', () => {
  const rce = (probabilities: number[], labels: number[]): number => {
    const bits = Uint8Array.from(labels);
    return relativeCrossEntropy(
      rowLosses(Float64Array.from(probabilities), bits),
      bits,
      new Uint8Array(labels.length).fill(1),
    );
  };

  it('is 0 for the share of positives, 100 for certainty, negative for worse than the constant', () => {
    expect(rce([0.25, 0.25, 0.25, 0.25], [1, 0, 0, 0])).toBeCloseTo(0);
    expect(rce([1, 0], [1, 0])).toBeCloseTo(100, 10);
    expect(rce([0, 1], [1, 0])).toBeLessThan(-4_000);
    expect(rce([0.5], [1])).toBeNaN();
  });

  it('is what is computed by hand', () => {
    const loss = -(Math.log(0.8) + Math.log(0.6) + Math.log(0.7)) / 3;
    const constant = -((1 / 3) * Math.log(1 / 3) + (2 / 3) * Math.log(2 / 3));
    expect(rce([0.8, 0.4, 0.3], [1, 0, 0])).toBeCloseTo(100 * (1 - loss / constant), 10);
  });

  it('clips certainty that is wrong at 1e-15', () => {
    const losses = rowLosses(Float64Array.of(0, 1, 1), Uint8Array.of(1, 1, 0));
    expect(losses[0]).toBeCloseTo(-Math.log(1e-15), 10);
    expect(losses[1]).toBeCloseTo(0, 12);
    expect(losses[2]).toBeCloseTo(-Math.log(1e-15), 2);
  });

  it('counts a row as often as its weight, in the constant too', () => {
    const losses = rowLosses(Float64Array.of(0.8, 0.4, 0.9), Uint8Array.of(1, 0, 0));
    expect(relativeCrossEntropy(losses, Uint8Array.of(1, 0, 0), Uint8Array.of(1, 3, 0))).toBeCloseTo(
      rce([0.8, 0.4, 0.4, 0.4], [1, 0, 0, 0]),
      10,
    );
  });
});

import { describe, expect, it } from 'vitest';
import { PredictionScorer } from './prediction-scorer.js';

const probabilities = new Float32Array(16).fill(0.5);

describe('PredictionScorer', () => {
  it('has no mean where the weights leave a target without a defined group', () => {
    // Reply is positive in row 0 only, the others in row 1 only.
    const labels = Uint8Array.of(1, 0, 0, 0, 0, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0);
    const scorer = new PredictionScorer([Uint32Array.of(0, 1, 2, 3)], probabilities, labels);
    expect(scorer.score([Uint8Array.of(1, 1, 1, 1)]).mean.ap).toBeCloseTo(0.25, 12);
    const { targets, mean } = scorer.score([Uint8Array.of(0, 1, 1, 1)]);
    expect(targets[0]).toEqual({ ap: Number.NaN, rce: Number.NaN });
    expect(targets[1]!.ap).toBeCloseTo(1 / 3, 12);
    expect(mean).toEqual({ ap: Number.NaN, rce: Number.NaN });
  });

  it('refuses rows without any positive', () => {
    const build = (): unknown =>
      new PredictionScorer([Uint32Array.of(0, 1, 2, 3)], probabilities, new Uint8Array(16));
    expect(build).toThrow('reply: no popularity group has rows with and without it');
  });
});

import { describe, expect, it } from 'vitest';
import { packagePath } from '../../../config/package-files.js';
import { loadForest, WalkedForest } from './walked-forest.js';

const PATH = packagePath('triton-models/xgb2/1/xgboost.ubj');
const ROWS = 2_500;

describe('a forest that is walked on this thread', () => {
  const compiled = loadForest(PATH, 'probabilities');
  const forest = new WalkedForest(compiled);
  const { featureCount, outputCount } = compiled;
  const rows = Float32Array.from({ length: ROWS * featureCount }, (_, i) => Math.abs(Math.sin(i * 12.9898)));

  it('computes more rows than fit one call', () => {
    const all = forest.predictAll(rows);
    expect(all).toHaveLength(ROWS * outputCount);
    for (const row of [0, 1_023, 1_024, 2_048, ROWS - 1]) {
      const alone = forest.predict(rows.subarray(row * featureCount, (row + 1) * featureCount));
      expect(all.subarray(row * outputCount, (row + 1) * outputCount)).toEqual(alone);
    }
    // Answers of different rows differ.
    expect(new Set(all).size).toBeGreaterThan(500);
  });

  it('gives log-odds if it is loaded for margins', () => {
    const probabilities = forest.predictAll(rows);
    const margins = new WalkedForest(loadForest(PATH, 'margins')).predictAll(rows);
    for (const [i, margin] of margins.entries())
      expect(probabilities[i]).toBeCloseTo(1 / (1 + Math.exp(-margin)), 6);
  });
});

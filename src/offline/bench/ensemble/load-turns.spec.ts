import { describe, expect, it } from 'vitest';
import { coreSecondsFigure, type LoadSamples, ratioFigure, throughputFigure } from './load-turns.js';

const embedded: LoadSamples = { pairsPerS: [3_000, 8_000, 1_000], cpuUs: [100, 200, 300], hitShare: 0.954 };
const triton: LoadSamples = { pairsPerS: [1_000, 2_000, 1_000], cpuUs: [10, 10, 10], hitShare: 0 };

describe('figures of a load', () => {
  it('have the median of the ratios of the rounds, not the ratio of the medians', () => {
    expect(ratioFigure('a load', { ...embedded, pairsPerS: [3_000, 2_000, 1_000] }, triton)).toMatchObject({
      name: 'embedded / Triton: a load',
      value: 1,
    });
    expect(ratioFigure('a load', embedded, triton, '>= 2.2')).toMatchObject({ value: 3, target: '>= 2.2' });
  });

  it('have the CPU time of 15 million pairs', () => {
    expect(coreSecondsFigure('a load', embedded)).toMatchObject({ value: 3_000, unit: 'core-s' });
  });

  it('have the hit rate of the towers, and a target if there is one', () => {
    const figure = throughputFigure('embedded', 'a load', embedded);
    expect(figure).toMatchObject({ name: 'embedded: a load', value: 3_000 });
    expect(figure.note).toContain("95 % of the tweets' towers");
    expect(figure).not.toHaveProperty('target');
  });
});

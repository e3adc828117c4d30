import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rankPairs } from './ranking.js';

const probability = fc.oneof(
  fc.constantFrom(0, 0.25, 0.5, 1),
  fc.constant(Number.NaN),
  fc.float({ min: 0, max: 1, noNaN: true }),
);
const weight = fc.oneof(fc.constantFrom(-1, 0, 1), fc.double({ min: -1e6, max: 1e6, noNaN: true }));

describe('rankPairs', () => {
  it('is a stable sort by the weighted sum, without what has none', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(probability, probability, probability, probability), { maxLength: 40 }),
        fc.tuple(weight, weight, weight, weight),
        fc.nat({ max: 50 }),
        (rows, weights, topK) => {
          const probabilities = Float32Array.from(rows.flat());
          const ranking = rankPairs(probabilities, Float64Array.from(weights), topK);
          const scored = rows.flatMap((_, pair) => {
            const score = weights.reduce((sum, w, t) => sum + w * probabilities[4 * pair + t]!, 0);
            return Number.isNaN(score) ? [] : [{ pair, score }];
          });
          const expected = scored
            .toSorted((a, b) => b.score - a.score)
            .slice(0, topK === 0 ? Infinity : topK);
          expect([...ranking.pairIndexes]).toEqual(expected.map(({ pair }) => pair));
          expect([...ranking.scores]).toEqual(expected.map(({ score }) => score));
        },
      ),
    );
  });
});

import { describe, expect, it } from 'vitest';
import { seededRandom } from '../seeded-random.js';
import { WeightedChoice } from '../weighted-choice.js';
import { meanPairCount, parseMessageMix } from './message-mix.js';

describe('parseMessageMix', () => {
  it.each([
    ['100', [{ pairCount: 100, share: 1 }], 100],
    ['7:3', [{ pairCount: 7, share: 1 }], 7],
    [
      '10:0.5,100:0.4,1000:0.1',
      [
        { pairCount: 10, share: 0.5 },
        { pairCount: 100, share: 0.4 },
        { pairCount: 1_000, share: 0.1 },
      ],
      145,
    ],
    [
      '1:3, 2:1',
      [
        { pairCount: 1, share: 0.75 },
        { pairCount: 2, share: 0.25 },
      ],
      1.25,
    ],
  ])('parses %s', (text, mix, mean) => {
    expect(parseMessageMix(text)).toEqual(mix);
    expect(meanPairCount(mix)).toBeCloseTo(mean, 9);
  });

  it.each(['', 'many', '0', '-1', '1.5', '10,20', '10:0', '10:x', '10:1,', '10:1,10:2', '1000001', '10:1:2'])(
    'refuses %j',
    (text) => expect(parseMessageMix(text)).toBeUndefined(),
  );
});

describe('WeightedChoice', () => {
  it('draws each item by its weight', () => {
    const choice = new WeightedChoice([
      { item: 'a', weight: 5 },
      { item: 'b', weight: 4 },
      { item: 'c', weight: 1 },
    ]);
    const random = seededRandom(3);
    const counts = { a: 0, b: 0, c: 0 } as Record<string, number>;
    for (let i = 0; i < 20_000; i += 1) counts[choice.draw(random)]! += 1;
    expect(counts['a']! / 20_000).toBeCloseTo(0.5, 1);
    expect(counts['b']! / 20_000).toBeCloseTo(0.4, 1);
    expect(counts['c']! / 20_000).toBeCloseTo(0.1, 1);
  });

  it.each([[[]], [[0]], [[1, -1]], [[Number.NaN]], [[Infinity]]])(
    'refuses the weights %j',
    (weights: number[]) => {
      expect(() => new WeightedChoice(weights.map((weight) => ({ item: weight, weight })))).toThrow(
        RangeError,
      );
    },
  );
});

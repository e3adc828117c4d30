import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  answeredPairCount,
  checkRanking,
  rank,
  type RankingOptions,
  rankPairs,
  rankPairsPerReader,
} from './ranking.js';

const probability = fc.oneof(
  fc.constantFrom(0, 0.25, 0.5, 1),
  fc.constant(Number.NaN),
  fc.float({ min: 0, max: 1, noNaN: true }),
);
const weight = fc.oneof(fc.constantFrom(-1, 0, 1), fc.double({ min: -1e6, max: 1e6, noNaN: true }));

const NO_RANKING = { scoreWeights: undefined, topK: 0, rankPerReader: false, keepProbabilities: false };
const BY_REPLY = { ...NO_RANKING, scoreWeights: Float64Array.of(1, 0, 0, 0) };

describe('checkRanking', () => {
  it.each<[Partial<RankingOptions>, string]>([
    [{ topK: 3 }, 'options.top_k: 3 without score_weights'],
    [{ keepProbabilities: true }, 'options.keep_probabilities: true without score_weights, expected both'],
    [{ rankPerReader: true }, 'options.rank_per_reader: true without score_weights, expected both'],
    [
      { scoreWeights: Float64Array.of(0, 0, Infinity, 0) },
      'options.score_weights.quote: Infinity, expected a finite number',
    ],
    [
      { scoreWeights: Float64Array.of(Number.NaN, 0, 0, 0) },
      'options.score_weights.reply: NaN, expected a finite number',
    ],
  ])('refuses %o', (options, message) => {
    expect(() => checkRanking({ ...NO_RANKING, ...options })).toThrow(message);
  });

  it('accepts no ranking, and every option beside weights', () => {
    expect(() => checkRanking(NO_RANKING)).not.toThrow();
    const all = { ...BY_REPLY, topK: 3, rankPerReader: true, keepProbabilities: true };
    expect(() => checkRanking(all)).not.toThrow();
  });
});

describe('answeredPairCount', () => {
  const pairs = { count: 5, readerIndex: Uint32Array.of(7, 7, 3, 7, 3, 9) };

  it.each<[string, RankingOptions | undefined, number]>([
    ['without options', undefined, 5],
    ['without weights', NO_RANKING, 5],
    ['of all pairs', BY_REPLY, 5],
    ['of the best two', { ...BY_REPLY, topK: 2 }, 2],
    ['of the best two of two readers', { ...BY_REPLY, topK: 2, rankPerReader: true }, 4],
    ['of more than there are', { ...BY_REPLY, topK: 9, rankPerReader: true }, 5],
  ])('%s', (_name, ranking, expected) => {
    expect(answeredPairCount(pairs, ranking)).toBe(expected);
  });
});

describe('rank', () => {
  const probabilities = Float32Array.of(0.25, 0, 0, 0.5, 0.75, 0.5, 0, 0);
  const readers = Uint32Array.of(4, 4);

  it('gives no ranking without weights', () => {
    expect(rank(probabilities, readers, NO_RANKING)).toBeUndefined();
  });

  it('gives readers and probabilities if they are asked for', () => {
    const ranking = { pairIndexes: Uint32Array.of(1), scores: Float64Array.of(0.75) };
    const best = { ...BY_REPLY, topK: 1 };
    expect(rank(probabilities, readers, best)).toEqual(ranking);
    expect(rank(probabilities, readers, { ...best, rankPerReader: true, keepProbabilities: true })).toEqual({
      ...ranking,
      probabilities: Float32Array.of(0.75, 0.5, 0, 0),
      readers: { readerIndexes: Uint32Array.of(4), counts: Uint32Array.of(1) },
    });
  });
});

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

describe('rankPairsPerReader', () => {
  const WEIGHTS = Float64Array.of(1, 0, 0, 0);
  const row = (score: number): number[] => [score, 0, 0, 0];

  it('is what each reader alone would be ranked as, readers as the pairs name them', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(probability, fc.nat({ max: 4 })), { maxLength: 40 }),
        fc.nat({ max: 6 }),
        (rows, topK) => {
          const probabilities = Float32Array.from(rows.flatMap(([score]) => row(score)));
          const readerOf = Uint32Array.from(rows, ([, reader]) => reader);
          const ranking = rankPairsPerReader(probabilities, WEIGHTS, topK, readerOf);
          const lists = [...new Set(readerOf)].flatMap((reader) => {
            const pairs = [...rows.keys()].filter((pair) => readerOf[pair] === reader);
            const own = rankPairs(
              Float32Array.from(pairs.flatMap((pair) => row(rows[pair]![0]))),
              WEIGHTS,
              topK,
            );
            const pairIndexes = [...own.pairIndexes].map((place) => pairs[place]!);
            return pairIndexes.length === 0 ? [] : [{ reader, pairIndexes, scores: [...own.scores] }];
          });
          // A reader is named by the first of its pairs that has a score.
          const firstOf = ({ reader }: (typeof lists)[number]): number =>
            rows.findIndex(([score], pair) => readerOf[pair] === reader && !Number.isNaN(score));
          lists.sort((a, b) => firstOf(a) - firstOf(b));
          expect([...ranking.readers!.readerIndexes]).toEqual(lists.map(({ reader }) => reader));
          expect([...ranking.readers!.counts]).toEqual(lists.map(({ pairIndexes }) => pairIndexes.length));
          expect([...ranking.pairIndexes]).toEqual(lists.flatMap(({ pairIndexes }) => pairIndexes));
          expect([...ranking.scores]).toEqual(lists.flatMap(({ scores }) => scores));
        },
      ),
    );
  });

  it.each<[string, number[], number[], number, object]>([
    [
      'two readers by turns',
      [0.1, 0.5, 0.3, 0.2],
      [7, 3, 7, 3],
      0,
      { readers: [7, 3], counts: [2, 2], pairs: [2, 0, 1, 3] },
    ],
    [
      'the best of each',
      [0.1, 0.5, 0.3, 0.2],
      [7, 3, 7, 3],
      1,
      { readers: [7, 3], counts: [1, 1], pairs: [2, 1] },
    ],
    ['more wanted than there are', [0.1, 0.5], [7, 3], 9, { readers: [7, 3], counts: [1, 1], pairs: [0, 1] }],
    [
      'a reader whose pairs all failed',
      [Number.NaN, 0.5],
      [7, 3],
      0,
      { readers: [3], counts: [1], pairs: [1] },
    ],
    ['equals', [0.5, 0.5, 0.5], [1, 1, 1], 2, { readers: [1], counts: [2], pairs: [0, 1] }],
    ['no pair that can be ranked', [Number.NaN], [1], 0, { readers: [], counts: [], pairs: [] }],
  ])('%s', (_name, scores, readers, topK, expected) => {
    const ranking = rankPairsPerReader(
      Float32Array.from(scores.flatMap(row)),
      WEIGHTS,
      topK,
      Uint32Array.from(readers),
    );
    const { readerIndexes, counts } = ranking.readers!;
    expect({ readers: [...readerIndexes], counts: [...counts], pairs: [...ranking.pairIndexes] }).toEqual(
      expected,
    );
  });
});

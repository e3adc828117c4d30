import { PairstreamError } from '../errors/pairstream-error.js';
import type { PairColumns } from '../pairs/pair-batch.js';
import { TARGET_COUNT, TARGETS } from '../pairs/targets.js';

/** Ranking options of a request. */
export interface RankingOptions {
  /** Worth of each target; undefined: the pairs are not ranked, and all other options are 0 or false. */
  readonly scoreWeights: Float64Array | undefined;
  /** Maximum number of pairs in a ranked list; 0: all. */
  readonly topK: number;
  /** True: one ranked list per reader. */
  readonly rankPerReader: boolean;
  /** True: the ranking includes the probabilities of its pairs. */
  readonly keepProbabilities: boolean;
}

/** Ranked pairs, best first. */
export interface Ranking {
  readonly pairIndexes: Uint32Array;
  /** Scores, in the order of `pairIndexes`. */
  readonly scores: Float64Array;
  /** Probabilities in the order of `pairIndexes`, row-major [pairs, 4]; only with `keepProbabilities`. */
  readonly probabilities?: Float32Array;
  /** The readers' lists, which follow one another in `pairIndexes`; only with `rankPerReader`. */
  readonly readers?: RankedReaders;
}

/** Readers whose lists follow one another in a ranking. */
export interface RankedReaders {
  /** Rows of the user table, in the order in which the pairs name them. */
  readonly readerIndexes: Uint32Array;
  /** Number of ranked pairs of each reader, 1 or more. */
  readonly counts: Uint32Array;
}

/** @throws PairstreamError INVALID_REQUEST for weights that are not finite, or other options without weights */
export function checkRanking({ scoreWeights, topK, keepProbabilities, rankPerReader }: RankingOptions): void {
  if (scoreWeights === undefined) {
    const expected = 'without score_weights, expected both or neither';
    if (topK > 0) throw invalid('options.top_k', `${topK} ${expected}`);
    if (keepProbabilities) throw invalid('options.keep_probabilities', `true ${expected}`);
    if (rankPerReader) throw invalid('options.rank_per_reader', `true ${expected}`);
    return;
  }
  const wrong = scoreWeights.findIndex((weight) => !Number.isFinite(weight));
  if (wrong >= 0)
    throw invalid(
      `options.score_weights.${TARGETS[wrong]}`,
      `${scoreWeights[wrong]}, expected a finite number`,
    );
}

/** Maximum number of pairs in the answer to a request. @param ranking undefined: the pairs are not ranked */
export function answeredPairCount(
  { count, readerIndex }: Pick<PairColumns, 'count' | 'readerIndex'>,
  ranking: RankingOptions | undefined,
): number {
  if (ranking?.scoreWeights === undefined || ranking.topK === 0) return count;
  const listCount = ranking.rankPerReader ? new Set(readerIndex.subarray(0, count)).size : 1;
  return Math.min(count, ranking.topK * listCount);
}

/**
 * Ranks pairs by the options of the request.
 * @param probabilities row-major [pairs, 4]; NaN where a pair failed
 * @param readerOf row of the reader, by pair
 * @returns undefined without weights
 */
export function rank(
  probabilities: Float32Array,
  readerOf: Uint32Array,
  { scoreWeights, topK, rankPerReader, keepProbabilities }: RankingOptions,
): Ranking | undefined {
  if (scoreWeights === undefined) return undefined;
  const ranking = rankPerReader
    ? rankPairsPerReader(probabilities, scoreWeights, topK, readerOf)
    : rankPairs(probabilities, scoreWeights, topK);
  if (!keepProbabilities) return ranking;
  const ofRanked = new Float32Array(ranking.pairIndexes.length * TARGET_COUNT);
  ranking.pairIndexes.forEach((pair, place) => {
    const from = pair * TARGET_COUNT;
    ofRanked.set(probabilities.subarray(from, from + TARGET_COUNT), place * TARGET_COUNT);
  });
  return { ...ranking, probabilities: ofRanked };
}

/**
 * Ranks pairs by the weighted sum of their probabilities. Pairs with equal sums keep their order. Pairs without probabilities
 * (NaN) are left out.
 * @param probabilities row-major [pairs, targets]
 * @param weights worth of each target
 * @param topK maximum number of ranked pairs; 0: all
 */
export function rankPairs(probabilities: Float32Array, weights: Float64Array, topK: number): Ranking {
  const targetCount = weights.length;
  const scores = new Float64Array(probabilities.length / targetCount);
  for (let pair = 0; pair < scores.length; pair += 1) {
    let score = 0;
    for (let t = 0; t < targetCount; t += 1) score += weights[t]! * probabilities[pair * targetCount + t]!;
    scores[pair] = score;
  }
  const ranked = Uint32Array.from(scores.keys())
    .filter((pair) => !Number.isNaN(scores[pair]!))
    .sort((a, b) => scores[b]! - scores[a]! || a - b);
  const pairIndexes = topK === 0 ? ranked : ranked.slice(0, topK);
  return { pairIndexes, scores: Float64Array.from(pairIndexes, (pair) => scores[pair]!) };
}

/**
 * Ranks the pairs of each reader as `rankPairs` does; readers without a ranked pair are left out.
 * @param topK maximum number of ranked pairs per reader; 0: all
 * @param readerOf row of the reader, by pair
 */
export function rankPairsPerReader(
  probabilities: Float32Array,
  weights: Float64Array,
  topK: number,
  readerOf: Uint32Array,
): Ranking {
  const { pairIndexes, scores } = rankPairs(probabilities, weights, 0);
  const places = new Map<number, number[]>();
  // In ascending pair order, so that readers come in the order in which pairs name them.
  for (const pair of pairIndexes.toSorted()) places.set(readerOf[pair]!, []);
  pairIndexes.forEach((pair, place) => {
    const ofReader = places.get(readerOf[pair]!)!;
    if (topK === 0 || ofReader.length < topK) ofReader.push(place);
  });
  const ranked = [...places.values()].flat();
  return {
    pairIndexes: Uint32Array.from(ranked, (place) => pairIndexes[place]!),
    scores: Float64Array.from(ranked, (place) => scores[place]!),
    readers: {
      readerIndexes: Uint32Array.from(places.keys()),
      counts: Uint32Array.from(places.values(), ({ length }) => length),
    },
  };
}

function invalid(field: string, problem: string): PairstreamError {
  return new PairstreamError('INVALID_REQUEST', `${field}: ${problem}`, { field });
}

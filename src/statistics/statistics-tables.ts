import type { IndexMap } from './index-map.js';
import type { Horizon, StatisticsTable } from './statistics-table.js';

/** All statistics tables of one pipeline, with the constants they are read with. */
export interface StatisticsTables {
  /** One for each key set that anything of the pipeline needs, in any order. */
  readonly tables: readonly StatisticsTable[];
  /** Mean of each target over the warm-up days: what an unseen key is taken for. */
  readonly priors: Float64Array;
  /** Hex SHA-256 of the vocabulary that the first-word keys were made with. */
  readonly vocabularySha256: string;
  /** Languages of the warm-up days, the most frequent first: the code of a language is its index. */
  readonly languages: IndexMap;
  /** Event time up to which the tables have learned, Unix seconds. */
  readonly asOfS: number;
}

/** Impressions that a prior weighs as much as: w of (sum + w * prior) / (count + w), as published. */
export const SMOOTHING_WEIGHT = 20;

/** How far back an encoding looks. */
export type HorizonName = 'long' | 'recent';

/** Half-lives by horizon: 14 days, 2 days. */
export const HALF_LIFE_S: Readonly<Record<HorizonName, number>> = { long: 14 * 86_400, recent: 2 * 86_400 };

/** The horizons of a table, in their order. @param halfLifeS of all of them, instead of their own */
export function horizonsOf(names: readonly HorizonName[], halfLifeS?: number): Horizon[] {
  return names.map((name) => ({ name, halfLifeS: halfLifeS ?? HALF_LIFE_S[name] }));
}

import type { IndexMap } from './index-map.js';
import type { StatisticsTable } from './statistics-table.js';

/** All statistics tables of one pipeline, with the constants they are read with. */
export interface StatisticsTables {
  /** In the order of the key sets. */
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

/** Half-life of the long horizon: 14 days. */
export const LONG_HALF_LIFE_S = 14 * 86_400;

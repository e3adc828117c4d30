import type { IndexMap } from './index-map.js';
import type { Horizon } from './record-layout.js';
import type { StatisticsTable } from './statistics-table.js';
import { DAY_S } from '../pairs/unix-time.js';

/** All statistics tables of one pipeline, and the constants for reading them. */
export interface StatisticsTables {
  /** One table per key set that the pipeline needs, in any order. */
  readonly tables: readonly StatisticsTable[];
  /** Mean of each target over the warm-up days, used for unknown keys. */
  readonly priors: Float64Array;
  /** Hex SHA-256 of the vocabulary behind the first-word keys. */
  readonly vocabularySha256: string;
  /** Languages of the warm-up days, most frequent first. The code of a language is its index. */
  readonly languages: IndexMap;
  /** Event time up to which the tables have learned, Unix seconds. */
  readonly asOfS: number;
}

/** Weight of the prior in impressions: w in (sum + w * prior) / (count + w), as published. */
export const SMOOTHING_WEIGHT = 20;

/** Name of a horizon: long or short memory of an encoding. */
export type HorizonName = 'long' | 'recent';

/** Half-lives by horizon, days. */
export const HALF_LIFE_DAYS: Readonly<Record<HorizonName, number>> = { long: 14, recent: 2 };

/** Horizons of a table by name, in order. @param halfLifeS replaces the half-life of every horizon */
export function horizonsOf(names: readonly HorizonName[], halfLifeS?: number): Horizon[] {
  return names.map((name) => ({ name, halfLifeS: halfLifeS ?? HALF_LIFE_DAYS[name] * DAY_S }));
}

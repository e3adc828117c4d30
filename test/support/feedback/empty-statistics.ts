import { KEY_SETS } from '../../../src/features/key-sets.js';
import { IndexMap } from '../../../src/statistics/index-map.js';
import { StatisticsTable } from '../../../src/statistics/statistics-table.js';
import { horizonsOf, type StatisticsTables } from '../../../src/statistics/statistics-tables.js';

/** Empty tables of every key set. */
export function emptyStatistics(asOfS = 0, vocabularySha256 = ''): StatisticsTables {
  return {
    tables: KEY_SETS.map(({ name, horizons }) => new StatisticsTable(name, horizonsOf(horizons))),
    priors: Float64Array.of(0.1, 0.2, 0.3, 0.4),
    vocabularySha256,
    languages: IndexMap.empty('languages'),
    asOfS,
  };
}

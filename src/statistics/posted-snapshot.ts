import { IndexMap } from './index-map.js';
import type { Horizon } from './record-layout.js';
import type { ReadStatistics } from './snapshot-file.js';
import { StatisticsTable } from './statistics-table.js';

/** Statistics that were read from a file, as a message between threads: the memory of the tables is shared. */
export interface PostedSnapshot extends Omit<ReadStatistics, 'tables' | 'languages'> {
  readonly tables: readonly {
    readonly name: string;
    readonly horizons: readonly Horizon[];
    readonly buffer: SharedArrayBuffer;
  }[];
  readonly languageKeys: Int32Array;
}

/** Statistics as they are posted to another thread. */
export function postSnapshot({ tables, languages, ...constants }: ReadStatistics): PostedSnapshot {
  return {
    ...constants,
    tables: tables.map(({ name, horizons, sharedBuffer: buffer }) => ({ name, horizons, buffer })),
    languageKeys: languages.keys,
  };
}

/** Statistics as they were before they were posted. */
export function receiveSnapshot({ tables, languageKeys, ...constants }: PostedSnapshot): ReadStatistics {
  return {
    ...constants,
    tables: tables.map(({ name, horizons, buffer }) => new StatisticsTable(name, horizons, buffer)),
    languages: new IndexMap('languages', languageKeys),
  };
}

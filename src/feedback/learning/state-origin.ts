import { createHash } from 'node:crypto';
import { KEY_SETS } from '../../features/key-sets.js';
import type { StatisticsTable } from '../../statistics/statistics-table.js';

/** What a learned state began with. */
interface StateSeed {
  /** SHA-256 of the statistics file of the release. */
  readonly statisticsSha256: string;
  /** Key scheme of the release. */
  readonly keyScheme: number;
  /** Tables of the statistics file. */
  readonly tables: readonly Pick<StatisticsTable, 'name' | 'horizons'>[];
}

/**
 * Identifies the statistics that a learned state began with, and the definitions of its keys: hexadecimal SHA-256. A state of another
 * origin cannot be continued.
 */
export function stateOrigin({ statisticsSha256, keyScheme, tables }: StateSeed): string {
  const definitions = tables.map(({ name, horizons }) => {
    const components = KEY_SETS.find((keySet) => keySet.name === name)?.components ?? [];
    return { name, components, horizons };
  });
  const text = JSON.stringify({ statisticsSha256, keyScheme, definitions });
  return createHash('sha256').update(text).digest('hex');
}

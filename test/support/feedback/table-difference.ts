import { HORIZON_VALUES } from '../../../src/statistics/record-layout.js';
import type { StatisticsTable } from '../../../src/statistics/statistics-table.js';

/** Largest difference of a counter, relative to counters above 1; and the first key that only one side has. */
export function differenceOf(
  a: readonly StatisticsTable[],
  b: readonly StatisticsTable[],
): { readonly largest: number; readonly missing: string | undefined } {
  let largest = 0;
  let missing: string | undefined;
  const asOfS = Math.max(...a.map(({ lastEventS }) => lastEventS));
  const compare = (table: StatisticsTable, other: StatisticsTable): void => {
    const record = table.emptyRecord();
    const ours = new Float64Array(HORIZON_VALUES);
    const theirs = new Float64Array(HORIZON_VALUES);
    table.forEach(record, () => {
      const { keyLo, keyHi } = record;
      const found = other.find(keyLo, keyHi);
      if (found < 0) missing ??= `${table.name} ${keyLo} ${keyHi}`;
      for (let h = 0; h < table.horizons.length; h += 1) {
        table.read(table.find(keyLo, keyHi), h, asOfS, ours);
        other.read(found, h, asOfS, theirs);
        for (let i = 0; i < HORIZON_VALUES; i += 1)
          largest = Math.max(largest, Math.abs(ours[i]! - theirs[i]!) / Math.max(1, ours[i]!));
      }
    });
  };
  for (const table of a) {
    const other = b.find(({ name }) => name === table.name);
    if (other === undefined) return { largest: Infinity, missing: table.name };
    compare(table, other);
    compare(other, table);
  }
  return { largest, missing };
}

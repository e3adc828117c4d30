import { IndexMap } from '../../statistics/index-map.js';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readSnapshot, writeSnapshot } from '../../statistics/snapshot-file.js';
import { StatisticsTable } from '../../statistics/statistics-table.js';
import { StatisticsWriter } from '../../statistics/statistics-writer.js';
import { horizonsOf } from '../../statistics/statistics-tables.js';
import { Random } from '../world/random.js';
import { spreadOf, timeUs } from './measurement.js';
import type { Figure } from './result.js';

const KEY_COUNT = 1_000_000;
const NOW_S = 1_614_000_000;
const ROUNDS = 5;

/** Measures the memory per key of a statistics table with a million keys, and the time to write and load its snapshot. */
export function benchTables(): Figure[] {
  const random = new Random(23);
  const table = new StatisticsTable('bench', horizonsOf(['long', 'recent']));
  const writer = new StatisticsWriter(table);
  for (let i = 0; i < KEY_COUNT; i += 1) {
    const [lo, hi] = [random.next() | 0, random.next() | 0];
    writer.addImpression(lo, hi, NOW_S - random.below(1e6));
    writer.addEngagement(lo, hi, NOW_S, i % 4);
  }
  const folder = mkdtempSync(join(tmpdir(), 'bench-tables-'));
  const path = join(folder, 'bench.snapshot');
  const statistics = {
    tables: [table],
    priors: new Float64Array(4),
    vocabularySha256: '',
    languages: IndexMap.empty('languages'),
    asOfS: NOW_S,
  };
  const writeUs = timeUs(() => writeSnapshot(path, statistics));
  const fileBytes = statSync(path).size;
  const loadUs = Array.from({ length: ROUNDS }, () => timeUs(() => void readSnapshot(path)));
  rmSync(folder, { recursive: true });
  const perSecond = (amount: number): { value: number; p10: number; p90: number } => {
    const { median, p10, p90 } = spreadOf(loadUs);
    return { value: (amount * 1e6) / median, p10: (amount * 1e6) / p90, p90: (amount * 1e6) / p10 };
  };
  const tableGb = (KEY_COUNT * table.recordBytes) / 1e9;
  return [
    { name: 'resident bytes per key, 1,000,000 keys', unit: 'bytes', value: table.byteLength / KEY_COUNT },
    { name: 'snapshot bytes per key', unit: 'bytes', value: fileBytes / KEY_COUNT },
    {
      name: 'snapshot load, records',
      unit: 'GB/s',
      ...perSecond(tableGb),
      note: 'checksum, decompression and insertion',
    },
    { name: 'snapshot load, keys', unit: 'keys/s', ...perSecond(KEY_COUNT) },
    { name: 'snapshot write', unit: 's', value: writeUs / 1e6 },
  ];
}

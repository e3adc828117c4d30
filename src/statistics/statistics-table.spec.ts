import { describe, expect, it } from 'vitest';
import { HORIZON_VALUES } from './record-layout.js';
import { emptyTableBuffer, StatisticsTable } from './statistics-table.js';
import { horizonsOf } from './statistics-tables.js';
import { StatisticsWriter } from './statistics-writer.js';

const NOW_S = 1_612_396_800;
const HORIZONS = horizonsOf(['long', 'recent']);

function impressionsOf(table: StatisticsTable, key: number): number {
  const out = new Float64Array(HORIZON_VALUES);
  table.read(table.find(key, key), 0, NOW_S, out);
  return out[0]!;
}

describe('StatisticsTable', () => {
  it('over the memory of another table reads what its writer writes', () => {
    const written = new StatisticsTable('t', HORIZONS, emptyTableBuffer(2, 100));
    const reader = new StatisticsTable('t', HORIZONS, written.sharedBuffer);
    const writer = new StatisticsWriter(written);
    expect([reader.keyCount, reader.lastEventS, reader.capacity]).toEqual([0, 0, 256]);
    writer.addImpression(1, 1, NOW_S - 5);
    writer.addImpression(2, 2, NOW_S);
    writer.addImpression(1, 1, NOW_S - 9);
    expect([reader.keyCount, reader.lastEventS]).toEqual([2, NOW_S]);
    expect(impressionsOf(reader, 2)).toBe(1);
    expect(impressionsOf(reader, 3)).toBe(0);
  });

  it('adopts the memory of a rebuild', () => {
    const written = new StatisticsTable('t', HORIZONS);
    const reader = new StatisticsTable('t', HORIZONS, written.sharedBuffer);
    const writer = new StatisticsWriter(written);
    for (let key = 0; key < 100; key += 1) writer.addImpression(key, key, NOW_S);
    expect([reader.capacity, written.capacity]).toEqual([64, 256]);
    expect(impressionsOf(reader, 99)).toBe(0);
    reader.adopt(written.sharedBuffer);
    expect([reader.capacity, reader.keyCount, reader.lastEventS]).toEqual([256, 100, NOW_S]);
    expect(impressionsOf(reader, 99)).toBe(1);
    expect(reader.byteLength).toBe(256 * 96 + 64);
  });

  it('is read when its writer died in the middle of a record', () => {
    const table = new StatisticsTable('t', HORIZONS);
    const writer = new StatisticsWriter(table);
    writer.addImpression(1, 1, NOW_S);
    const record = table.find(1, 1);
    const sequenceAt = (record * table.recordBytes) / 4 + 2;
    const words = new Int32Array(table.sharedBuffer);
    const before = words[sequenceAt]!;
    words[sequenceAt] = before + 1;
    expect(impressionsOf(table, 1)).toBe(1);
    // Other readers do not wait again, and the next writer goes on.
    expect(words[sequenceAt]).toBe(before + 2);
    words[sequenceAt] = before + 3;
    new StatisticsWriter(table).addImpression(1, 1, NOW_S);
    expect(impressionsOf(table, 1)).toBe(2);
  });

  it('is read while the sequence word of a record wraps', () => {
    const table = new StatisticsTable('t', HORIZONS);
    const writer = new StatisticsWriter(table);
    writer.addImpression(1, 1, NOW_S);
    const words = new Int32Array(table.sharedBuffer);
    const sequenceAt = (table.find(1, 1) * table.recordBytes) / 4 + 2;
    for (const last of [2 ** 31 - 2, -2]) {
      words[sequenceAt] = last;
      writer.addImpression(1, 1, NOW_S);
      expect(table.find(1, 1)).toBeGreaterThanOrEqual(0);
      expect((words[sequenceAt] ?? 1) & 1).toBe(0);
    }
    expect(impressionsOf(table, 1)).toBe(3);
  });
});

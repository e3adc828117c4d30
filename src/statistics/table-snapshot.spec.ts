import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeChunk, RecordChunk } from './snapshot-chunks.js';
import { StatisticsStore } from './statistics-store.js';
import { StatisticsTable } from './statistics-table.js';
import { horizonsOf } from './statistics-tables.js';
import { StatisticsWriter } from './statistics-writer.js';
import type { TableSnapshot } from './table-snapshot.js';

const START_S = 1_612_396_800;
const HORIZONS = horizonsOf(['long', 'recent']);
const KEYS = 6_000;

function storeOf(): StatisticsStore {
  const tables = [new StatisticsTable('t', HORIZONS)];
  return new StatisticsStore(tables, { maxBytes: 2 ** 30, publish: () => undefined });
}

function loOf(n: number): number {
  return Math.imul(n + 1, 0x9e_37_79_b1);
}

/** Every record with counts, by key. */
function recordsOf(table: StatisticsTable): Map<number, string> {
  const record = table.emptyRecord();
  const records = new Map<number, string>();
  table.forEach(record, () => {
    if (record.values.some((value) => value > 0))
      records.set(record.keyLo, `${record.keyHi} ${record.timeS} ${record.values.join(' ')}`);
  });
  return records;
}

/** Encodes the rest of a snapshot and restores it into another table. */
async function restored(snapshot: TableSnapshot, chunk: RecordChunk): Promise<StatisticsTable> {
  while (snapshot.nextRecords(chunk));
  const writer = new StatisticsWriter(new StatisticsTable('t', snapshot.horizons));
  expect(decodeChunk(await chunk.encode(), writer)).toBe(writer.table.keyCount);
  return writer.table;
}

describe('TableSnapshot', () => {
  it('holds the table as it was at the begin, under writes between the steps', async () => {
    const write = fc.record({
      kind: fc.constantFrom('add', 'add', 'add', 'next', 'step'),
      n: fc.nat(KEYS * 1.3),
      count: fc.integer({ min: 1, max: 700 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(write, { maxLength: 80 }), async (writes) => {
        const store = storeOf();
        const [writer] = store.writers;
        for (let n = 0; n < KEYS; n += 1) writer!.addImpression(loOf(n), n, START_S + (n % 99));
        const expected = recordsOf(store.tables[0]!);
        const snapshot = store.beginSnapshot();
        const chunk = new RecordChunk(HORIZONS.length);
        for (const { kind, n, count } of writes) {
          if (kind === 'next') snapshot.tables[0]!.nextRecords(chunk, count);
          else if (kind === 'step') store.step(count);
          else
            for (let i = 0; i < count; i += 1) writer!.addEngagement(loOf(n + i), n + i, START_S + count, 1);
        }
        expect(recordsOf(await restored(snapshot.tables[0]!, chunk))).toEqual(expected);
        snapshot.end();
      }),
      { numRuns: 30 },
    );
  });

  it('goes on in the memory that a rebuild has replaced', async () => {
    const store = storeOf();
    const [writer] = store.writers;
    for (let n = 0; n < KEYS; n += 1) writer!.addImpression(loOf(n), n, START_S);
    const expected = recordsOf(store.tables[0]!);
    const before = store.tables[0]!.sharedBuffer;
    const snapshot = store.beginSnapshot();
    const chunk = new RecordChunk(HORIZONS.length);
    snapshot.tables[0]!.nextRecords(chunk, 100);
    for (let n = 0; n < KEYS * 5; n += 1) writer!.addImpression(loOf(n), n, START_S + 1);
    expect(store.tables[0]!.sharedBuffer).not.toBe(before);
    expect(recordsOf(await restored(snapshot.tables[0]!, chunk))).toEqual(expected);
    snapshot.end();
  });

  it('saves each record once, and no record after its end', () => {
    const store = storeOf();
    const [writer] = store.writers;
    for (let n = 0; n < 100; n += 1) writer!.addImpression(loOf(n), n, START_S);
    const snapshot = store.beginSnapshot();
    for (let i = 0; i < 3; i += 1)
      for (let n = 0; n < 150; n += 1) writer!.addImpression(loOf(n), n, START_S);
    expect(snapshot.tables[0]!.savedCount).toBe(100);
    snapshot.end();
    const next = store.beginSnapshot();
    next.end();
    writer!.addImpression(loOf(0), 0, START_S);
    expect(next.tables[0]!.savedCount).toBe(0);
  });

  it('leaves out keys that are deleted before they are read', async () => {
    const store = storeOf();
    const [writer] = store.writers;
    for (let n = 0; n < 3; n += 1) writer!.addImpression(loOf(n), n, START_S);
    const snapshot = store.beginSnapshot();
    writer!.addImpression(loOf(0), 0, START_S);
    writer!.deleteKey(loOf(0), 0);
    writer!.deleteKey(loOf(1), 1);
    const table = await restored(snapshot.tables[0]!, new RecordChunk(HORIZONS.length));
    expect([...recordsOf(table).keys()]).toEqual([loOf(2)]);
    snapshot.end();
  });

  it('stops at a full chunk', async () => {
    const store = storeOf();
    const [writer] = store.writers;
    for (let n = 0; n < 10_000; n += 1) writer!.addImpression(loOf(n), n, START_S);
    const snapshot = store.beginSnapshot();
    const chunk = new RecordChunk(HORIZONS.length);
    expect(snapshot.tables[0]!.nextRecords(chunk, 2 ** 30)).toBe(true);
    expect([chunk.rowCount, chunk.isFull]).toEqual([8_192, true]);
    const first = await chunk.encode();
    expect(snapshot.tables[0]!.nextRecords(chunk, 2 ** 30)).toBe(false);
    const copy = new StatisticsWriter(new StatisticsTable('t', HORIZONS));
    decodeChunk(first, copy);
    decodeChunk(await chunk.encode(), copy);
    expect(recordsOf(copy.table)).toEqual(recordsOf(store.tables[0]!));
    snapshot.end();
  });
});

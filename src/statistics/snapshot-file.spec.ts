import { IndexMap } from './index-map.js';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readSnapshot, writeSnapshot } from './snapshot-file.js';
import { HORIZON_VALUES } from './record-layout.js';
import { StatisticsTable } from './statistics-table.js';
import { horizonsOf, type StatisticsTables } from './statistics-tables.js';
import { StatisticsWriter } from './statistics-writer.js';
import { DAY_S } from '../pairs/unix-time.js';

const folder = mkdtempSync(join(tmpdir(), 'snapshot-'));
afterAll(() => rmSync(folder, { recursive: true }));
const NOW_S = 1_613_000_000;

function tablesOf(keyCount: number): StatisticsTables {
  const tables = [
    new StatisticsTable('first', horizonsOf(['long', 'recent'])),
    new StatisticsTable('second', horizonsOf(['recent'])),
  ];
  const writers = tables.map((table) => new StatisticsWriter(table));
  for (let key = 0; key < keyCount; key += 1) {
    for (const writer of writers) {
      writer.addImpression(key * 7_919, ~key, NOW_S - key);
      if (key % 3 === 0) writer.addEngagement(key * 7_919, ~key, NOW_S, key % 4);
    }
  }
  const priors = Float64Array.of(0.1, 0.2, 0.3, 0.4);
  return {
    tables,
    priors,
    vocabularySha256: 'ab'.repeat(32),
    languages: new IndexMap('languages', Int32Array.of(1, -2, -2_147_483_648, 0)),
    asOfS: NOW_S,
  };
}

/** What every table holds of every key and horizon at a time after the snapshot's. */
function statesOf({ tables }: StatisticsTables, keyCount: number): number[][] {
  const state = new Float64Array(HORIZON_VALUES);
  return tables.map((table) =>
    Array.from({ length: keyCount }, (_, key) =>
      table.horizons.flatMap((_horizon, h) => {
        table.read(table.find(key * 7_919, ~key), h, NOW_S + DAY_S, state);
        return [...state];
      }),
    ).flat(),
  );
}

describe('snapshot files', () => {
  it('hold tables as they were', () => {
    const path = join(folder, 'whole.snapshot');
    const written = tablesOf(1_000);
    writeSnapshot(path, written);
    const read = readSnapshot(path);
    expect(read).toMatchObject({
      vocabularySha256: written.vocabularySha256,
      languages: new IndexMap('languages', Int32Array.of(1, -2, -2_147_483_648, 0)),
      asOfS: NOW_S,
      priors: written.priors,
    });
    expect(read.tables.map(({ name, keyCount }) => [name, keyCount])).toEqual([
      ['first', 1_000],
      ['second', 1_000],
    ]);
    expect(statesOf(read, 1_000)).toEqual(statesOf(written, 1_000));
    expect(existsSync(`${path}.partial`)).toBe(false);
  });

  it('have a header that a person can read', () => {
    const path = join(folder, 'header.snapshot');
    writeSnapshot(path, tablesOf(3));
    const [header] = readFileSync(path, 'latin1').split('\n');
    expect(JSON.parse(header!)).toMatchObject({
      format: 'pairstream-statistics',
      version: 3,
      tables: [
        {
          name: 'first',
          keyCount: 3,
          horizons: [{ name: 'long', halfLifeS: 14 * DAY_S }, { name: 'recent' }],
        },
        { name: 'second', horizons: [{ name: 'recent', halfLifeS: 2 * DAY_S }] },
      ],
    });
  });

  it('leave out keys with too few impressions, as of the snapshot', () => {
    const path = join(folder, 'pruned.snapshot');
    const table = new StatisticsTable('t', horizonsOf(['recent', 'long']));
    const writer = new StatisticsWriter(table);
    for (let i = 0; i < 3; i += 1) writer.addImpression(1, 1, NOW_S);
    for (let i = 0; i < 3; i += 1) writer.addImpression(2, 2, NOW_S - 14 * DAY_S);
    writeSnapshot(path, { ...tablesOf(0), tables: [table] }, { minImpressions: 2 });
    const [read] = readSnapshot(path).tables;
    expect([read!.find(1, 1) >= 0, read!.find(2, 2) >= 0]).toEqual([true, false]);
  });

  it('that cannot be put in their place leave nothing behind', () => {
    const path = join(folder, 'a-folder.snapshot');
    mkdirSync(path);
    expect(() => writeSnapshot(path, tablesOf(3))).toThrow(
      expect.objectContaining({ code: 'OUTPUT_FAILED', field: path }),
    );
    expect(existsSync(`${path}.partial`)).toBe(false);
  });

  // Records are compressed 65,536 at a time.
  it.each([65_536, 65_537, 140_000])('hold %i keys', (keyCount) => {
    const path = join(folder, 'large.snapshot');
    const written = tablesOf(keyCount);
    writeSnapshot(path, written);
    const read = readSnapshot(path);
    expect(read.tables.map((table) => table.keyCount)).toEqual([keyCount, keyCount]);
    expect(statesOf(read, keyCount)).toEqual(statesOf(written, keyCount));
  });

  it('go on learning where they stopped', () => {
    const path = join(folder, 'resumed.snapshot');
    const [table] = tablesOf(50).tables;
    const statistics = { ...tablesOf(0), tables: [table!] };
    writeSnapshot(path, statistics);
    const read = readSnapshot(path);
    for (const { tables } of [statistics, read]) {
      const writer = new StatisticsWriter(tables[0]!);
      for (let key = 0; key < 100; key += 1) writer.addImpression(key * 7_919, ~key, NOW_S + key * 60);
    }
    expect(statesOf(read, 100)).toEqual(statesOf(statistics, 100));
  });

  it('empty tables come back empty', () => {
    const path = join(folder, 'empty.snapshot');
    writeSnapshot(path, tablesOf(0));
    expect(readSnapshot(path).tables.map(({ keyCount }) => keyCount)).toEqual([0, 0]);
  });

  it('a flipped bit anywhere is refused', () => {
    const path = join(folder, 'flipped.snapshot');
    writeSnapshot(path, tablesOf(5));
    const whole = readFileSync(path);
    for (let at = 0; at < whole.length; at += 1) {
      const damaged = Buffer.from(whole);
      damaged[at]! ^= 1 << (at % 8);
      writeFileSync(path, damaged);
      expect(() => readSnapshot(path), `byte ${at}`).toThrow(
        expect.objectContaining({ code: 'INVALID_SNAPSHOT' }),
      );
    }
  });

  it('a file that was cut off at any length is refused', () => {
    const path = join(folder, 'cut.snapshot');
    writeSnapshot(path, tablesOf(5));
    const whole = readFileSync(path);
    for (let length = 0; length < whole.length; length += 1) {
      writeFileSync(path, whole.subarray(0, length));
      expect(() => readSnapshot(path), `${length} bytes`).toThrow(
        expect.objectContaining({ code: 'INVALID_SNAPSHOT' }),
      );
    }
  });

  it.each([
    ['missing', undefined, /cannot be read \(no such file\)/],
    ['something else', 'hello\nworld', /the header is not JSON/],
    ['of another kind', '{"format":"x"}\n', /format is "x", expected "pairstream-statistics"/],
    [
      'of another version',
      '{"format":"pairstream-statistics","version":1}\n',
      /version is 1, this program reads version 3/,
    ],
    ['incomplete', '{"format":"pairstream-statistics","version":3}\n', /header: .*vocabularySha256/s],
  ])('a file that is %s', (_name, content, message) => {
    const path = join(folder, `${_name}.snapshot`);
    if (content !== undefined) writeFileSync(path, content);
    expect(() => readSnapshot(path)).toThrow(message);
  });
});

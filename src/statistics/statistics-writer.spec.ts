import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Horizon, HORIZON_VALUES } from './record-layout.js';
import { StatisticsTable } from './statistics-table.js';
import { StatisticsWriter } from './statistics-writer.js';
import { DAY_S } from '../pairs/unix-time.js';

const START_S = 1_612_396_800;
const DAY: readonly Horizon[] = [{ name: 'day', halfLifeS: DAY_S }];
const FOREVER: readonly Horizon[] = [{ name: 'forever', halfLifeS: 1e300 }];

/** Impressions and the four engagements of a key. */
function stateOf({ table }: StatisticsWriter, key: number, timeS: number, horizon = 0): number[] {
  const out = new Float64Array(HORIZON_VALUES);
  table.read(table.find(key, key), horizon, timeS, out);
  return [...out];
}

/** A writer of a new table. */
function writerOf(horizons: readonly Horizon[]): StatisticsWriter {
  return new StatisticsWriter(new StatisticsTable('t', horizons));
}

/** Values without rounding errors. */
function rounded(values: readonly number[]): number[] {
  return values.map((value) => Number(value.toPrecision(12)));
}

describe('StatisticsWriter', () => {
  it('holds nothing of an unseen key', () => {
    expect(stateOf(writerOf(DAY), 5, START_S)).toEqual([0, 0, 0, 0, 0]);
  });

  it('counts impressions and engagements', () => {
    const writer = writerOf(DAY);
    for (let i = 0; i < 5; i += 1) writer.addImpression(5, 5, START_S);
    writer.addEngagement(5, 5, START_S, 3);
    expect(stateOf(writer, 5, START_S)).toEqual([5, 0, 0, 0, 1]);
  });

  it('counts once for every horizon, each with its own half-life', () => {
    const writer = writerOf([...DAY, { name: 'hours', halfLifeS: DAY_S / 4 }, ...FOREVER]);
    writer.addImpression(5, 5, START_S);
    writer.addImpression(5, 5, START_S + DAY_S);
    writer.addEngagement(5, 5, START_S, 2);
    const at = START_S + DAY_S;
    expect(rounded(stateOf(writer, 5, at, 0))).toEqual([1.5, 0, 0, 0.5, 0]);
    expect(rounded(stateOf(writer, 5, at, 1))).toEqual([1 + 1 / 16, 0, 0, 1 / 16, 0]);
    expect(rounded(stateOf(writer, 5, at, 2))).toEqual([2, 0, 0, 1, 0]);
    expect(rounded(stateOf(writer, 5, at + DAY_S / 4, 1))).toEqual([0.5 + 1 / 32, 0, 0, 1 / 32, 0]);
  });

  it('an event counts half after a half-life, for reads and for additions', () => {
    const writer = writerOf(DAY);
    writer.addImpression(5, 5, START_S);
    writer.addEngagement(5, 5, START_S, 0);
    // One impression at the second time, half of one from the first.
    writer.addImpression(5, 5, START_S + DAY_S);
    expect(rounded(stateOf(writer, 5, START_S + DAY_S))).toEqual([1.5, 0.5, 0, 0, 0]);
    expect(rounded(stateOf(writer, 5, START_S + 3 * DAY_S))).toEqual([0.375, 0.125, 0, 0, 0]);
  });

  it('a late event counts with its decay', () => {
    const inOrder = writerOf(DAY);
    const late = writerOf(DAY);
    for (const writer of [inOrder, late]) writer.addImpression(5, 5, START_S);
    inOrder.addEngagement(5, 5, START_S + 100, 1);
    inOrder.addImpression(5, 5, START_S + DAY_S);
    late.addImpression(5, 5, START_S + DAY_S);
    late.addEngagement(5, 5, START_S + 100, 1);
    const at = START_S + 2 * DAY_S;
    expect(rounded(stateOf(late, 5, at))).toEqual(rounded(stateOf(inOrder, 5, at)));
  });

  it('holds what a map would hold, through growth and collisions', () => {
    const event = fc.record({
      lo: fc.oneof(fc.integer({ min: -3, max: 3 }), fc.integer()),
      hi: fc.integer({ min: -2, max: 2 }),
      target: fc.integer({ min: -1, max: 3 }),
    });
    fc.assert(
      fc.property(fc.array(event, { maxLength: 400 }), (events) => {
        const writer = writerOf(FOREVER);
        const expected = new Map<string, number[]>();
        for (const { lo, hi, target } of events) {
          const key = `${lo} ${hi}`;
          const record = expected.get(key) ?? [0, 0, 0, 0, 0];
          record[target + 1]! += 1;
          expected.set(key, record);
          if (target < 0) writer.addImpression(lo, hi, START_S);
          else writer.addEngagement(lo, hi, START_S, target);
        }
        const record = writer.table.emptyRecord();
        const seen = new Map<string, number[]>();
        writer.table.forEach(record, () => seen.set(`${record.keyLo} ${record.keyHi}`, [...record.values]));
        expect(seen).toEqual(expected);
        expect(writer.table.keyCount).toBe(expected.size);
      }),
    );
  });

  it('keeps counting where single precision would stop', () => {
    const writer = writerOf(FOREVER);
    const count = 2 ** 24;
    writer.restore({ keyLo: 1, keyHi: 1, timeS: START_S, values: Float64Array.of(count, count, 0, 0, 0) });
    writer.addImpression(1, 1, START_S);
    writer.addEngagement(1, 1, START_S, 0);
    expect(stateOf(writer, 1, START_S).slice(0, 2)).toEqual([count + 1, count + 1]);
  });

  it('refuses to restore a key twice', () => {
    const writer = writerOf(DAY);
    const record = { ...writer.table.emptyRecord(), keyLo: 1, keyHi: 1, timeS: START_S };
    writer.restore(record);
    expect(() => writer.restore(record)).toThrow('table t: a key occurs twice');
  });
});

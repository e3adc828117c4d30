import { Worker } from 'node:worker_threads';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Horizon, HORIZON_VALUES, StatisticsTable } from './statistics-table.js';
import { DAY_S } from '../pairs/unix-time.js';

const START_S = 1_612_396_800;
const DAY: readonly Horizon[] = [{ name: 'day', halfLifeS: DAY_S }];
const FOREVER: readonly Horizon[] = [{ name: 'forever', halfLifeS: 1e300 }];

/** Impressions and the four engagements of a key. */
function stateOf(table: StatisticsTable, key: number, timeS: number, horizon = 0): number[] {
  const out = new Float64Array(HORIZON_VALUES);
  table.read(table.find(key, key), horizon, timeS, out);
  return [...out];
}

/** Without what is left of rounding. */
function rounded(values: readonly number[]): number[] {
  return values.map((value) => Number(value.toPrecision(12)));
}

describe('StatisticsTable', () => {
  it('holds nothing of an unseen key', () => {
    expect(stateOf(new StatisticsTable('t', DAY), 5, START_S)).toEqual([0, 0, 0, 0, 0]);
  });

  it('counts impressions and engagements', () => {
    const table = new StatisticsTable('t', DAY);
    for (let i = 0; i < 5; i += 1) table.addImpression(5, 5, START_S);
    table.addEngagement(5, 5, START_S, 3);
    expect(stateOf(table, 5, START_S)).toEqual([5, 0, 0, 0, 1]);
  });

  it('counts once for every horizon, each with its own half-life', () => {
    const table = new StatisticsTable('t', [...DAY, { name: 'hours', halfLifeS: DAY_S / 4 }, ...FOREVER]);
    table.addImpression(5, 5, START_S);
    table.addImpression(5, 5, START_S + DAY_S);
    table.addEngagement(5, 5, START_S, 2);
    const at = START_S + DAY_S;
    expect(rounded(stateOf(table, 5, at, 0))).toEqual([1.5, 0, 0, 0.5, 0]);
    expect(rounded(stateOf(table, 5, at, 1))).toEqual([1 + 1 / 16, 0, 0, 1 / 16, 0]);
    expect(rounded(stateOf(table, 5, at, 2))).toEqual([2, 0, 0, 1, 0]);
    expect(rounded(stateOf(table, 5, at + DAY_S / 4, 1))).toEqual([0.5 + 1 / 32, 0, 0, 1 / 32, 0]);
  });

  it('an event counts half after a half-life, whenever it is looked at or added to', () => {
    const table = new StatisticsTable('t', DAY);
    table.addImpression(5, 5, START_S);
    table.addEngagement(5, 5, START_S, 0);
    // One impression at the second time, half of one from the first.
    table.addImpression(5, 5, START_S + DAY_S);
    expect(rounded(stateOf(table, 5, START_S + DAY_S))).toEqual([1.5, 0.5, 0, 0, 0]);
    expect(rounded(stateOf(table, 5, START_S + 3 * DAY_S))).toEqual([0.375, 0.125, 0, 0, 0]);
  });

  it('an event that comes late is worth what is left of it', () => {
    const inOrder = new StatisticsTable('t', DAY);
    const late = new StatisticsTable('t', DAY);
    for (const table of [inOrder, late]) table.addImpression(5, 5, START_S);
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
        const table = new StatisticsTable('t', FOREVER);
        const expected = new Map<string, number[]>();
        for (const { lo, hi, target } of events) {
          const key = `${lo} ${hi}`;
          const record = expected.get(key) ?? [0, 0, 0, 0, 0];
          record[target + 1]! += 1;
          expected.set(key, record);
          if (target < 0) table.addImpression(lo, hi, START_S);
          else table.addEngagement(lo, hi, START_S, target);
        }
        const record = table.emptyRecord();
        const seen = new Map<string, number[]>();
        table.forEach(record, () => seen.set(`${record.keyLo} ${record.keyHi}`, [...record.values]));
        expect(seen).toEqual(expected);
        expect(table.keyCount).toBe(expected.size);
      }),
    );
  });

  it('keeps counting where single precision would stop', () => {
    const table = new StatisticsTable('t', FOREVER);
    const count = 2 ** 24;
    table.restore({ keyLo: 1, keyHi: 1, timeS: START_S, values: Float64Array.of(count, count, 0, 0, 0) });
    table.addImpression(1, 1, START_S);
    table.addEngagement(1, 1, START_S, 0);
    expect(stateOf(table, 1, START_S).slice(0, 2)).toEqual([count + 1, count + 1]);
  });

  it('refuses to restore a key twice', () => {
    const table = new StatisticsTable('t', DAY);
    const record = { ...table.emptyRecord(), keyLo: 1, keyHi: 1, timeS: START_S };
    table.restore(record);
    expect(() => table.restore(record)).toThrow('table t: a key occurs twice');
  });

  it('readers on other threads never see half an update', async () => {
    // Count and sums start equal and enormous, and every event ages all of them by 7 millionths: in a whole read they are
    // equal but for the last events, and a read that mixes two states shows.
    const horizons = [
      { name: 'short', halfLifeS: 50_000 },
      { name: 'long', halfLifeS: 100_000 },
    ];
    const table = new StatisticsTable('t', horizons, 1);
    const values = new Float64Array(2 * HORIZON_VALUES).fill(2 ** 900);
    table.restore({ keyLo: 7, keyHi: 7, timeS: START_S, values });
    // The class itself reads, in another thread, from the memory that this thread writes.
    const reader = `
      const { registerHooks } = require('node:module');
      const { parentPort, workerData } = require('node:worker_threads');
      registerHooks({ resolve: (name, context, next) => next(name.replace(/^(\\..*)[.]js$/, '$1.ts'), context) });
      import(workerData.module).then(({ StatisticsTable }) => {
        const table = new StatisticsTable('t', workerData.horizons);
        table.ints = new Int32Array(workerData.buffer);
        table.doubles = new Float64Array(workerData.buffer);
        table.mask = workerData.mask;
        const out = new Float64Array(5), record = table.find(7, 7);
        const recordInts = table.recordBytes / 4;
        let torn = 0, reads = 0, newStates = 0, timeS = 0;
        parentPort.postMessage('ready');
        while (newStates < 200 || reads < 500000) {
          table.read(record, 1, ${START_S}, out);
          reads++;
          if (out.some((value) => !(Math.abs(value / out[0] - 1) < 1e-6))) torn++;
          const now = table.ints[record * recordInts + 3];
          if (now !== timeS) newStates++;
          timeS = now;
        }
        parentPort.postMessage({ torn, reads, newStates });
      });`;
    const { sharedBuffer: buffer, byteLength } = table;
    const worker = new Worker(reader, {
      eval: true,
      execArgv: ['--experimental-transform-types', '--no-warnings'],
      workerData: {
        module: new URL('statistics-table.ts', import.meta.url).href,
        buffer,
        horizons,
        mask: byteLength / table.recordBytes - 1,
      },
    });
    const messages: unknown[] = [];
    worker.on('message', (message: unknown) => messages.push(message));
    worker.on('error', (error) => messages.push(error, error));
    await expect.poll(() => messages.length, { timeout: 30_000 }).toBeGreaterThan(0);
    for (let timeS = START_S + 1; messages.length < 2; timeS += 1) {
      table.addImpression(7, 7, timeS);
      if (timeS % 50_000 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    expect(messages[1]).toMatchObject({ torn: 0 });
  });
});

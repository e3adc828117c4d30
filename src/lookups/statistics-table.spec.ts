import { Worker } from 'node:worker_threads';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RECORD_BYTES, StatisticsTable } from './statistics-table.js';

const DAY_S = 86_400;
const START_S = 1_612_396_800;
const PRIORS = Float64Array.of(0.1, 0.2, 0.3, 0.4);
const NO_PRIORS = new Float64Array(4);

function rates(table: StatisticsTable, key: number, timeS: number, priors = PRIORS, weight = 20): number[] {
  const out = new Float32Array(5);
  table.smoothedRates(table.find(key, key), timeS, priors, weight, out, 1);
  return [...out.subarray(1)];
}

describe('StatisticsTable', () => {
  it('gives an unseen key the priors', () => {
    const seen = rates(new StatisticsTable('t', DAY_S), 5, START_S);
    seen.forEach((rate, t) => expect(rate).toBeCloseTo(PRIORS[t]!, 6));
  });

  it('smooths: (sum + w prior) / (count + w)', () => {
    const table = new StatisticsTable('t', DAY_S);
    for (let i = 0; i < 5; i += 1) table.addImpression(5, 5, START_S);
    table.addEngagement(5, 5, START_S, 3);
    expect(rates(table, 5, START_S)[3]).toBeCloseTo((1 + 20 * 0.4) / 25, 6);
    expect(rates(table, 5, START_S)[0]).toBeCloseTo((20 * 0.1) / 25, 6);
  });

  it('an event counts half after a half-life, whenever it is looked at or added to', () => {
    const table = new StatisticsTable('t', DAY_S);
    table.addImpression(5, 5, START_S);
    table.addEngagement(5, 5, START_S, 0);
    // One impression at the second time, half of one from the first.
    table.addImpression(5, 5, START_S + DAY_S);
    expect(rates(table, 5, START_S + DAY_S, NO_PRIORS, 0)[0]).toBeCloseTo(0.5 / 1.5, 6);
    expect(rates(table, 5, START_S + 3 * DAY_S, PRIORS)[0]).toBeCloseTo((0.125 + 2) / (0.375 + 20), 6);
  });

  it('an event that comes late is worth what is left of it', () => {
    const inOrder = new StatisticsTable('t', DAY_S);
    const late = new StatisticsTable('t', DAY_S);
    for (const table of [inOrder, late]) table.addImpression(5, 5, START_S);
    inOrder.addEngagement(5, 5, START_S + 100, 1);
    inOrder.addImpression(5, 5, START_S + DAY_S);
    late.addImpression(5, 5, START_S + DAY_S);
    late.addEngagement(5, 5, START_S + 100, 1);
    const at = START_S + 2 * DAY_S;
    expect(rates(late, 5, at, NO_PRIORS, 1)[1]).toBeCloseTo(rates(inOrder, 5, at, NO_PRIORS, 1)[1]!, 6);
  });

  it('holds what a map would hold, through growth and collisions', () => {
    const event = fc.record({
      lo: fc.oneof(fc.integer({ min: -3, max: 3 }), fc.integer()),
      hi: fc.integer({ min: -2, max: 2 }),
      target: fc.integer({ min: -1, max: 3 }),
    });
    fc.assert(
      fc.property(fc.array(event, { maxLength: 400 }), (events) => {
        const table = new StatisticsTable('t', 1e300);
        const expected = new Map<string, number[]>();
        for (const { lo, hi, target } of events) {
          const key = `${lo} ${hi}`;
          const record = expected.get(key) ?? [0, 0, 0, 0, 0];
          record[target + 1]! += 1;
          expected.set(key, record);
          if (target < 0) table.addImpression(lo, hi, START_S);
          else table.addEngagement(lo, hi, START_S, target);
        }
        const record = { keyLo: 0, keyHi: 0, timeS: 0, count: 0, sums: new Float64Array(4) };
        const seen = new Map<string, number[]>();
        table.forEach(record, () =>
          seen.set(`${record.keyLo} ${record.keyHi}`, [record.count, ...record.sums]),
        );
        expect(seen).toEqual(expected);
        expect(table.keyCount).toBe(expected.size);
      }),
    );
  });

  it('keeps counting where single precision would stop', () => {
    const table = new StatisticsTable('t', 1e300);
    const count = 2 ** 24;
    table.restore({ keyLo: 1, keyHi: 1, timeS: START_S, count, sums: Float64Array.of(count, 0, 0, 0) });
    table.addImpression(1, 1, START_S);
    table.addEngagement(1, 1, START_S, 0);
    const record = { keyLo: 0, keyHi: 0, timeS: 0, count: 0, sums: new Float64Array(4) };
    table.forEach(record, () => undefined);
    expect([record.count, record.sums[0]]).toEqual([count + 1, count + 1]);
  });

  it('refuses to restore a key twice', () => {
    const table = new StatisticsTable('t', DAY_S);
    const record = { keyLo: 1, keyHi: 1, timeS: START_S, count: 1, sums: new Float64Array(4) };
    table.restore(record);
    expect(() => table.restore(record)).toThrow('table t: a key occurs twice');
  });

  it('readers on other threads never see half an update', async () => {
    // Count and sums start equal and enormous, and every event ages all of them by 7 millionths: whole reads have rates
    // of 1, and a read that mixes two states shows.
    const table = new StatisticsTable('t', 100_000, 1);
    const start = 2 ** 900;
    const sums = Float64Array.of(start, start, start, start);
    table.restore({ keyLo: 7, keyHi: 7, timeS: START_S, count: start, sums });
    // The class itself reads, in another thread, from the memory that this thread writes.
    const reader = `
      const { registerHooks } = require('node:module');
      const { parentPort, workerData } = require('node:worker_threads');
      registerHooks({ resolve: (name, context, next) => next(name.replace(/^(\\..*)[.]js$/, '$1.ts'), context) });
      import(workerData.module).then(({ StatisticsTable }) => {
        const table = new StatisticsTable('t', 100000);
        table.ints = new Int32Array(workerData.buffer);
        table.doubles = new Float64Array(workerData.buffer);
        table.mask = workerData.mask;
        const out = new Float32Array(4), noPriors = new Float64Array(4), record = table.find(7, 7);
        let torn = 0, reads = 0, newStates = 0, timeS = 0;
        parentPort.postMessage('ready');
        while (newStates < 200 || reads < 500000) {
          table.smoothedRates(record, ${START_S}, noPriors, 0, out, 0);
          reads++;
          if (out.some((rate) => !(Math.abs(rate - 1) < 1e-6))) torn++;
          const now = table.ints[record * 14 + 3];
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
        mask: byteLength / RECORD_BYTES - 1,
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

import { Worker } from 'node:worker_threads';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { StatisticsTable } from './statistics-table.js';

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
    const table = new StatisticsTable('t', 1e300, 1);
    // Impressions and replies are always added together by the same number: any whole read has ratio 1.
    table.restore({ keyLo: 7, keyHi: 7, timeS: START_S, count: 1, sums: Float64Array.of(1, 1, 1, 1) });
    const reader = `
      const { parentPort, workerData } = require('node:worker_threads');
      const ints = new Int32Array(workerData.buffer), doubles = new Float64Array(workerData.buffer);
      const at = workerData.slot * 14;
      let torn = 0, whole = 0, retried = 0;
      parentPort.postMessage('ready');
      const end = Date.now() + 400;
      while (Date.now() < end) for (let i = 0; i < 1000; i++) {
        const before = Atomics.load(ints, at + 2);
        if (before & 1) { retried++; continue; }
        const time = ints[at + 3] >>> 0, count = doubles[at / 2 + 2];
        if (Atomics.load(ints, at + 2) !== before) { retried++; continue; }
        whole++;
        if (count !== time - ${START_S} + 1) torn++;
      }
      parentPort.postMessage({ torn, whole, retried });`;
    const { buffer, slot } = { buffer: table.sharedBuffer, slot: table.find(7, 7) };
    const worker = new Worker(reader, { eval: true, workerData: { buffer, slot } });
    const messages: unknown[] = [];
    worker.on('message', (message: unknown) => messages.push(message));
    await expect.poll(() => messages.length).toBe(1);
    // Each impression moves the time by one second and the count by one: a torn read breaks the tie between them.
    for (let timeS = START_S + 1; messages.length < 2; timeS += 1) {
      table.addImpression(7, 7, timeS);
      if (timeS % 50_000 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    const result = messages[1] as { torn: number; whole: number; retried: number };
    expect(result.torn).toBe(0);
    expect(result.whole).toBeGreaterThan(1_000);
  });
});

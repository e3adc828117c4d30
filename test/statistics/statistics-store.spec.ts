import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DAY_S } from '../../src/pairs/unix-time.js';
import { HORIZON_VALUES } from '../../src/statistics/record-layout.js';
import { StatisticsStore } from '../../src/statistics/statistics-store.js';
import { StatisticsTable } from '../../src/statistics/statistics-table.js';
import { horizonsOf } from '../../src/statistics/statistics-tables.js';
import { StatisticsWriter } from '../../src/statistics/statistics-writer.js';

const START_S = 1_612_396_800;
const HORIZONS = horizonsOf(['long', 'recent']);
const MB = 2 ** 20;
/** `STATISTICS_KEYS=10000000` is the full form. */
const KEYS = Number(process.env['STATISTICS_KEYS'] ?? 400_000);

/** Lanes of key number n, spread like those of a hash. */
function loOf(n: number): number {
  return Math.imul(n + 1, 0x9e_37_79_b1) ^ (n >>> 7);
}
function hiOf(n: number): number {
  return Math.imul(n ^ 0x55_55, 0x85_eb_ca_6b);
}

function storeOf(maxBytes: number, names = ['t'], floor = 0.01): StatisticsStore {
  const tables = names.map((name) => new StatisticsTable(name, HORIZONS));
  return new StatisticsStore(tables, { maxBytes, floor, publish: () => undefined });
}

/** Values of all horizons of a key; undefined if the table does not hold it. */
function stateOf(table: StatisticsTable, n: number, asOfS: number): number[] | undefined {
  const record = table.find(loOf(n), hiOf(n));
  if (record < 0) return undefined;
  const out = new Float64Array(HORIZON_VALUES);
  return HORIZONS.flatMap((_horizon, h) => {
    table.read(record, h, asOfS, out);
    return [...out];
  });
}

function finish(store: StatisticsStore): void {
  while (store.step());
}

describe('StatisticsStore', () => {
  it(`lets ${KEYS} keys arrive and leave without growing`, () => {
    const store = storeOf(4_000 * MB);
    const [writer] = store.writers;
    const [table] = store.tables;
    // A key gets one impression. It is below the floor in both horizons 93 days later.
    const keysPerDay = KEYS / 2_000;
    let settledCapacity = 0;
    let largestCapacity = 0;
    for (let n = 0; n < KEYS; n += 1) {
      writer!.addImpression(loOf(n), hiOf(n), START_S + Math.floor((n / keysPerDay) * DAY_S));
      if (n % 1_000 === 0) store.step();
      if (n === KEYS / 4) settledCapacity = table!.capacity;
      largestCapacity = Math.max(largestCapacity, table!.capacity);
    }
    expect(largestCapacity).toBe(settledCapacity);
    expect(largestCapacity).toBeLessThanOrEqual((keysPerDay * 93 * 2 * 2) / 0.45);
    const [state] = store.state.tables;
    expect(state!.evictedCount + state!.keyCount).toBe(KEYS);
    expect(state!.evictedCount).toBeGreaterThan(KEYS * 0.8);
    expect(state!.floor).toBe(0.01);
  });

  it('keeps every key above the floor bit for bit through rebuilds', () => {
    const store = storeOf(1_000 * MB);
    const reference = new StatisticsWriter(new StatisticsTable('t', HORIZONS));
    const writers = [store.writers[0]!, reference];
    for (let n = 0; n < 60_000; n += 1) {
      for (const writer of writers) {
        writer.addImpression(loOf(n), hiOf(n), START_S + n);
        writer.addEngagement(loOf(n % 500), hiOf(n % 500), START_S + n, n % 4);
      }
      if (n % 100 === 0) store.step(500);
    }
    finish(store);
    const asOfS = START_S + 70_000;
    expect(store.tables[0]!.keyCount).toBe(60_000);
    expect(store.state.tables[0]!.rebuildCount).toBeGreaterThan(5);
    for (let n = 0; n < 60_000; n += 7)
      expect(stateOf(store.tables[0]!, n, asOfS)).toEqual(stateOf(reference.table, n, asOfS));
  });

  it('evicts the smallest counts at its memory bound, and stays within it', () => {
    const maxBytes = 12 * MB;
    let mostBytes = 0;
    const store = storeOf(maxBytes, ['large', 'small']);
    const [large, small] = store.writers;
    for (let n = 0; n < 400_000; n += 1) {
      // The first 2,000 keys get events again and again.
      for (const key of [n, n % 2_000])
        large!.addImpression(loOf(key), hiOf(key), START_S + Math.floor(n / 10));
      small!.addImpression(loOf(n % 1_000), hiOf(n % 1_000), START_S);
      if (n % 50 === 0) store.step();
      mostBytes = Math.max(mostBytes, store.state.usedBytes);
    }
    expect(mostBytes).toBeLessThanOrEqual(maxBytes);
    const [state, ofSmall] = store.state.tables;
    expect(state!.capacity).toBe(32_768);
    expect(state!.floor).toBeGreaterThan(0.01);
    expect(state!.evictedCount).toBeGreaterThan(300_000);
    for (let n = 0; n < 2_000; n += 1) expect(stateOf(store.tables[0]!, n, START_S)![0]).toBeGreaterThan(100);
    expect(ofSmall).toMatchObject({ keyCount: 1_000, evictedCount: 0 });
  });

  it('evicts a part of the keys if all have the same counts', () => {
    const store = storeOf(12 * MB);
    for (let n = 0; n < 300_000; n += 1) store.writers[0]!.addImpression(loOf(n), hiOf(n), START_S);
    finish(store);
    expect(store.tables[0]!.capacity).toBe(32_768);
    const { keyCount, capacity } = store.tables[0]!;
    expect(keyCount / capacity).toBeGreaterThan(0.3);
    expect(keyCount / capacity).toBeLessThan(0.65);
  });

  it('refuses tables that are larger than its bound', () => {
    expect(() => storeOf(100_000)).toThrow(
      expect.objectContaining({ code: 'INVALID_CONFIG', field: 'maxBytes' }),
    );
  });

  it('applies writes in every phase of a rebuild as without one', () => {
    const kinds = fc.constantFrom('impression', 'engagement', 'step', 'delete');
    const action = fc.record({ kind: kinds, n: fc.integer({ min: 0, max: 9_000 }), delay: fc.nat(5_000) });
    fc.assert(
      fc.property(fc.array(action, { minLength: 300, maxLength: 600 }), (actions) => {
        const store = storeOf(1_000 * MB, ['t'], 0);
        const reference = new StatisticsWriter(new StatisticsTable('t', HORIZONS));
        const writers = [store.writers[0]!, reference];
        // Above 4,096 slots, a rebuild takes several steps. It starts with the last of these keys.
        for (let n = 0; n < 4_916; n += 1)
          for (const writer of writers) writer.addImpression(loOf(n), hiOf(n), START_S);
        expect(store.state.dueCount).toBe(1);
        for (const { kind, n, delay } of actions) {
          const [lo, hi] = [loOf(n), hiOf(n)];
          if (kind === 'step') store.step(n % 60);
          for (const writer of writers) {
            if (kind === 'impression') writer.addImpression(lo, hi, START_S + delay);
            if (kind === 'engagement') writer.addEngagement(lo, hi, START_S + delay, n % 4);
            if (kind === 'delete') writer.deleteKey(lo, hi);
          }
        }
        finish(store);
        const nothing = HORIZONS.flatMap(() => [0, 0, 0, 0, 0]);
        for (let n = 0; n <= 9_000; n += 1)
          expect(stateOf(store.tables[0]!, n, START_S) ?? nothing).toEqual(
            stateOf(reference.table, n, START_S) ?? nothing,
          );
      }),
      { numRuns: 20 },
    );
  });

  it('has the same counters for events in any order, to 1e-6', () => {
    const event = fc.record({
      n: fc.integer({ min: 0, max: 40 }),
      timeS: fc.integer({ min: START_S - 8 * DAY_S, max: START_S }),
      target: fc.integer({ min: -1, max: 3 }),
    });
    fc.assert(
      fc.property(
        fc.array(event, { maxLength: 300 }),
        fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true })),
        (events, order) => {
          const shuffled = events
            .map((each) => ({ each, at: order.next().value as number }))
            .toSorted((a, b) => a.at - b.at)
            .map(({ each }) => each);
          const [inOrder, inAnyOrder] = [events.toSorted((a, b) => a.timeS - b.timeS), shuffled].map(
            (list) => {
              const store = storeOf(100 * MB, ['t'], 0);
              for (const { n, timeS, target } of list) {
                if (target < 0) store.writers[0]!.addImpression(loOf(n), hiOf(n), timeS);
                else store.writers[0]!.addEngagement(loOf(n), hiOf(n), timeS, target);
              }
              return Array.from(
                { length: 41 },
                (_, n) => stateOf(store.tables[0]!, n, START_S + DAY_S) ?? [],
              );
            },
          );
          inOrder!
            .flat()
            .forEach((value, i) => expect(Math.abs(value - inAnyOrder!.flat()[i]!)).toBeLessThan(1e-6));
        },
      ),
    );
  });

  it('decays to the priors without a jump if feedback stops, also when the key leaves', () => {
    const store = storeOf(100 * MB);
    const [writer] = store.writers;
    for (let i = 0; i < 50; i += 1) writer!.addImpression(loOf(0), hiOf(0), START_S);
    for (let i = 0; i < 50; i += 1) writer!.addEngagement(loOf(0), hiOf(0), START_S, 3);
    const rateAt = (asOfS: number): number => {
      const [count, , , , likes] = stateOf(store.tables[0]!, 0, asOfS) ?? [0, 0, 0, 0, 0];
      return (likes! + 20 * 0.4) / (count! + 20);
    };
    let last = rateAt(START_S);
    expect(last).toBeGreaterThan(0.8);
    let largestStep = 0;
    for (let hour = 1; hour <= 300 * 24; hour += 1) {
      // Another key moves the watermark; compaction evicts.
      writer!.addImpression(loOf(1), hiOf(1), START_S + hour * 3_600);
      if (hour % 24 === 0) store.compact();
      finish(store);
      const rate = rateAt(START_S + hour * 3_600);
      expect(rate).toBeLessThanOrEqual(last + 1e-12);
      largestStep = Math.max(largestStep, last - rate);
      last = rate;
    }
    expect(stateOf(store.tables[0]!, 0, START_S)).toBeUndefined();
    expect(last).toBe(0.4);
    expect(largestStep).toBeLessThan(0.001);
  });

  it('has a watermark that never goes back', () => {
    const store = storeOf(100 * MB, ['a', 'b']);
    store.writers[1]!.addImpression(1, 1, START_S);
    store.writers[0]!.addImpression(1, 1, START_S - DAY_S);
    expect(store.watermarkS).toBe(START_S);
    store.compact();
    finish(store);
    expect(store.watermarkS).toBe(START_S);
  });

  it('counts events of the first and the last second of 32 bits', () => {
    const store = storeOf(100 * MB);
    const [writer] = store.writers;
    for (let n = 0; n < 40; n += 1) writer!.addImpression(loOf(n), hiOf(n), 0);
    expect(stateOf(store.tables[0]!, 3, 0)![0]).toBe(1);
    writer!.addImpression(loOf(3), hiOf(3), 2 ** 32 - 1);
    writer!.addImpression(loOf(3), hiOf(3), 0);
    expect(stateOf(store.tables[0]!, 3, 2 ** 32 - 1)![0]).toBe(1);
    expect(store.watermarkS).toBe(2 ** 32 - 1);
    store.compact();
    finish(store);
    expect(store.state.tables[0]).toMatchObject({ keyCount: 1, evictedCount: 39 });
  });

  it('drops deleted keys with the next rebuild, and readers see nothing of them before', () => {
    const store = storeOf(100 * MB);
    const [writer] = store.writers;
    for (let n = 0; n < 30; n += 1) writer!.addImpression(loOf(n), hiOf(n), START_S);
    expect(writer!.deleteKey(loOf(5), hiOf(5))).toBe(true);
    expect(writer!.deleteKey(loOf(50), hiOf(50))).toBe(false);
    expect(stateOf(store.tables[0]!, 5, START_S)).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    store.compact();
    finish(store);
    expect(stateOf(store.tables[0]!, 5, START_S)).toBeUndefined();
    expect(store.tables[0]!.keyCount).toBe(29);
    writer!.addImpression(loOf(5), hiOf(5), START_S);
    expect(stateOf(store.tables[0]!, 5, START_S)![0]).toBe(1);
  });

  it('ends rebuilds in time even if no one steps, also under a snapshot', () => {
    const store = storeOf(1_000 * MB);
    const snapshot = store.beginSnapshot();
    for (let n = 0; n < 100_000; n += 1) store.writers[0]!.addImpression(loOf(n), hiOf(n), START_S);
    expect(store.tables[0]!.keyCount).toBe(100_000);
    expect(store.tables[0]!.keyCount / store.tables[0]!.capacity).toBeLessThan(0.9);
    snapshot.end();
    finish(store);
    expect(store.tables[0]!.keyCount).toBe(100_000);
  });
});

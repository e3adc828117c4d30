import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DistinctRows } from './distinct-rows.js';

function find(rows: DistinctRows, ...lanes: number[]): number {
  return rows.findOrAdd(Int32Array.of(-1, ...lanes), 1);
}

describe('DistinctRows', () => {
  it('numbers keys as a map does, through growth, collisions and clear', () => {
    const rows = new DistinctRows(2);
    const lane = fc.oneof(fc.integer({ min: -2, max: 2 }), fc.integer(), fc.constantFrom(256, 512, 1 << 16));
    fc.assert(
      fc.property(fc.array(fc.tuple(lane, lane), { maxLength: 600 }), (keys) => {
        rows.clear();
        const expected = new Map<string, number>();
        for (const [lo, hi] of keys) {
          const key = `${lo} ${hi}`;
          if (!expected.has(key)) expected.set(key, expected.size);
          expect(find(rows, lo, hi)).toBe(expected.get(key));
        }
        expect(rows.count).toBe(expected.size);
      }),
    );
  });

  it('tells keys apart by any of their lanes', () => {
    const rows = new DistinctRows(4);
    const keys = [
      [7, 1, 2, 3],
      [7, 1, 2, 4],
      [7, 1, 3, 3],
      [7, 2, 2, 3],
      [8, 1, 2, 3],
      [7, 1, 2, 3],
      [8, 1, 2, 3],
    ];
    expect(keys.map((key) => find(rows, ...key))).toEqual([0, 1, 2, 3, 4, 0, 4]);
  });

  it('keeps every number while it grows to tens of thousands of keys', () => {
    const rows = new DistinctRows(1);
    const expected = Array.from({ length: 50_000 }, (_, row) => row);
    const findAll = (): number[] => expected.map((row) => find(rows, row << 8));
    expect([findAll(), findAll()]).toEqual([expected, expected]);
    expect(rows.count).toBe(50_000);
  });

  it('finds no key of an earlier generation after the generations start again', () => {
    const rows = new DistinctRows(1);
    // Generation 1 has these keys; 65,535 generations later the stamps are the same again.
    for (let key = 0; key < 100; key += 1) find(rows, key);
    for (let generation = 0; generation < 65_535; generation += 1) rows.clear();
    expect(rows.count).toBe(0);
    expect([99, 5, 99].map((key) => find(rows, key))).toEqual([0, 1, 0]);
    expect(rows.count).toBe(2);
  });

  it('holds as many keys as it may, and refuses one more', () => {
    const rows = new DistinctRows(1, 300);
    for (let key = 0; key < 300; key += 1) find(rows, key);
    expect(() => find(rows, 300)).toThrow('more than 300 distinct rows');
    expect([find(rows, 299), rows.count]).toEqual([299, 300]);
    rows.clear();
    expect(find(rows, 300)).toBe(0);
  });
});

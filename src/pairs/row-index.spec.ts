import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RowIndex } from './row-index.js';

describe('RowIndex', () => {
  it('numbers keys as a map would, signed or unsigned, through growth, collisions and clear', () => {
    const index = new RowIndex();
    const lane = fc.oneof(fc.integer({ min: -2, max: 2 }), fc.integer(), fc.constantFrom(256, 512, 1 << 16));
    fc.assert(
      fc.property(fc.array(fc.tuple(lane, lane), { maxLength: 600 }), (keys) => {
        index.clear();
        const expected = new Map<string, number>();
        for (const [lo, hi] of keys) {
          const key = `${lo} ${hi}`;
          if (!expected.has(key)) expected.set(key, expected.size);
          expect(index.findOrAdd(lo, hi)).toBe(expected.get(key));
          expect(index.findOrAdd(lo >>> 0, hi >>> 0)).toBe(expected.get(key));
        }
        expect(index.count).toBe(expected.size);
      }),
    );
  });

  it('keeps every number while it grows from hundreds to tens of thousands of keys that collide', () => {
    const index = new RowIndex();
    // lo ^ hi is 0 or 1 for all: the worst start for probing.
    for (let row = 0; row < 3_000; row += 1) expect(index.findOrAdd(row, row ^ (row & 1))).toBe(row);
    for (let row = 3_000; row < 50_000; row += 1) expect(index.findOrAdd(row, 0)).toBe(row);
    for (let row = 0; row < 3_000; row += 1) expect(index.findOrAdd(row, row ^ (row & 1))).toBe(row);
    for (let row = 3_000; row < 50_000; row += 1) expect(index.findOrAdd(row, 0)).toBe(row);
    expect(index.count).toBe(50_000);
  });
});

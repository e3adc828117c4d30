import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { IndexMap } from './index-map.js';

const lane = fc.oneof(fc.integer({ min: -2, max: 2 }), fc.integer(), fc.constantFrom(256, 1 << 16, 1 << 31));

describe('IndexMap', () => {
  it('numbers keys from 1 in their order, and knows no others', () => {
    const pairs = fc.uniqueArray(fc.tuple(lane, lane), {
      maxLength: 300,
      selector: ([lo, hi]) => `${lo} ${hi}`,
    });
    fc.assert(
      fc.property(pairs, fc.array(fc.tuple(lane, lane)), (keys, others) => {
        const map = new IndexMap('map', Int32Array.from(keys.flat()));
        expect(map.size).toBe(keys.length);
        keys.forEach(([lo, hi], i) => {
          expect(map.indexOf(lo, hi)).toBe(i + 1);
          expect(map.indexOf(lo >>> 0, hi >>> 0)).toBe(i + 1);
        });
        for (const [lo, hi] of others) {
          const at = keys.findIndex(([keyLo, keyHi]) => keyLo === lo && keyHi === hi);
          expect(map.indexOf(lo, hi)).toBe(at + 1);
        }
      }),
    );
  });

  it('refuses a key that occurs twice', () => {
    expect(() => new IndexMap('users', Int32Array.of(1, 2, 3, 4, 1, 2))).toThrow(
      'users[2]: a duplicate key, expected each key once',
    );
  });
});

import { describe, expect, it } from 'vitest';
import { TowerCache } from './tower-cache.js';

function hash(...lanes: number[]): Int32Array {
  return Int32Array.from(lanes);
}

describe('TowerCache', () => {
  it('gives back what was written, under exactly that hash', () => {
    const cache = new TowerCache(4, 2);
    cache.write(hash(0, 1, 2, 3, 4), 1, Float32Array.of(9, 0.5, 0.25), 1);
    const out = new Float32Array(3);
    expect(cache.read(hash(1, 2, 3, 4), 0, out, 1)).toBe(true);
    expect([...out]).toEqual([0, 0.5, 0.25]);
    for (const other of [hash(0, 2, 3, 4), hash(1, 0, 3, 4), hash(1, 2, 0, 4), hash(1, 2, 3, 0)])
      expect(cache.read(other, 0, out, 0)).toBe(false);
    // The same key within, another hash: the newer one stays.
    cache.write(hash(1, 2, 7, 7), 0, Float32Array.of(1, 2), 0);
    expect(cache.size).toBe(1);
    expect(cache.read(hash(1, 2, 3, 4), 0, out, 0)).toBe(false);
    expect(cache.read(hash(1, 2, 7, 7), 0, out, 0)).toBe(true);
  });

  it('holds no more than its capacity, and gives up what was used longest ago', () => {
    const cache = new TowerCache(3, 1);
    const out = new Float32Array(1);
    const holds = (lane: number): boolean => cache.read(hash(lane, 0, 0, 0), 0, out, 0) && out[0] === lane;
    for (const lane of [1, 2, 3]) cache.write(hash(lane, 0, 0, 0), 0, Float32Array.of(lane), 0);
    expect(holds(1)).toBe(true);
    cache.write(hash(4, 0, 0, 0), 0, Float32Array.of(4), 0);
    expect(cache.size).toBe(3);
    expect([1, 2, 3, 4].map(holds)).toEqual([true, false, true, true]);
    for (let lane = 10; lane < 1_000; lane += 1) {
      cache.write(hash(lane, 0, 0, 0), 0, Float32Array.of(lane), 0);
      expect(holds(lane)).toBe(true);
    }
    expect(cache.size).toBe(3);
  });

  it('of no capacity holds nothing', () => {
    const cache = new TowerCache(0, 2);
    cache.write(hash(1, 2, 3, 4), 0, Float32Array.of(1, 2), 0);
    expect(cache.read(hash(1, 2, 3, 4), 0, new Float32Array(2), 0)).toBe(false);
    expect(cache.size).toBe(0);
  });
});

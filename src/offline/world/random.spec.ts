import { describe, expect, it } from 'vitest';
import { AliasTable } from './alias-table.js';
import { normalBelow, normalQuantile, weightedNormalScores } from './normal-scores.js';
import { makeId, Random } from './random.js';

describe('Random', () => {
  it('repeats itself for equal seeds and differs for any other', () => {
    const draw = (...seeds: number[]): number[] => {
      const random = new Random(...seeds);
      return Array.from({ length: 8 }, () => random.next());
    };
    expect(draw(1, 2)).toEqual(draw(1, 2));
    expect(draw(1, 2)).not.toEqual(draw(2, 1));
    expect(draw(1, 2)).not.toEqual(draw(1, 2, 0));
    expect(draw(0)).not.toEqual(draw(1));
  });

  it('draws even numbers of [0, 1) and standard normal ones', () => {
    const random = new Random(5);
    const uniforms = Array.from({ length: 20_000 }, () => random.uniform());
    const normals = Array.from({ length: 20_000 }, () => random.normal());
    expect(Math.min(...uniforms)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...uniforms)).toBeLessThan(1);
    expect(mean(uniforms)).toBeCloseTo(0.5, 1);
    expect(Math.abs(mean(normals))).toBeLessThan(0.03);
    expect(Math.abs(mean(normals.map((z) => z * z)) - 1)).toBeLessThan(0.05);
  });
});

describe('AliasTable', () => {
  it('draws indexes in proportion to their weights, and never one of weight 0', () => {
    const table = new AliasTable([1, 0, 3, 6]);
    const random = new Random(9);
    const counts = [0, 0, 0, 0];
    for (let i = 0; i < 20_000; i += 1) counts[table.sample(random)]! += 1;
    expect(counts[1]).toBe(0);
    expect(counts[0]! / 20_000).toBeCloseTo(0.1, 1);
    expect(counts[2]! / 20_000).toBeCloseTo(0.3, 1);
    expect(counts[3]! / 20_000).toBeCloseTo(0.6, 1);
  });
});

describe('normal scores', () => {
  it('know the normal law', () => {
    expect(normalBelow(0)).toBeCloseTo(0.5, 6);
    expect(normalBelow(1.96)).toBeCloseTo(0.975, 4);
    expect(normalQuantile(0.975)).toBeCloseTo(1.96, 2);
    expect(normalBelow(normalQuantile(0.123))).toBeCloseTo(0.123, 6);
  });

  it('are standard normal when weighted', () => {
    const random = new Random(3);
    const weights = Float64Array.from({ length: 3000 }, () => Math.exp(random.normal()));
    const scores = weightedNormalScores(
      weights,
      Int32Array.from(weights, (_, i) => i),
    );
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    const moment = (power: number): number =>
      weights.reduce((sum, weight, i) => sum + (weight / total) * scores[i]! ** power, 0);
    expect(moment(1)).toBeCloseTo(0, 2);
    expect(moment(2)).toBeCloseTo(1, 1);
  });
});

describe('makeId', () => {
  it('makes 32 upper-case hexadecimal digits that no two users, tweets or seeds share', () => {
    const ids = new Set<string>();
    for (let kind = 1; kind <= 3; kind += 1) {
      for (let seed = 0; seed < 3; seed += 1) {
        for (let i = 0; i < 2000; i += 1) ids.add(makeId(kind, seed, i % 20, i));
      }
    }
    expect(ids.size).toBe(18_000);
    for (const id of ids) expect(id).toMatch(/^[0-9A-F]{32}$/);
  });
});

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

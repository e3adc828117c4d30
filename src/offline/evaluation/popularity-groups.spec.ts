import { describe, expect, it } from 'vitest';
import { describeGroup, popularityGroup, rowsByGroup } from './popularity-groups.js';

describe('popularity groups', () => {
  it('begin at the published edges', () => {
    expect([0, 239, 240, 587, 588, 1_330, 1_331, 3_995, 3_996, 1e9].map(popularityGroup)).toEqual([
      0, 0, 1, 1, 2, 2, 3, 3, 4, 4,
    ]);
    expect([0, 1, 4].map(describeGroup)).toEqual(['below 240', '240 to 587', '3996 and more']);
  });

  it('hold each row once, in order', () => {
    const rows = rowsByGroup(Float64Array.of(5, 9_000, 240, 0, 1_000));
    expect(rows.map((group) => [...group])).toEqual([[0, 3], [2], [4], [], [1]]);
  });
});

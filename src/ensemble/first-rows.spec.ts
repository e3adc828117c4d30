import { describe, expect, it } from 'vitest';
import { FirstRows } from './first-rows.js';

function firstRowsOf(hashes: readonly (readonly number[])[], rowCapacity = hashes.length): number[] {
  const rows = new FirstRows(rowCapacity);
  const lanes = Int32Array.from(hashes.flat());
  return hashes.map((_, row) => rows.add(lanes, row));
}

describe('FirstRows', () => {
  it('finds the first row of the same hash, whichever lane tells two apart', () => {
    const hashes = [
      [7, 1, 2, 3],
      [7, 1, 2, 4],
      [7, 1, 3, 3],
      [7, 2, 2, 3],
      [8, 1, 2, 3],
      [7, 1, 2, 3],
      [8, 1, 2, 3],
      [7, 2, 2, 3],
    ];
    expect(firstRowsOf(hashes)).toEqual([0, 1, 2, 3, 4, 0, 4, 3]);
  });

  it('holds as many different rows as it was made for, all of one slot, past the end of its table', () => {
    const hashes = Array.from({ length: 33 }, (_, i) => [-1, i, 0, 0]);
    expect(firstRowsOf(hashes)).toEqual(hashes.map((_, i) => i));
    expect(firstRowsOf([[5, 5, 5, 5]], 1)).toEqual([0]);
  });

  it('forgets a batch', () => {
    const rows = new FirstRows(4);
    const lanes = Int32Array.from([1, 1, 1, 1, 1, 1, 1, 1]);
    expect(rows.add(lanes, 0)).toBe(0);
    rows.clear();
    expect(rows.add(lanes, 1)).toBe(1);
  });
});

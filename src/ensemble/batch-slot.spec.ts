import { describe, expect, it } from 'vitest';
import { vectorsOfRows } from './batch-slot.js';
import type { TowerSlot } from './model-input.js';

const WIDTH = 3;

/** Vector v of the tower is v.0, v.1, v.2. */
function towerSlot(rowOfPair: number[]): TowerSlot {
  const data = Float32Array.from({ length: 8 * WIDTH }, (_, i) => Math.floor(i / WIDTH) + (i % WIDTH) / 10);
  return {
    inputs: new Map(),
    rowCount: 8,
    rowOfPair: Int32Array.from(rowOfPair),
    vectors: { data, width: WIDTH },
  };
}

function gathered(rowOfPair: number[], rowCount: number, width: number): number[][] {
  const own = { data: new Float32Array(rowOfPair.length * width).fill(-1), width };
  const { data } = vectorsOfRows(towerSlot(rowOfPair), own, rowCount);
  return Array.from(rowOfPair, (_, row) => [...data.subarray(row * width, (row + 1) * width)]);
}

const vector = (v: number): number[] => [...Float32Array.of(v, v + 0.1, v + 0.2)];

describe('vectorsOfRows', () => {
  it.each([
    ['each tweet once, in turn', [0, 1, 2, 3, 4]],
    ['each tweet once, but the last', [0, 1, 2, 3, 3]],
    ['a tweet for several pairs', [0, 0, 1, 2, 2]],
    ['runs that begin anywhere', [5, 6, 7, 1, 2]],
    ['backwards', [4, 3, 2, 1, 0]],
  ])('gives every row the vector of its tweet: %s', (_, rowOfPair) => {
    expect(gathered(rowOfPair, 5, WIDTH)).toEqual(rowOfPair.map(vector));
    // An input with columns of members behind the vector, which stay as they are.
    expect(gathered(rowOfPair, 5, WIDTH + 1)).toEqual(rowOfPair.map((v) => [...vector(v), -1]));
  });

  it('copies nothing where the rows are those of the tower', () => {
    const slot = towerSlot([0, 1, 2, 2]);
    const own = { data: new Float32Array(4 * WIDTH), width: WIDTH };
    expect(vectorsOfRows(slot, own, 3)).toBe(slot.vectors);
    expect(vectorsOfRows(slot, own, 4)).toBe(own);
    const wider = { data: new Float32Array(4 * (WIDTH + 1)), width: WIDTH + 1 };
    expect(vectorsOfRows(slot, wider, 3)).toBe(wider);
  });

  it('leaves rows alone that are not asked for', () => {
    expect(gathered([1, 2, 3], 2, WIDTH)).toEqual([vector(1), vector(2), [-1, -1, -1]]);
  });
});

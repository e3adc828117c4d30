import { describe, expect, it } from 'vitest';
import { withRoom } from './column-growth.js';

describe('room in a column', () => {
  it('leaves a column that is long enough as it is', () => {
    const column = Uint32Array.of(1, 2, 3);
    expect(withRoom(column, 3, Uint32Array)).toBe(column);
  });

  it('copies a column that is too short into one of twice its length, with zeros at the end', () => {
    const column = Float64Array.from({ length: 100 }, (_, i) => i + 0.5);
    const longer = withRoom(column, 101, Float64Array);
    expect(longer).toHaveLength(200);
    expect([...longer.subarray(0, 100)]).toEqual([...column]);
    expect(longer.subarray(100).every((value) => value === 0)).toBe(true);
  });

  it('allocates what is asked for where that is more than twice the length', () => {
    expect(withRoom(Uint8Array.of(7), 1_000, Uint8Array)).toHaveLength(1_000);
  });

  it('does not begin with tiny columns', () => {
    expect(withRoom(new Int32Array(0), 1, Int32Array)).toHaveLength(64);
  });
});

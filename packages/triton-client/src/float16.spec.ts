import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromBfloat16, fromFloat16, toBfloat16, toFloat16 } from './float16.js';

const { NaN: NAN, POSITIVE_INFINITY: INF } = Number;

/** Known bit patterns of half precision: value, bits, and what the bits are read as where that is another value. */
const HALVES: readonly [name: string, value: number, bits: number, read?: number][] = [
  ['zero', 0, 0x0000],
  ['minus zero', -0, 0x8000],
  ['one', 1, 0x3c00],
  ['minus two', -2, 0xc000],
  ['the largest', 65_504, 0x7bff],
  ['halfway beyond the largest', 65_520, 0x7c00, INF],
  ['almost halfway beyond the largest', 65_519.99, 0x7bff, 65_504],
  ['infinity', INF, 0x7c00],
  ['minus infinity', -INF, 0xfc00],
  ['the smallest normal', 2 ** -14, 0x0400],
  ['the largest subnormal', 2 ** -14 - 2 ** -24, 0x03ff],
  ['the smallest subnormal', 2 ** -24, 0x0001],
  ['half the smallest, a tie to even zero', 2 ** -25, 0x0000, 0],
  ['more than half the smallest', 2 ** -25 * 1.001, 0x0001, 2 ** -24],
  ['a tie down to even', 1 + 2 ** -11, 0x3c00, 1],
  ['a tie up to even', 1 + 3 * 2 ** -11, 0x3c02, 1 + 2 ** -9],
  ['just above a tie', 1 + 2 ** -11 + 2 ** -20, 0x3c01, 1 + 2 ** -10],
  ['a third', 1 / 3, 0x3555, 0.333_251_953_125],
];

/** Known bit patterns of bfloat16. */
const BFLOATS: readonly [name: string, value: number, bits: number, read?: number][] = [
  ['zero', 0, 0x0000],
  ['minus zero', -0, 0x8000],
  ['one', 1, 0x3f80],
  ['minus two', -2, 0xc000],
  ['infinity', INF, 0x7f80],
  ['minus infinity', -INF, 0xff80],
  ['the largest', 0xff * 2 ** 120, 0x7f7f],
  ['the largest single, which is too large', 3.402_823_466e38, 0x7f80, INF],
  ['the smallest normal', 2 ** -126, 0x0080],
  ['the smallest subnormal', 2 ** -133, 0x0001],
  ['half the smallest, a tie to even zero', 2 ** -134, 0x0000, 0],
  ['a tie down to even', 1 + 2 ** -8, 0x3f80, 1],
  ['a tie up to even', 1 + 3 * 2 ** -8, 0x3f82, 1 + 2 ** -6],
  ['just above a tie', 1 + 2 ** -8 + 2 ** -20, 0x3f81, 1 + 2 ** -7],
  ['just below a tie', 1 + 2 ** -8 - 2 ** -20, 0x3f80, 1],
];

describe.each([
  { type: 'half precision', known: HALVES, to: toFloat16, from: fromFloat16, nan: [0x7e00, 0x7c01, 0xfe55] },
  { type: 'bfloat16', known: BFLOATS, to: toBfloat16, from: fromBfloat16, nan: [0x7fc0, 0x7f81, 0xffd5] },
])('$type', ({ known, to, from, nan }) => {
  it.each([...known])('%s', (_name, value, bits, read = value) => {
    expect([...to([value])]).toEqual([bits]);
    expect([...from(Uint16Array.of(bits))]).toEqual([read]);
  });

  it('keeps a NaN one, however it is made', () => {
    const [bits] = to([NAN]);
    expect(from(Uint16Array.of(bits!))).toEqual(Float32Array.of(NAN));
    // Its payload lies in the bits that are cut off.
    const thin = new Float32Array(Uint32Array.of(0x7f80_0001, 0xff80_0001).buffer);
    expect(from(to(thin))).toEqual(Float32Array.of(NAN, NAN));
    expect(from(Uint16Array.from(nan))).toEqual(new Float32Array(nan.length).fill(NAN));
  });

  it('reads every bit pattern, and writes it back', () => {
    const all = Uint16Array.from({ length: 65_536 }, (_, i) => i);
    const values = from(all);
    const back = to(values);
    const wrong = all.filter((bits, i) => back[i] !== bits && !Number.isNaN(values[i]!));
    expect([...wrong]).toEqual([]);
    expect(values.filter(Number.isNaN).length).toBeGreaterThan(250);
  });

  it('rounds to the nearest of all values', () => {
    const all = Uint16Array.from({ length: 65_536 }, (_, i) => i);
    const sorted = [...new Set(from(all).filter(Number.isFinite))].toSorted((a, b) => a - b);
    fc.assert(
      fc.property(fc.float({ noNaN: true, noDefaultInfinity: true }), (value) => {
        const rounded = from(to([value]))[0]!;
        const at = sorted.findIndex((candidate) => candidate >= value);
        const neighbours = [sorted[at - 1], sorted[at]].filter((candidate) => candidate !== undefined);
        const nearest = Math.min(...neighbours.map((candidate) => Math.abs(candidate - value)));
        const isTooLarge = !Number.isFinite(rounded) && Math.abs(value) > sorted.at(-1)!;
        expect(isTooLarge || Math.abs(rounded - value) === nearest).toBe(true);
      }),
    );
  });

  it('reads a view that begins anywhere', () => {
    const bits = Uint16Array.of(0, ...to([1.5, -3]), 0).subarray(1, 3);
    expect([...from(bits)]).toEqual([1.5, -3]);
    expect(to([])).toHaveLength(0);
  });
});

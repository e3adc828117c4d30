import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ARRAY_TYPES, type Datatype, isDatatype, type TensorData } from './datatypes.js';
import { fromRawContents, toRawContents } from './raw-contents.js';
import { TritonError } from './triton-error.js';

/** Two elements of each datatype of a fixed size, and their bytes. */
const FIXED: readonly [datatype: Exclude<Datatype, 'BYTES'>, data: TensorData, hex: string][] = [
  ['BOOL', Uint8Array.of(0, 1), '0001'],
  ['UINT8', Uint8Array.of(1, 255), '01ff'],
  ['UINT16', Uint16Array.of(1, 0xff_fe), '0100feff'],
  ['UINT32', Uint32Array.of(1, 0xff_ff_ff_fe), '01000000feffffff'],
  ['UINT64', BigUint64Array.of(1n, 2n ** 64n - 2n), '0100000000000000feffffffffffffff'],
  ['INT8', Int8Array.of(1, -2), '01fe'],
  ['INT16', Int16Array.of(1, -2), '0100feff'],
  ['INT32', Int32Array.of(1, -2), '01000000feffffff'],
  ['INT64', BigInt64Array.of(1n, -2n), '0100000000000000feffffffffffffff'],
  ['FP16', Uint16Array.of(0x3c00, 0xc000), '003c00c0'],
  ['FP32', Float32Array.of(1, -2), '0000803f000000c0'],
  ['FP64', Float64Array.of(1, -2), '000000000000f03f00000000000000c0'],
  ['BF16', Uint16Array.of(0x3f80, 0xc000), '803f00c0'],
];

const bytesOf = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex, 'hex'));
const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

/** What a call throws, if that is a TritonError. */
function errorOf(call: () => unknown): TritonError {
  try {
    call();
  } catch (error) {
    if (error instanceof TritonError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe('datatypes', () => {
  it('are those of the protocol', () => {
    expect([...FIXED.map(([datatype]) => datatype), 'BYTES'].every(isDatatype)).toBe(true);
    expect(['', 'STRING', 'FP8', 'fp32', 'constructor', '__proto__'].some(isDatatype)).toBe(false);
    expect(Object.keys(ARRAY_TYPES)).toHaveLength(FIXED.length);
  });
});

describe.each([...FIXED])('%s', (datatype, data, hex) => {
  it('is written as a view, little-endian', () => {
    const raw = toRawContents('x', datatype, data);
    expect(hexOf(raw)).toBe(hex);
    expect(raw.buffer).toBe((data as Uint8Array).buffer);
  });

  it('is written from the middle of a buffer', () => {
    const ArrayType = ARRAY_TYPES[datatype];
    const buffer = new ArrayBuffer(ArrayType.BYTES_PER_ELEMENT * 4);
    new Uint8Array(buffer).set(bytesOf(hex), ArrayType.BYTES_PER_ELEMENT);
    const middle = new ArrayType(buffer, ArrayType.BYTES_PER_ELEMENT, 2);
    expect(hexOf(toRawContents('x', datatype, middle))).toBe(hex);
  });

  it('is read as a view where it is aligned', () => {
    const bytes = bytesOf(hex);
    const read = fromRawContents('x', datatype, bytes) as Uint8Array;
    expect(read).toEqual(data);
    expect(read.buffer).toBe(bytes.buffer);
  });

  it.each([1, 2, 3, 4, 5, 6, 7])('is read from byte %i on, as a copy where that is not aligned', (offset) => {
    const buffer = new Uint8Array(offset + hex.length / 2 + 3);
    buffer.set(bytesOf(hex), offset);
    const bytes = buffer.subarray(offset, offset + hex.length / 2);
    const read = fromRawContents('x', datatype, bytes) as Uint8Array;
    expect(read).toEqual(data);
    const isAligned = offset % ARRAY_TYPES[datatype].BYTES_PER_ELEMENT === 0;
    expect(read.buffer === buffer.buffer).toBe(isAligned);
  });

  it('of no elements', () => {
    expect(fromRawContents('x', datatype, new Uint8Array(0))).toHaveLength(0);
    expect(toRawContents('x', datatype, data.slice(0, 0) as TensorData)).toHaveLength(0);
  });

  it('refuses another array', () => {
    const other = datatype.startsWith('FP32') ? Int32Array.of(1) : Float32Array.of(1);
    const { kind, message } = errorOf(() => toRawContents('x', datatype, other));
    expect(kind).toBe('invalid_argument');
    expect(message).toBe(
      `input x: a ${other.constructor.name}, expected a ${ARRAY_TYPES[datatype].name} for ${datatype}`,
    );
    expect(errorOf(() => toRawContents('x', datatype, ['1'])).message).toContain(
      'input x: a Array, expected',
    );
  });

  it('refuses a part of an element', () => {
    const size = ARRAY_TYPES[datatype].BYTES_PER_ELEMENT;
    if (size === 1) return;
    const { kind, message } = errorOf(() => fromRawContents('x', datatype, new Uint8Array(size + 1)));
    expect(kind).toBe('internal');
    expect(message).toBe(`output x: ${size + 1} bytes, expected a multiple of ${size} for ${datatype}`);
  });
});

describe('BYTES', () => {
  const read = (hex: string): string[] =>
    fromRawContents('x', 'BYTES', bytesOf(hex)).map((e) => hexOf(e as Uint8Array));

  it('is written with lengths: empty, NUL, any bytes, UTF-8', () => {
    const data = ['', 'a\0b', Uint8Array.of(255, 0), '\u00fc', '\ud83d\ude00'];
    const hex = ['00000000', '03000000610062', '02000000ff00', '02000000c3bc', '04000000f09f9880'].join('');
    expect(hexOf(toRawContents('x', 'BYTES', data))).toBe(hex);
    expect(read(hex)).toEqual(['', '610062', 'ff00', 'c3bc', 'f09f9880']);
  });

  it('of a megabyte, and of no elements', () => {
    const long = 'x'.repeat(1_000_000);
    const raw = toRawContents('x', 'BYTES', [long, '']);
    expect(raw.byteLength).toBe(1_000_008);
    expect(fromRawContents('x', 'BYTES', raw).map(({ length }) => length)).toEqual([1_000_000, 0]);
    expect(toRawContents('x', 'BYTES', [])).toHaveLength(0);
    expect(read('')).toEqual([]);
  });

  it('comes back as it was, whatever it is and wherever it lies', () => {
    const elements = fc.array(fc.uint8Array({ maxLength: 20 }), { maxLength: 10 });
    fc.assert(
      fc.property(elements, fc.nat(7), (data, offset) => {
        const raw = toRawContents('x', 'BYTES', data);
        const buffer = new Uint8Array(offset + raw.byteLength);
        buffer.set(raw, offset);
        const back = fromRawContents('x', 'BYTES', buffer.subarray(offset));
        expect(back.map((element) => Uint8Array.from(element as Uint8Array))).toEqual(
          data.map((element) => Uint8Array.from(element)),
        );
      }),
    );
  });

  it.each([
    ['a length that is cut off', '0100', /^output x: element 0 ends at byte 4 of 2$/],
    ['a length that lies', '0500000061', /^output x: element 0 ends at byte 9 of 5$/],
    ['the largest length', 'ffffffff', /^output x: element 0 ends at byte 4294967299 of 4$/],
    [
      'a second element that is cut off',
      '01000000610200000062',
      /^output x: element 1 ends at byte 11 of 10$/,
    ],
  ])('refuses %s', (_name, hex, text) => {
    const { kind, message } = errorOf(() => read(hex));
    expect(kind).toBe('internal');
    expect(message).toMatch(text);
  });

  it('refuses typed arrays', () => {
    const { kind, message } = errorOf(() => toRawContents('x', 'BYTES', Uint8Array.of(1)));
    expect(kind).toBe('invalid_argument');
    expect(message).toBe('input x: a Uint8Array, expected an array of strings or Uint8Arrays for BYTES');
  });
});

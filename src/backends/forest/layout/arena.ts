import { alignedBytes } from '../memory-regions.js';

/** Counts the bytes of a layout: gives each record its address before the memory exists. */
export class Arena {
  /** Bytes given out so far. The first cache line belongs to the memory. */
  byteLength = alignedBytes(1);

  /** Address of a record of `bytes` bytes, at the begin of a cache line. */
  reserve(bytes: number): number {
    const address = this.byteLength;
    this.byteLength += alignedBytes(bytes);
    return address;
  }
}

/** Views of the memory that a layout is written to. Indices are addresses divided by the size of the element. */
export interface MemoryViews {
  readonly bytes: Uint8Array;
  readonly shorts: Uint16Array;
  readonly words: Uint32Array;
  readonly longs: BigUint64Array;
  readonly floats: Float32Array;
}

/** Views of all bytes of a memory. */
export function viewsOf({ buffer }: WebAssembly.Memory): MemoryViews {
  return {
    bytes: new Uint8Array(buffer),
    shorts: new Uint16Array(buffer),
    words: new Uint32Array(buffer),
    longs: new BigUint64Array(buffer),
    floats: new Float32Array(buffer),
  };
}

/** Writes words of a record. @param fields byte offsets in the record, each with its value */
export function writeRecord(
  views: MemoryViews,
  address: number,
  fields: readonly (readonly [number, number])[],
): void {
  for (const [offset, value] of fields) views.words[(address + offset) >>> 2] = value;
}

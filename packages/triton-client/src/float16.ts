/** Rounds numbers to half precision (IEEE 754 binary16). @returns bit patterns, as a tensor of FP16 holds them */
export function toFloat16(values: ArrayLike<number>): Uint16Array {
  return new Uint16Array(Float16Array.from(values).buffer);
}

/** The numbers that a tensor of FP16 holds. */
export function fromFloat16(bits: Uint16Array): Float32Array {
  return Float32Array.from(new Float16Array(bits.buffer, bits.byteOffset, bits.length));
}

/**
 * Rounds numbers to bfloat16, the upper half of single precision: to the nearest, of two as near to the even one. A NaN
 * stays one.
 * @returns bit patterns, as a tensor of BF16 holds them
 */
export function toBfloat16(values: ArrayLike<number>): Uint16Array {
  const singles = Float32Array.from(values);
  const words = new Uint32Array(singles.buffer);
  return Uint16Array.from(words, (word, i) => {
    if (Number.isNaN(singles[i])) return QUIET_NAN;
    return (word + 0x7f_ff + ((word >>> 16) & 1)) >>> 16;
  });
}

/** The numbers that a tensor of BF16 holds. */
export function fromBfloat16(bits: Uint16Array): Float32Array {
  return new Float32Array(Uint32Array.from(bits, (half) => half << 16).buffer);
}

const QUIET_NAN = 0x7f_c0;

/** Rounds numbers to half precision (IEEE 754 binary16). @returns bit patterns, the elements of an FP16 tensor */
export function toFloat16(values: ArrayLike<number>): Uint16Array {
  return new Uint16Array(Float16Array.from(values).buffer);
}

/** Converts the elements of an FP16 tensor to numbers. */
export function fromFloat16(bits: Uint16Array): Float32Array {
  return Float32Array.from(new Float16Array(bits.buffer, bits.byteOffset, bits.length));
}

/**
 * Rounds numbers to bfloat16 (the upper half of single precision), to nearest, ties to even. NaN stays NaN.
 * @returns bit patterns, the elements of a BF16 tensor
 */
export function toBfloat16(values: ArrayLike<number>): Uint16Array {
  const singles = Float32Array.from(values);
  const words = new Uint32Array(singles.buffer);
  return Uint16Array.from(words, (word, i) => {
    if (Number.isNaN(singles[i])) return QUIET_NAN;
    return (word + 0x7f_ff + ((word >>> 16) & 1)) >>> 16;
  });
}

/** Converts the elements of a BF16 tensor to numbers. */
export function fromBfloat16(bits: Uint16Array): Float32Array {
  return new Float32Array(Uint32Array.from(bits, (half) => half << 16).buffer);
}

const QUIET_NAN = 0x7f_c0;

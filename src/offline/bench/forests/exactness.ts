/** Agreement of two engines on the same rows. */
export interface Agreement {
  readonly valueCount: number;
  /** Values that do not have the same bits. */
  readonly differingCount: number;
  /** Greatest absolute difference of two values. NaN if one of the two is NaN. */
  readonly greatestDifference: number;
}

/** Compares values one by one. @throws RangeError if the numbers of values differ */
export function agreementOf(ours: Float32Array, theirs: Float32Array): Agreement {
  if (ours.length !== theirs.length)
    throw new RangeError(`${theirs.length} values, expected ${ours.length} of the same rows`);
  const [ourBits, theirBits] = [bitsOf(ours), bitsOf(theirs)];
  let differingCount = 0;
  let greatestDifference = 0;
  for (const [i, value] of ours.entries()) {
    if (ourBits[i] === theirBits[i]) continue;
    differingCount += 1;
    greatestDifference = Math.max(greatestDifference, Math.abs(value - theirs[i]!));
  }
  return { valueCount: ours.length, differingCount, greatestDifference };
}

function bitsOf({ buffer, byteOffset, length }: Float32Array): Uint32Array {
  return new Uint32Array(buffer, byteOffset, length);
}

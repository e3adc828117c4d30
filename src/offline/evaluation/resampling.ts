/** Cumulative Poisson(1) probabilities as 32-bit thresholds. The number of entries is the maximum weight of a row. */
const POISSON_THRESHOLDS = poissonThresholds();

function poissonThresholds(): Float64Array {
  const thresholds: number[] = [];
  let probability = Math.exp(-1);
  let cumulated = 0;
  for (let count = 0; count < 12; count += 1) {
    cumulated += probability;
    thresholds.push(cumulated * 2 ** 32);
    probability /= count + 1;
  }
  return Float64Array.from(thresholds);
}

/**
 * Weights of the rows in bootstrap resamples: independent Poisson(1) numbers, which for many rows is equivalent to drawing as many
 * rows with replacement. The same seed gives the same weights.
 */
export class PoissonWeights {
  private state: number;

  /** @param seed a whole number */
  constructor(seed: number) {
    this.state = seed >>> 0;
  }

  /** Fills `weights` with the next resample. */
  draw(weights: Uint8Array): void {
    for (let i = 0; i < weights.length; i += 1) {
      const uniform = this.nextUint32();
      let count = 0;
      while (count < POISSON_THRESHOLDS.length && uniform >= POISSON_THRESHOLDS[count]!) count += 1;
      weights[i] = count;
    }
  }

  /** Mulberry32: 32 bits of state are enough for resampling, and it needs only a few multiplications. */
  private nextUint32(): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let bits = this.state;
    bits = Math.imul(bits ^ (bits >>> 15), bits | 1);
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
    return (bits ^ (bits >>> 14)) >>> 0;
  }
}

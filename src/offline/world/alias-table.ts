import type { Random } from './random.js';

/** Draws indexes in proportion to fixed weights, at the cost of one random number (Walker's alias method). */
export class AliasTable {
  private readonly threshold: Float64Array;
  private readonly alias: Int32Array;

  /** @param weights not negative, at least one positive */
  constructor(weights: ArrayLike<number>) {
    const count = weights.length;
    this.threshold = new Float64Array(count);
    this.alias = new Int32Array(count);
    let total = 0;
    for (let i = 0; i < count; i += 1) total += weights[i]!;
    const scaled = Float64Array.from(weights, (weight) => (weight * count) / total);
    const small: number[] = [];
    const large: number[] = [];
    for (let i = 0; i < count; i += 1) (scaled[i]! < 1 ? small : large).push(i);
    while (small.length > 0 && large.length > 0) {
      const low = small.pop()!;
      const high = large.at(-1)!;
      this.threshold[low] = scaled[low]!;
      this.alias[low] = high;
      scaled[high]! -= 1 - scaled[low]!;
      if (scaled[high]! < 1) small.push(large.pop()!);
    }
    for (const index of [...large, ...small]) {
      this.threshold[index] = 1;
      this.alias[index] = index;
    }
  }

  /** An index, 0 to the number of weights - 1. */
  sample(random: Random): number {
    const at = random.uniform() * this.threshold.length;
    const index = Math.floor(at);
    return at - index < this.threshold[index]! ? index : this.alias[index]!;
  }
}

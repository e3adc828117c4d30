import type { Random } from './random.js';

const STEP = 0.001;
const FARTHEST = 6;
const CUMULATIVE = tabulate();

/** Probability that a standard normal number is below `z`. */
export function normalBelow(z: number): number {
  const at = (Math.min(Math.max(z, -FARTHEST), FARTHEST) + FARTHEST) / STEP;
  const low = Math.min(Math.floor(at), CUMULATIVE.length - 2);
  return CUMULATIVE[low]! + (at - low) * (CUMULATIVE[low + 1]! - CUMULATIVE[low]!);
}

/** Quantile of the standard normal distribution, limited to -6 .. 6. */
export function normalQuantile(probability: number): number {
  let low = 0;
  let high = CUMULATIVE.length - 1;
  while (high - low > 1) {
    const middle = (low + high) >>> 1;
    if (CUMULATIVE[middle]! <= probability) low = middle;
    else high = middle;
  }
  const width = CUMULATIVE[high]! - CUMULATIVE[low]!;
  const part = width > 0 ? (probability - CUMULATIVE[low]!) / width : 0;
  return (low + Math.min(Math.max(part, 0), 1)) * STEP - FARTHEST;
}

/**
 * Standard normal numbers whose weighted distribution is exactly normal: item i of `order` gets the quantile of the middle of its
 * interval of the cumulative weights. Covers the whole distribution even for a small population, unlike random draws.
 */
export function weightedNormalScores(weights: ArrayLike<number>, order: Int32Array): Float64Array {
  let total = 0;
  for (let i = 0; i < weights.length; i += 1) total += weights[i]!;
  const scores = new Float64Array(weights.length);
  let below = 0;
  for (const item of order) {
    const weight = weights[item]! / total;
    scores[item] = normalQuantile(below + weight / 2);
    below += weight;
  }
  return scores;
}

/** `count` standard normal numbers that cover the distribution evenly, in random order. */
export function shuffledNormalScores(count: number, random: Random): Float64Array {
  const scores = Float64Array.from({ length: count }, (_, i) => normalQuantile((i + 0.5) / count));
  random.shuffle(scores);
  return scores;
}

/** The whole numbers 0 to count - 1 in random order. */
export function shuffledIndexes(count: number, random: Random): Int32Array {
  const order = Int32Array.from({ length: count }, (_, i) => i);
  random.shuffle(order);
  return order;
}

/** Integral of the normal density by the trapezium rule, scaled to end at 1. */
function tabulate(): Float64Array {
  const table = new Float64Array(Math.round((2 * FARTHEST) / STEP) + 1);
  let before = Math.exp((-FARTHEST * FARTHEST) / 2);
  for (let i = 1; i < table.length; i += 1) {
    const z = i * STEP - FARTHEST;
    const density = Math.exp((-z * z) / 2);
    table[i] = table[i - 1]! + density + before;
    before = density;
  }
  const total = table.at(-1)!;
  return table.map((value) => value / total);
}

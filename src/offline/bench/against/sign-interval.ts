import { binomialDistribution, median } from 'simple-statistics';

/** Median of samples with a confidence interval of its own. */
export interface MedianInterval {
  readonly median: number;
  readonly low: number;
  readonly high: number;
  /** Probability that such an interval holds the true median, 0 to 1. */
  readonly confidence: number;
}

/** The confidence to reach, if there are enough samples: five give 0.9375. */
const AIMED_CONFIDENCE = 0.9;

/**
 * Median with the interval of the sign test: two order statistics, the innermost pair whose confidence is at least 0.9.
 * It assumes nothing about the distribution but that samples are independent. With four samples or fewer, the interval is
 * their whole range and the confidence is below 0.9.
 * @param samples at least one
 */
export function medianInterval(samples: readonly number[]): MedianInterval {
  const sorted = samples.toSorted((a, b) => a - b);
  const count = sorted.length;
  const probabilities = binomialDistribution(count, 0.5) ?? [];
  let from = 0;
  let tail = probabilities[0] ?? 0.5;
  for (let next = from + 1; next < count / 2; next += 1) {
    const nextTail = tail + (probabilities[next] ?? 0);
    if (1 - 2 * nextTail < AIMED_CONFIDENCE) break;
    from = next;
    tail = nextTail;
  }
  return {
    median: median([...sorted]),
    low: sorted[from]!,
    high: sorted[count - 1 - from]!,
    confidence: 1 - 2 * tail,
  };
}

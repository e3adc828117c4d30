import { markdownTable } from '../../reference/markdown.js';
import type { Figure } from '../result.js';
import { type MedianInterval, medianInterval } from './sign-interval.js';

/** Judgements of a figure. `undecided`: past the tolerance, but no slowdown at all is still inside the interval. */
export type Verdict = 'within' | 'slower' | 'undecided' | 'not comparable';

/** One figure of a benchmark, measured of two commits by turns. */
export interface Comparison {
  readonly benchmark: string;
  readonly name: string;
  readonly unit: string;
  /** One value of the other commit per round. */
  readonly before: readonly number[];
  /** One value of the working tree per round. */
  readonly after: readonly number[];
  /** Cost of the working tree over that of the other commit, by rounds: above 1 the working tree is slower or larger. */
  readonly ratio: MedianInterval;
  readonly verdict: Verdict;
}

const VERDICT_TEXT: Readonly<Record<Verdict, string>> = {
  within: 'within tolerance',
  slower: 'slower than allowed',
  undecided: 'undecided, needs more rounds',
  'not comparable': 'not comparable',
};

/**
 * Compares the samples of a figure, round by round.
 * @param tolerance the share by which the working tree may cost more, for instance 0.03
 */
export function compareFigure(
  benchmark: string,
  { name, unit }: Pick<Figure, 'name' | 'unit'>,
  before: readonly number[],
  after: readonly number[],
  tolerance: number,
): Comparison {
  const isRate = unit.endsWith('/s');
  const ratio = medianInterval(
    after.map((value, round) => (isRate ? before[round]! / value : value / before[round]!)),
  );
  return { benchmark, name, unit, before, after, ratio, verdict: judge(unit, ratio, tolerance) };
}

function judge(unit: string, { median, low, high }: MedianInterval, tolerance: number): Verdict {
  // More percent may be better or worse, and a figure of 0 has no ratio.
  if (unit === '%' || ![low, high].every((end) => Number.isFinite(end) && end > 0)) return 'not comparable';
  if (median <= 1 + tolerance) return 'within';
  return low > 1 ? 'slower' : 'undecided';
}

/** The comparisons as a Markdown table, which also reads well in a terminal. @param ref name of the other commit */
export function comparisonTable(comparisons: readonly Comparison[], ref: string): string {
  return markdownTable(
    ['benchmark', 'figure', ref, 'working tree', 'ratio', 'interval', 'verdict'],
    comparisons.map(({ benchmark, name, unit, before, after, ratio, verdict }) => [
      benchmark,
      name,
      `${medianText(before)} ${unit}`,
      `${medianText(after)} ${unit}`,
      ratio.median.toFixed(3),
      intervalText(ratio),
      VERDICT_TEXT[verdict],
    ]),
  );
}

/** The comparisons as figures of a benchmark result: the ratio is the value. @param tolerance as for compareFigure */
export function comparisonFigures(
  comparisons: readonly Comparison[],
  ref: string,
  tolerance: number,
): Figure[] {
  return comparisons.map(({ benchmark, name, unit, before, after, ratio, verdict }) => ({
    name: `${benchmark}: ${name}`,
    unit: 'x',
    value: ratio.median,
    target: `<= ${(1 + tolerance).toFixed(2)}`,
    note: `${ref} ${medianText(before)}, working tree ${medianText(after)} ${unit}; interval ${intervalText(ratio)}; ${VERDICT_TEXT[verdict]}`,
  }));
}

function medianText(samples: readonly number[]): string {
  return String(Number(medianInterval(samples).median.toPrecision(4)));
}

function intervalText({ low, high, confidence }: MedianInterval): string {
  return `${low.toFixed(3)} to ${high.toFixed(3)} (${(100 * confidence).toFixed(0)} %)`;
}

/** XGBoost keeps base scores this far from 0 and 1. */
const LEAST_PROBABILITY = Math.fround(1e-6);
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/**
 * Log odds of the base scores of a model, computed in single precision as XGBoost does. They are XGBoost's bits for 0.5, and at
 * most one unit in the last place away for other scores.
 * @param text `base_score` of the file: a probability, or a list of them in brackets
 * @returns [outputCount]; undefined if the text is not one probability, or one for each output
 */
export function baseMargins(text: string, outputCount: number): Float32Array | undefined {
  const list = /^\[(.*)\]$/.exec(text)?.[1] ?? text;
  const scores = list.split(',', outputCount + 1).map(probability);
  if (scores.length !== 1 && scores.length !== outputCount) return undefined;
  if (!scores.every((score) => score >= 0 && score <= 1)) return undefined;
  const margins = new Float32Array(outputCount);
  for (let i = 0; i < outputCount; i += 1) margins[i] = marginOf(scores[i] ?? scores[0] ?? 0);
  return margins;
}

/** NaN for a text that is no number. */
function probability(text: string): number {
  return NUMBER.test(text) ? Math.fround(Number(text)) : Number.NaN;
}

function marginOf(score: number): number {
  const bounded = Math.min(Math.max(score, LEAST_PROBABILITY), Math.fround(1 - LEAST_PROBABILITY));
  return 0 - Math.log(Math.fround(Math.fround(1 / bounded) - 1));
}

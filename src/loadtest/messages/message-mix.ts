/** Share of the messages of one size. */
export interface SizeShare {
  /** Pairs per message, 1 or more. */
  readonly pairCount: number;
  /** Share of all messages, more than 0; the shares of a mix sum to 1. */
  readonly share: number;
}

const PART = /^(\d+)(?::(\d+(?:\.\d+)?))?$/;
/** Largest accepted number of pairs per message; the gateway has a limit of its own. */
const MAX_PAIRS = 1_000_000;

/**
 * Parses a mix of message sizes: `100`, or sizes with weights as in `10:0.5,100:0.4,1000:0.1`. Weights need not sum to 1.
 * @returns undefined if the text is no mix
 */
export function parseMessageMix(text: string): SizeShare[] | undefined {
  const parts = text.split(',').map((part) => PART.exec(part.trim()));
  const sizes = parts.map((part) => ({
    pairCount: Number(part?.[1]),
    weight: Number(part?.[2] ?? Number.NaN),
  }));
  const [only] = sizes;
  if (only === undefined) return undefined;
  const weighted = sizes.length === 1 && Number.isNaN(only.weight) ? [{ ...only, weight: 1 }] : sizes;
  const isValid = weighted.every(
    ({ pairCount, weight }) => pairCount >= 1 && pairCount <= MAX_PAIRS && weight > 0 && weight < Infinity,
  );
  const isRepeated = new Set(weighted.map(({ pairCount }) => pairCount)).size < weighted.length;
  if (!isValid || isRepeated) return undefined;
  const sum = weighted.reduce((total, { weight }) => total + weight, 0);
  return weighted.map(({ pairCount, weight }) => ({ pairCount, share: weight / sum }));
}

/** Mean pairs per message. */
export function meanPairCount(mix: readonly SizeShare[]): number {
  return mix.reduce((sum, { pairCount, share }) => sum + pairCount * share, 0);
}

import { ENSEMBLE_WIDTH } from '../ensemble/model-input.js';

/** Upper bound on the bytes that an explanation adds to an answer: exact except for a few bytes per column. */
export interface ExplanationSize {
  readonly bytesPerPair: number;
  /** Once per answer: names and weights. */
  readonly baseBytes: number;
}

const FLOAT_BYTES = 4;
/** A tag of one byte and a length of at most four. */
const HEAD_BYTES = 5;
/** The varint of a pair index below 2^14: at most 10,000 pairs are explained. */
const PAIR_INDEX_BYTES = 2;
/** Four floats with their tags, and the head of their message. */
const WEIGHT_BYTES = HEAD_BYTES + ENSEMBLE_WIDTH * (1 + FLOAT_BYTES);
/** A tag and an enum value. */
const USE_BYTES = 2;

/** Upper bound for explanations with these features and members. */
export function explanationSizeOf(features: readonly string[], members: readonly string[]): ExplanationSize {
  const nameBytes = (name: string): number => HEAD_BYTES + Buffer.byteLength(name);
  const sum = (sizes: readonly number[]): number => sizes.reduce((total, size) => total + size, 0);
  const ofFeatures = features.map((name) => 2 * HEAD_BYTES + nameBytes(name));
  const ofMembers = members.map(
    (name) => (1 + ENSEMBLE_WIDTH) * HEAD_BYTES + nameBytes(name) + WEIGHT_BYTES + USE_BYTES,
  );
  return {
    bytesPerPair: PAIR_INDEX_BYTES + FLOAT_BYTES * (features.length + ENSEMBLE_WIDTH * members.length),
    baseBytes: 2 * HEAD_BYTES + sum(ofFeatures) + sum(ofMembers),
  };
}

/** Most bytes of an explanation of `pairCount` pairs. */
export function explanationBytes({ bytesPerPair, baseBytes }: ExplanationSize, pairCount: number): number {
  return baseBytes + pairCount * bytesPerPair;
}

import { ENSEMBLE_WIDTH } from '../ensemble/model-input.js';
import { PairstreamError } from '../errors/pairstream-error.js';

/** Upper bound on the bytes that an explanation adds to an answer: exact except for a few bytes per column. */
export interface ExplanationSize {
  readonly bytesPerPair: number;
  /** Bytes of names and weights, once per answer. */
  readonly baseBytes: number;
}

/** A model whose probabilities an explanation has. */
export interface ExplainedMember {
  readonly model: string;
  /** Engine that runs the model, as in ModelMetadata. */
  readonly engine: string;
}

/** Bounds on the size of one answer. */
export interface AnswerLimits {
  /** Maximum bytes of columns and explanation together. */
  readonly maxBytes: number;
  /** Maximum bytes of the columns per answered pair. */
  readonly columnBytesPerPair: number;
}

/** Maximum number of pairs of a request with an explanation. */
const MAX_EXPLAINED_PAIRS = 10_000;
const FLOAT_BYTES = 4;
/** A tag of one byte and a length of at most four. */
const HEAD_BYTES = 5;
/** Varint of a pair index: below 2^14, because at most 10,000 pairs are explained. */
const PAIR_INDEX_BYTES = 2;
/** Four floats with their tags, and the head of their message. */
const WEIGHT_BYTES = HEAD_BYTES + ENSEMBLE_WIDTH * (1 + FLOAT_BYTES);
/** A tag and an enum value. */
const USE_BYTES = 2;

/** Upper bound on the size of explanations with the given features and models. */
export function explanationSizeOf(
  features: readonly string[],
  members: readonly ExplainedMember[],
): ExplanationSize {
  const nameBytes = (name: string): number => HEAD_BYTES + Buffer.byteLength(name);
  const sum = (sizes: readonly number[]): number => sizes.reduce((total, size) => total + size, 0);
  const ofFeatures = features.map((name) => 2 * HEAD_BYTES + nameBytes(name));
  const ofMembers = members.map(
    ({ model, engine }) =>
      (1 + ENSEMBLE_WIDTH) * HEAD_BYTES + nameBytes(model) + nameBytes(engine) + WEIGHT_BYTES + USE_BYTES,
  );
  return {
    bytesPerPair: PAIR_INDEX_BYTES + FLOAT_BYTES * (features.length + ENSEMBLE_WIDTH * members.length),
    baseBytes: 2 * HEAD_BYTES + sum(ofFeatures) + sum(ofMembers),
  };
}

/** Maximum bytes of an explanation of `pairCount` pairs. */
export function explanationBytes({ bytesPerPair, baseBytes }: ExplanationSize, pairCount: number): number {
  return baseBytes + pairCount * bytesPerPair;
}

/**
 * Checks the size of an explanation before the request is scored.
 * @param pairCount pairs of the request
 * @param answeredCount maximum number of pairs in the answer
 * @param limits default: no bound
 * @throws PairstreamError MESSAGE_TOO_LARGE for more than 10,000 pairs or more bytes than `limits` allow
 */
export function checkExplanation(
  explanationSize: ExplanationSize,
  pairCount: number,
  answeredCount: number,
  { maxBytes, columnBytesPerPair }: AnswerLimits = { maxBytes: Infinity, columnBytesPerPair: 0 },
): void {
  const byteCount = explanationBytes(explanationSize, answeredCount);
  const leftBytes = Math.max(0, maxBytes - answeredCount * columnBytesPerPair);
  const size = `about ${byteCount} bytes (${explanationSize.bytesPerPair} per pair)`;
  if (pairCount > MAX_EXPLAINED_PAIRS)
    throw tooLarge(
      `${pairCount} pairs, expected at most ${MAX_EXPLAINED_PAIRS} to be explained; the explanation would have ${size}`,
    );
  if (byteCount > leftBytes)
    throw tooLarge(
      `the explanation of ${answeredCount} pairs has ${size}, expected at most ${leftBytes} in an answer; send fewer pairs, or rank with a smaller top_k`,
    );
}

function tooLarge(problem: string): PairstreamError {
  return new PairstreamError('MESSAGE_TOO_LARGE', `options.explain: ${problem}`, {
    field: 'options.explain',
  });
}

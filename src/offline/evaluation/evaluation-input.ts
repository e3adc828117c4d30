import { PairstreamError } from '../../errors/pairstream-error.js';
import { TARGET_COUNT, TARGETS } from '../../pairs/targets.js';

/** Predictions of one model of an ensemble for the same rows, row-major [rowCount, 4]. */
export interface MemberPredictions {
  readonly name: string;
  readonly probabilities: Float32Array;
}

/** Predictions and labels, row-major [rowCount, 4]: reply, retweet, quote, like. The evaluation does not modify them. */
export interface EvaluationInput {
  readonly rowCount: number;
  readonly probabilities: Float32Array;
  /** True probabilities, if known. */
  readonly truths?: Float32Array;
  /** Members to score too, on the same rows and resamples. Default: none. */
  readonly members?: readonly MemberPredictions[];
  /** 0 or 1. */
  readonly labels: Uint8Array;
  /** [rowCount] */
  readonly authorFollowerCounts: Float64Array;
  /** Default 200. */
  readonly resampleCount?: number;
  /** Seed of the resamples; default 1. */
  readonly seed?: number;
  /** Called after each resample. */
  readonly onProgress?: (done: number, total: number) => void;
}

/**
 * Refuses invalid input that would otherwise give wrong scores.
 * @throws PairstreamError INVALID_REQUEST if the length of a column does not match rowCount
 * @throws PairstreamError INVALID_DATA_FILE if a value is not a probability, or a label is neither 0 nor 1
 */
export function checkEvaluationInput(input: EvaluationInput): void {
  const { rowCount, probabilities, truths, labels, authorFollowerCounts } = input;
  checkLength('probabilities', probabilities, rowCount * TARGET_COUNT);
  checkLength('labels', labels, rowCount * TARGET_COUNT);
  checkLength('authorFollowerCounts', authorFollowerCounts, rowCount);
  checkValues('probabilities', probabilities.findIndex(isNoProbability), probabilities, 'a probability');
  const wrongLabel = labels.findIndex((label) => label > 1);
  checkValues('labels', wrongLabel, labels, 'a label 0 or 1');
  for (const { name, probabilities: ofMember } of input.members ?? []) {
    checkLength(name, ofMember, rowCount * TARGET_COUNT);
    checkValues(name, ofMember.findIndex(isNoProbability), ofMember, 'a probability');
  }
  if (truths === undefined) return;
  checkLength('truths', truths, rowCount * TARGET_COUNT);
  checkValues('truths', truths.findIndex(isNoProbability), truths, 'a probability');
}

function isNoProbability(value: number): boolean {
  return !(value >= 0 && value <= 1);
}

function checkLength(field: string, { length }: ArrayLike<number>, expected: number): void {
  if (length === expected) return;
  throw new PairstreamError('INVALID_REQUEST', `${field} has ${length} values, expected ${expected}`, {
    field,
  });
}

/** @param at index of the first wrong value; negative if there is none */
function checkValues(field: string, at: number, values: ArrayLike<number>, expected: string): void {
  if (at < 0) return;
  const place = `${field}, row ${Math.floor(at / TARGET_COUNT) + 1}, ${TARGETS[at % TARGET_COUNT]!}`;
  throw new PairstreamError('INVALID_DATA_FILE', `${place}: ${values[at]}, expected ${expected}`, { field });
}

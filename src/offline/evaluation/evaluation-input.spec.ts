import { describe, expect, it } from 'vitest';
import { checkEvaluationInput } from './evaluation-input.js';

const input = {
  rowCount: 2,
  probabilities: new Float32Array(8).fill(0.5),
  truths: new Float32Array(8),
  labels: new Uint8Array(8),
  authorFollowerCounts: new Float64Array(2),
};

describe('checkEvaluationInput', () => {
  it('takes probabilities from 0 to 1, with truths or without', () => {
    const { truths, ...others } = input;
    expect(() => checkEvaluationInput({ ...others, truths: truths.with(0, 1) })).not.toThrow();
    expect(() => checkEvaluationInput(others)).not.toThrow();
  });

  it.each([
    [
      { probabilities: input.probabilities.with(6, Number.NaN) },
      'probabilities, row 2, quote: NaN, expected a',
    ],
    [{ truths: input.truths.with(3, 1.5) }, 'truths, row 1, like: 1.5, expected a probability'],
    [{ labels: input.labels.with(4, 2) }, 'labels, row 2, reply: 2, expected a label 0 or 1'],
  ])('names the value that is wrong: %#', (change, message) => {
    const expected = expect.objectContaining({
      code: 'INVALID_DATA_FILE',
      message: expect.stringContaining(message) as string,
    }) as Error;
    expect(() => checkEvaluationInput({ ...input, ...change })).toThrow(expected);
  });

  it.each([
    [{ labels: new Uint8Array(4) }, 'labels has 4 values, expected 8'],
    [{ probabilities: new Float32Array(9) }, 'probabilities has 9 values, expected 8'],
    [{ truths: new Float32Array(2) }, 'truths has 2 values, expected 8'],
    [{ authorFollowerCounts: new Float64Array(8) }, 'authorFollowerCounts has 8 values, expected 2'],
  ])('names the column of the wrong length: %#', (change, message) => {
    const expected = expect.objectContaining({ code: 'INVALID_REQUEST', message }) as Error;
    expect(() => checkEvaluationInput({ ...input, ...change })).toThrow(expected);
  });
});

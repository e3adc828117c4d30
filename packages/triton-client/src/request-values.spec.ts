import { describe, expect, it } from 'vitest';
import type { ParameterValue } from './infer-parameters.js';
import { encodeInferRequest, type InferRequest } from './infer-request.js';

const REQUEST: InferRequest = {
  modelName: 'm',
  inputs: [{ name: 'x', datatype: 'BYTES', shape: [1], data: ['a'] }],
};
const LONE = '\ud800';
const input = (change: object): Partial<InferRequest> => ({
  inputs: [{ ...REQUEST.inputs[0]!, ...change }],
});
const parameter = (value: unknown): Partial<InferRequest> => ({
  parameters: { p: value as ParameterValue },
});

/** Values that protobuf would change or drop, and the message that refuses them. */
const REFUSED: readonly (readonly [field: string, change: object, message: RegExp])[] = [
  ['a numeric id', { id: 7 }, /^id: number 7, expected a string$/],
  ['a bigint id', { id: 7n }, /^id: bigint 7/],
  ['an id that is null', { id: null }, /^id: object null/],
  ['an id with a lone surrogate', { id: LONE }, /^id: string "\\ud800", .*lone surrogates/],
  ['a model name with a lone surrogate', { modelName: LONE }, /^modelName: /],
  ['a numeric version', { modelVersion: 1 }, /^modelVersion: number 1/],
  ['a parameter NaN', parameter(Number.NaN), /^parameters.p: number NaN, expected a finite number$/],
  ['a parameter Infinity', parameter(Infinity), /^parameters.p: number Infinity/],
  ['a parameter null', parameter(null), /^parameters.p: object null, expected a boolean/],
  ['a parameter undefined', parameter(undefined), /^parameters.p: undefined/],
  ['a parameter object', parameter({}), /^parameters.p: object/],
  ['a parameter Date', parameter(new Date(0)), /^parameters.p: object/],
  ['a parameter beyond 2^53', parameter(2 ** 53), /^parameters.p: number .*a bigint for a whole number/],
  [
    'a parameter beyond uint64',
    parameter(2n ** 64n),
    /^parameters.p: bigint .*between -2\^63 and 2\^64 - 1$/,
  ],
  ['a parameter below int64', parameter(-(2n ** 63n) - 1n), /^parameters.p: bigint/],
  ['a parameter with a lone surrogate', parameter(LONE), /^parameters.p: string/],
  ['a parameter name with a lone surrogate', { parameters: { [LONE]: 1 } }, /^a name in parameters: /],
  ['a parameter of an input', input({ parameters: { p: Number.NaN } }), /^inputs\[0\].parameters.p: /],
  ['a name of an input', input({ name: null }), /^inputs\[0\].name: object null/],
  ['a fraction in a shape', input({ shape: [1.5] }), /^inputs\[0\].shape\[0\]: number 1.5, .*whole number$/],
  ['text in a shape', input({ shape: ['1'] }), /^inputs\[0\].shape\[0\]: string "1"/],
  ['an element with a lone surrogate', input({ data: ['a', LONE] }), /^input x: element 1: string/],
  ['an element that is null', input({ data: [null] }), /^input x: element 0: object null/],
  ['a numeric output name', { outputs: [{ name: 3 }] }, /^outputs\[0\].name: number 3/],
];

describe('values of a request', () => {
  it.each(REFUSED)('%s is refused by name', (_name, change, message) => {
    const encode = (): unknown => encodeInferRequest({ ...REQUEST, ...change });
    expect(encode).toThrow(expect.objectContaining({ kind: 'invalid_argument' }));
    expect(encode).toThrow(message);
  });

  it.each([true, 0, -1, 1.5, 2 ** 53 - 1, 1e300, -(2n ** 63n), 2n ** 64n - 1n, '', 'ü \u{1f600}'])(
    'the parameter %s is sent',
    (value) => {
      expect(() => encodeInferRequest({ ...REQUEST, ...parameter(value) })).not.toThrow();
    },
  );
});

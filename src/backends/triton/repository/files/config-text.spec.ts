import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PairstreamError } from '../../../../errors/pairstream-error.js';
import { parseModelConfig } from './config-text.js';

const MODELS = join(import.meta.dirname, '../../../../../triton-models');
const SHIPPED = ['nn1', 'nn1_tweet', 'xgb1'].map((model) =>
  readFileSync(join(MODELS, model, 'config.pbtxt'), 'utf8'),
);
const RUNS = { numRuns: 2_000 };

/** What a text is refused with, or undefined. Anything but a PairstreamError of INVALID_MODEL fails the test. */
function refusalOf(text: string): PairstreamError | undefined {
  try {
    parseModelConfig(text);
    return undefined;
  } catch (error) {
    if (error instanceof PairstreamError && error.code === 'INVALID_MODEL') return error;
    throw error;
  }
}

describe('parseModelConfig', () => {
  it('reads what the training writes', () => {
    expect(parseModelConfig(SHIPPED[2]!)).toMatchObject({
      name: 'xgb1',
      backend: 'fil',
      maxBatchSize: 16_384,
      input: [{ name: 'input__0', dataType: 'TYPE_FP32', dims: [70] }],
      instanceGroup: [{ kind: 'KIND_AUTO', count: 2 }],
      parameters: { threshold: { stringValue: '0.5' } },
      dynamicBatching: {
        defaultQueuePolicy: { timeoutAction: 'REJECT', defaultTimeoutMicroseconds: 60_000_000 },
      },
    });
  });

  it('gives the defaults of the protocol for what is not set', () => {
    expect(parseModelConfig('')).toMatchObject({ name: '', maxBatchSize: 0, input: [], parameters: {} });
    expect(parseModelConfig('').dynamicBatching).toBeUndefined();
    expect(parseModelConfig('dynamic_batching {}').dynamicBatching).toMatchObject({
      defaultQueuePolicy: null,
    });
  });

  it.each([
    [
      'name: "a"\n\ninput [ { nam: "x" } ]',
      'line 3',
      "ModelInput: unknown field 'nam', expected perhaps 'name'",
    ],
    [
      'dynamic_batching {\n  max_queue_delay_microsecond: 0\n}',
      'line 2',
      "ModelDynamicBatching: unknown field 'max_queue_delay_microsecond', expected perhaps 'max_queue_delay_microseconds'",
    ],
    ['colour: "red"', 'line 1', "ModelConfig: unknown field 'colour'"],
    ['name: "a"\nmax_batch_size: "8"\nbackend: "fil"', 'line 2', 'integer value expected'],
    ['max_batch_size: 99999999999', 'line 1', 'integer value out of range'],
    ['input [\n  { name: "x" }', 'line 2', "expected ']'"],
    ['name: "a', 'line 1', 'unterminated string'],
    ['name: "a"\n\nname: "b"\n', 'line 3', 'ModelConfig.name: multiple values'],
    ['input [ {\n  data_type: TYPE_FP23\n} ]', 'line 2', 'ModelInput.data_type: enum value expected'],
    ['input [ {\n  data_type: 99\n} ]', 'input[0].data_type', '99, expected the name of a value of DataType'],
    ['{"name": "a"}', 'line 1', "illegal field name '{'"],
  ])('says where and what is wrong: %j', (text, field, message) => {
    expect(refusalOf(text)).toMatchObject({ field, message });
  });

  it('throws nothing else for text with a piece cut out, doubled or replaced', () => {
    const place = fc.tuple(fc.nat(), fc.nat({ max: 60 }), fc.string({ maxLength: 12 }), fc.boolean());
    const damaged = fc
      .tuple(fc.constantFrom(...SHIPPED), fc.array(place, { minLength: 1, maxLength: 4 }))
      .map(([shipped, places]) =>
        places.reduce((text, [at, length, put, isDoubled]) => {
          const start = at % (text.length + 1);
          const piece = text.slice(start, start + length);
          return text.slice(0, start) + (isDoubled ? piece + piece : put) + text.slice(start + length);
        }, shipped),
      );
    let refusedCount = 0;
    fc.assert(
      fc.property(damaged, (text) => {
        if (refusalOf(text) !== undefined) refusedCount += 1;
      }),
      RUNS,
    );
    expect(refusedCount).toBeGreaterThan(RUNS.numRuns / 4);
  });

  it('throws nothing else for words of the language in any order', () => {
    const words = [
      ...new Set(SHIPPED.join(' ').match(/\w+|[^\w\s]/g)),
      '__proto__',
      'constructor',
      '-1',
      '1e400',
    ];
    const text = fc.array(fc.constantFrom(...words), { maxLength: 40 }).map((parts) => parts.join(' '));
    fc.assert(
      fc.property(text, (parts) => void refusalOf(parts)),
      RUNS,
    );
  });

  it('throws nothing else for bytes of any kind, and for text nested deep', () => {
    const bytes = fc.uint8Array({ maxLength: 200 }).map((array) => Buffer.from(array).toString('utf8'));
    fc.assert(
      fc.property(bytes, (text) => void refusalOf(text)),
      RUNS,
    );
    expect(refusalOf('optimization { '.repeat(10_000))?.message).toMatch(/unknown field|depth/);
    expect(refusalOf('['.repeat(100_000))).toBeDefined();
  });
});

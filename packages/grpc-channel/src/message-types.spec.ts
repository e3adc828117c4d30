import { describe, expect, it } from 'vitest';
import { EnumValueError, MessageTypes } from './message-types.js';

interface Model {
  readonly name: string;
  readonly kind: 'CPU' | 'GPU';
  readonly size: number;
  readonly parts: readonly Model[];
  readonly byName: Readonly<Record<string, Model>>;
  readonly policy?: Model;
}

const FIELDS = {
  name: { type: 'string', id: 1 },
  kind: { type: 'Kind', id: 2 },
  size: { type: 'int64', id: 3 },
  parts: { rule: 'repeated', type: 'Model', id: 4 },
  byName: { keyType: 'string', type: 'Model', id: 5 },
  policy: { type: 'Model', id: 6 },
};
const types = new MessageTypes<{ 'test.Model': Model }, { 'test.Model': { readonly size: string } }>({
  nested: {
    test: {
      nested: {
        Kind: { values: { CPU: 0, GPU: 1 } },
        Model: { oneofs: { choice: { oneof: ['policy'] } }, fields: FIELDS },
      },
    },
  },
});

/** A model with a kind that has no name, under the field with this number. */
function withUnknownKind(field: number): Uint8Array {
  const model = [0x10, 9];
  // The entry of a map: key "a", value the model.
  const value = field === 5 ? [0x0a, 1, 0x61, 0x12, model.length, ...model] : model;
  return Uint8Array.of((field << 3) | 2, value.length, ...value);
}

describe('MessageTypes', () => {
  it('decodes fields that are not set to their defaults, and leaves out members of a oneof', () => {
    expect(types.decode('test.Model', new Uint8Array(0))).toEqual({
      name: '',
      kind: 'CPU',
      size: 0,
      parts: [],
      byName: {},
    });
  });

  it('decodes what it encodes', () => {
    const part = { name: 'b', kind: 'CPU', size: 0, parts: [], byName: {} } as const;
    const model = {
      name: 'a',
      kind: 'GPU',
      size: -3,
      parts: [part],
      byName: { b: part },
      policy: part,
    } as const;
    expect(types.decode('test.Model', types.encode('test.Model', model))).toEqual(model);
  });

  it('keeps every digit of a 64-bit integer on request', () => {
    const largest = Uint8Array.of(0x18, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f);
    expect(types.decodeExact('test.Model', largest).size).toBe('9223372036854775807');
    expect(types.decode('test.Model', largest).size).toBe(2 ** 63);
  });

  it.each([
    ['kind', Uint8Array.of(0x10, 9)],
    ['parts[0].kind', withUnknownKind(4)],
    ['byName["a"].kind', withUnknownKind(5)],
    ['policy.kind', withUnknownKind(6)],
  ])('refuses a number without a name in %s', (field, bytes) => {
    const error = new EnumValueError(field, 9, 'test.Kind');
    expect(error.message).toBe(`${field}: 9, expected a value of test.Kind`);
    expect(() => types.decode('test.Model', bytes)).toThrow(error);
    expect(() => types.decodeExact('test.Model', bytes)).toThrow(error);
  });

  it('refuses bytes that are no message', () => {
    expect(() => types.decode('test.Model', Uint8Array.of(0x0a, 5, 1))).toThrow(RangeError);
  });
});

import fc from 'fast-check';
import protobuf from 'protobufjs';
import { describe, expect, it } from 'vitest';
import { decodeInferResponse, decodeRawResponse } from './infer-response.js';
import { decodeStreamAnswer } from './infer-stream.js';
import { inferenceType } from './inference-service.js';
import { TritonError } from './triton-error.js';

const type = inferenceType('ModelInferResponse');
const FUZZ_RUNS = 3_000;

function encode(fields: object): Buffer {
  return Buffer.from(type.encode(type.fromObject(fields)).finish());
}

function failureOf(decode: () => unknown): { kind: string; message: string } {
  try {
    decode();
  } catch (error) {
    if (error instanceof TritonError) return { kind: error.kind, message: error.message };
    throw error;
  }
  throw new Error('nothing was thrown');
}

/** Kind of what a call throws, `none` when it does not. @throws what is no TritonError */
function kindOf(decode: () => unknown): string {
  try {
    decode();
    return 'none';
  } catch (error) {
    if (error instanceof TritonError) return error.kind;
    throw error;
  }
}

const text = fc.string({ maxLength: 12 });
const key = text.filter((name) => name !== '__proto__');
/** Parameters as they are sent, and as they are read. */
const parameter = fc.oneof(
  fc.boolean().map((value) => [{ boolParam: value }, value] as const),
  fc.string().map((value) => [{ stringParam: value }, value] as const),
  fc.double().map((value) => [{ doubleParam: value }, value] as const),
  fc
    .bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })
    .map((value) => [{ int64Param: String(value) }, exact(value)] as const),
  fc
    .bigInt({ min: 0n, max: 2n ** 64n - 1n })
    .map((value) => [{ uint64Param: String(value) }, exact(value)] as const),
);
const parameters = fc.dictionary(key, parameter, { noNullPrototype: true, maxKeys: 4 });
const output = fc.record({ values: fc.float32Array({ maxLength: 6 }), parameters });
const response = fc.record({
  modelName: text,
  modelVersion: text,
  id: text,
  parameters,
  outputs: fc.dictionary(key, output, { noNullPrototype: true, maxKeys: 4 }),
});

function exact(value: bigint): number | bigint {
  return Number.isSafeInteger(Number(value)) ? Number(value) : value;
}

type Sent = Record<string, readonly [object, unknown]>;
const sent = (given: Sent): object =>
  Object.fromEntries(Object.entries(given).map(([name, [message]]) => [name, message]));
const read = (given: Sent): object =>
  Object.fromEntries(Object.entries(given).map(([name, [, value]]) => [name, value]));

/** A field that no message has. */
const unknownField = fc
  .tuple(fc.integer({ min: 50, max: 5_000 }), fc.constantFrom(0, 1, 2, 5), fc.uint8Array({ maxLength: 9 }))
  .map(([number, wireType, bytes]) => {
    const writer = protobuf.Writer.create().uint32((number << 3) | wireType);
    if (wireType === 0) writer.uint32(bytes.length);
    else if (wireType === 1) writer.double(bytes.length);
    else if (wireType === 2) writer.bytes(bytes);
    else writer.float(bytes.length);
    return writer.finish();
  });

/** An output written by hand: its shape packed or not, with an unknown field somewhere. */
function writeOutput(
  name: string,
  shape: readonly number[],
  isPacked: boolean,
  unknown: Uint8Array,
): Uint8Array {
  const writer = protobuf.Writer.create().uint32(0x0a).string(name);
  const field = writer.uint32(0x12).string('FP32').finish();
  const shapes = protobuf.Writer.create();
  if (isPacked) {
    shapes.uint32(0x1a).fork();
    for (const size of shape) shapes.int64(size);
    shapes.ldelim();
  } else for (const size of shape) shapes.uint32(0x18).int64(size);
  return Buffer.concat([field, unknown, shapes.finish(), unknown]);
}

describe('decodeInferResponse', () => {
  it('reads what protobufjs writes, with fields it does not know', () => {
    fc.assert(
      fc.property(response, fc.array(unknownField), (given, unknown) => {
        const outputs = Object.entries(given.outputs);
        const bytes = encode({
          ...given,
          parameters: sent(given.parameters),
          outputs: outputs.map(([name, { values, parameters: own }]) => ({
            name,
            datatype: 'FP32',
            shape: [1, values.length],
            parameters: sent(own),
          })),
          rawOutputContents: outputs.map(([, { values }]) =>
            Buffer.from(values.buffer, values.byteOffset, values.byteLength),
          ),
        });
        const decoded = decodeInferResponse(Buffer.concat([...unknown, bytes, ...unknown]));
        expect({ ...decoded, outputs: [...decoded.outputs] }).toEqual({
          ...given,
          parameters: read(given.parameters),
          outputs: outputs.map(([name, { values, parameters: own }]) => [
            name,
            { name, datatype: 'FP32', shape: [1, values.length], data: values, parameters: read(own) },
          ]),
        });
      }),
    );
  });

  it('reads shapes that are packed and that are not', () => {
    const shape = fc.array(fc.nat(3), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(shape, fc.boolean(), unknownField, (sizes, isPacked, unknown) => {
        const count = sizes.reduce((product, size) => product * size, 1);
        const contents = Buffer.from(new Float32Array(count).fill(7).buffer);
        const writer = protobuf.Writer.create();
        writer.uint32(0x2a).bytes(writeOutput('y', sizes, isPacked, unknown));
        const { outputs } = decodeInferResponse(writer.uint32(0x32).bytes(contents).finish());
        expect(outputs.get('y')).toMatchObject({ shape: sizes, data: new Float32Array(count).fill(7) });
      }),
    );
  });

  it('finds outputs by name, and contents by place', () => {
    const head = (name: string, datatype: string): object => ({ name, datatype, shape: [1] });
    const bytes = encode({
      outputs: [head('b', 'INT8'), head('a', 'UINT16')],
      rawOutputContents: [Buffer.of(255), Buffer.of(1, 2)],
    });
    const { outputs } = decodeInferResponse(bytes);
    expect(outputs.get('a')?.data).toEqual(Uint16Array.of(0x0201));
    expect(outputs.get('b')?.data).toEqual(Int8Array.of(-1));
  });

  it('reads contents that come before their heads', () => {
    const head = protobuf.Writer.create()
      .uint32(0x2a)
      .bytes(writeOutput('y', [1], true, new Uint8Array(0)))
      .finish();
    const contents = protobuf.Writer.create()
      .uint32(0x32)
      .bytes(Buffer.from(Float32Array.of(3).buffer))
      .finish();
    expect(decodeInferResponse(Buffer.concat([contents, head])).outputs.get('y')?.data).toEqual(
      Float32Array.of(3),
    );
  });

  it('takes an output without contents for empty', () => {
    const bytes = encode({ outputs: [{ name: 'y', datatype: 'BYTES', shape: [2, 0] }] });
    expect(decodeInferResponse(bytes).outputs.get('y')?.data).toEqual([]);
    expect(decodeRawResponse(bytes).outputs.get('y')?.bytes).toHaveLength(0);
  });

  it('wants contents for every element, unless the output was to go to shared memory', () => {
    const bytes = encode({
      outputs: [{ name: 'y', datatype: 'FP32', shape: [2, 3] }],
      rawOutputContents: [''],
    });
    expect(failureOf(() => decodeInferResponse(bytes))).toEqual({
      kind: 'internal',
      message: 'output y: 0 elements of FP32, expected 6 for shape [2, 3]',
    });
    expect(decodeInferResponse(bytes, new Set(['y'])).outputs.get('y')).toMatchObject({
      shape: [2, 3],
      data: new Float32Array(0),
    });
  });

  it.each([
    [
      'too few elements',
      { shape: [2], datatype: 'FP32' },
      4,
      'output y: 1 elements of FP32, expected 2 for shape [2]',
    ],
    [
      'too many elements',
      { shape: [1], datatype: 'INT8' },
      2,
      'output y: 2 elements of INT8, expected 1 for shape [1]',
    ],
    [
      'a part of an element',
      { shape: [1], datatype: 'FP32' },
      3,
      'output y: 3 bytes, expected a multiple of 4 for FP32',
    ],
    [
      'a datatype that is none',
      { shape: [1], datatype: 'FP8' },
      1,
      'output y: datatype "FP8", which is none of the protocol',
    ],
    [
      'a shape of less than nothing',
      { shape: [-1], datatype: 'INT8' },
      1,
      'output y: 1 elements of INT8, expected -1 for shape [-1]',
    ],
    [
      'strings that are cut off',
      { shape: [1], datatype: 'BYTES' },
      3,
      'output y: element 0 ends at byte 4 of 3',
    ],
  ])('refuses %s', (_name, head, byteLength, message) => {
    const bytes = encode({
      outputs: [{ name: 'y', ...head }],
      rawOutputContents: [Buffer.alloc(byteLength)],
    });
    expect(failureOf(() => decodeInferResponse(bytes))).toEqual({ kind: 'internal', message });
  });
});

describe('damaged bytes', () => {
  const whole = encode({
    modelName: 'model',
    modelVersion: '1',
    id: 'seven',
    parameters: { flag: { boolParam: true }, count: { int64Param: '9007199254740993' } },
    outputs: [
      { name: 'a', datatype: 'FP32', shape: [2, 1], parameters: { x: { stringParam: 'y' } } },
      { name: 'b', datatype: 'BYTES', shape: [1] },
    ],
    rawOutputContents: [Buffer.alloc(8), Buffer.from('\u0001\0\0\0z', 'latin1')],
  });
  const answer = inferenceType('ModelStreamInferResponse');
  const stream = Buffer.from(
    answer.encode(answer.fromObject({ errorMessage: 'text', inferResponse: type.decode(whole) })).finish(),
  );

  /** Some bytes changed, cut out or put in. */
  const damaged = (bytes: Buffer): fc.Arbitrary<Buffer> => {
    const position = fc.nat(bytes.length);
    const change = fc.tuple(position, fc.nat(3), fc.uint8Array({ maxLength: 4 }));
    return fc
      .array(change, { minLength: 1, maxLength: 4 })
      .map((changes) =>
        changes.reduce<Buffer>(
          (seen, [at, cut, put]) => Buffer.concat([seen.subarray(0, at), put, seen.subarray(at + cut)]),
          bytes,
        ),
      );
  };

  it.each([
    ['a response', whole, (bytes: Buffer) => decodeInferResponse(bytes)],
    ['a raw response', whole, (bytes: Buffer) => decodeRawResponse(bytes)],
    ['a message of a stream', stream, (bytes: Buffer) => decodeStreamAnswer(bytes, new Set())],
  ])('%s is read or refused as internal, and nothing else', (_name, bytes, decode) => {
    let refused = 0;
    fc.assert(
      fc.property(damaged(bytes), (given) => {
        const kind = kindOf(() => decode(given));
        expect(['none', 'internal']).toContain(kind);
        if (kind === 'internal') refused += 1;
      }),
      { numRuns: FUZZ_RUNS },
    );
    expect(refused).toBeGreaterThan(FUZZ_RUNS / 4);
  });

  it('is refused wherever it is cut off', () => {
    const kinds = Array.from({ length: whole.length }, (_, length) =>
      kindOf(() => decodeInferResponse(whole.subarray(0, length))),
    );
    expect(new Set(kinds)).toEqual(new Set(['none', 'internal']));
    // Between two fields there is nothing to be missed, as long as no output lacks its contents.
    expect(kinds.filter((kind) => kind === 'none').length).toBeLessThan(8);
  });

  it('is refused when a part is longer than what it is in', () => {
    const contents = '3206010203040506';
    for (const hex of [
      // an output of 30 bytes, with 3 left
      '2a1e0a0161',
      // a name of 10 bytes in an output of 3, and more bytes behind it
      `2a030a0a61${contents}0a0161`,
      // a shape of 9 bytes in an output of 4
      `2a041a0901${contents}${contents}`,
      // a parameter of 12 bytes in an output of 4
      `2a04220c0a01${contents}${contents}`,
      // a value of 9 bytes in a parameter of 4
      `220412090801${contents}${contents}`,
    ])
      expect(failureOf(() => decodeInferResponse(Buffer.from(hex, 'hex')))).toEqual({
        kind: 'internal',
        message: 'the server answered with bytes that are no ModelInferResponse',
      });
    expect(failureOf(() => decodeStreamAnswer(Buffer.of(0x12, 0x7f, 0x00), new Set())).kind).toBe('internal');
    expect(failureOf(() => decodeStreamAnswer(Buffer.of(0xff), new Set())).kind).toBe('internal');
  });
});

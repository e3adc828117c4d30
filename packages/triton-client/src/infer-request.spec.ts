import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Datatype, type TensorData } from './datatypes.js';
import type { Parameters, ParameterValue } from './infer-parameters.js';
import { encodeInferRequest, type InferInput, type InferRequest } from './infer-request.js';
import { inferenceType, OBJECT_OPTIONS } from './inference-service.js';
import { toRawContents } from './raw-contents.js';
import { TritonError } from './triton-error.js';

/** A request as protobufjs decodes it. */
function decode(request: InferRequest): Record<string, unknown> {
  const type = inferenceType('ModelInferRequest');
  return type.toObject(type.decode(encodeInferRequest(request)), { ...OBJECT_OPTIONS, longs: String });
}

/** How a parameter is decoded. */
function parameterMessage(value: ParameterValue): object {
  if (typeof value === 'boolean') return { boolParam: value };
  if (typeof value === 'string') return { stringParam: value };
  if (typeof value === 'bigint' && value >= 2n ** 63n) return { uint64Param: String(value) };
  if (typeof value === 'bigint' || Number.isSafeInteger(value))
    return { int64Param: BigInt(value).toString() };
  return { doubleParam: value };
}

function parameterMessages(parameters: Parameters = {}): object {
  return Object.fromEntries(
    Object.entries(parameters).map(([name, value]) => [name, parameterMessage(value)]),
  );
}

const name = fc.string({ maxLength: 12 });
const key = name.filter((text) => text !== '__proto__' && !text.startsWith('shared_memory'));
const parameters = fc.dictionary(
  key,
  fc.oneof(
    fc.boolean(),
    fc.string(),
    fc.maxSafeInteger(),
    fc.double({ noInteger: true, noNaN: true, noDefaultInfinity: true }),
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n - 1n }),
  ),
  { noNullPrototype: true, maxKeys: 4 },
);
const slice = fc.record({
  region: fc.string({ minLength: 1 }),
  byteLength: fc.nat(),
  byteOffset: fc.nat(),
});
const tensor: fc.Arbitrary<{ datatype: Datatype; data: TensorData }> = fc.oneof(
  fc.float32Array().map((data) => ({ datatype: 'FP32' as const, data })),
  fc.int8Array().map((data) => ({ datatype: 'INT8' as const, data })),
  fc.bigInt64Array().map((data) => ({ datatype: 'INT64' as const, data })),
  fc
    .array(fc.oneof(fc.string({ unit: 'binary' }), fc.uint8Array()))
    .map((data) => ({ datatype: 'BYTES' as const, data })),
);
const input: fc.Arbitrary<InferInput> = fc
  .tuple(name, tensor, fc.option(slice), fc.array(fc.maxSafeInteger(), { maxLength: 4 }), parameters)
  .map(([tensorName, { datatype, data }, memory, shape, own]) => ({
    name: tensorName,
    datatype,
    shape,
    data: memory ?? data,
    parameters: own,
  }));
const output = fc.tuple(name, fc.option(slice), parameters).map(([outputName, memory, own]) => ({
  name: outputName,
  parameters: own,
  ...(memory === null ? {} : { sharedMemory: memory }),
}));
const request: fc.Arbitrary<InferRequest> = fc.record({
  modelName: name,
  modelVersion: name,
  id: name,
  parameters,
  inputs: fc.array(input, { maxLength: 4 }),
  outputs: fc.array(output, { maxLength: 4 }),
});

function memoryMessages(
  memory: { region: string; byteLength: number; byteOffset?: number } | undefined,
): object {
  if (memory === undefined) return {};
  const { region, byteLength, byteOffset = 0 } = memory;
  return {
    shared_memory_region: { stringParam: region },
    shared_memory_byte_size: { int64Param: String(byteLength) },
    ...(byteOffset === 0 ? {} : { shared_memory_offset: { int64Param: String(byteOffset) } }),
  };
}

describe('encodeInferRequest', () => {
  it('writes what protobufjs reads', () => {
    fc.assert(
      fc.property(request, (given) => {
        const seen = decode(given);
        const sent = given.inputs.filter(({ data }) => !('region' in data));
        expect(seen).toEqual({
          modelName: given.modelName,
          modelVersion: given.modelVersion,
          id: given.id,
          parameters: parameterMessages(given.parameters),
          inputs: given.inputs.map(({ name: inputName, datatype, shape, data, parameters: own }) => ({
            name: inputName,
            datatype,
            shape: shape.map(String),
            parameters: {
              ...parameterMessages(own),
              ...memoryMessages('region' in data ? data : undefined),
            },
            contents: null,
          })),
          outputs: given.outputs!.map(({ name: outputName, parameters: own, sharedMemory }) => ({
            name: outputName,
            parameters: { ...parameterMessages(own), ...memoryMessages(sharedMemory) },
          })),
          rawInputContents: sent.map(({ name: inputName, datatype, data }) =>
            Buffer.from(toRawContents(inputName, datatype, data as TensorData)),
          ),
        });
      }),
    );
  });

  it('leaves out what has its default', () => {
    expect(encodeInferRequest({ modelName: '', inputs: [] })).toHaveLength(0);
    expect(encodeInferRequest({ modelName: 'm', inputs: [] }).toString('hex')).toBe('0a016d');
  });

  it('writes the shape of a scalar', () => {
    const scalar = { name: 'x', datatype: 'FP32', shape: [], data: Float32Array.of(1) } as const;
    expect(decode({ modelName: 'm', inputs: [scalar] })).toMatchObject({
      inputs: [{ shape: [] }],
      rawInputContents: [Buffer.from([0, 0, 0x80, 0x3f])],
    });
  });

  it('keeps the order of raw contents when some inputs lie in shared memory', () => {
    const at = { region: 'r', byteLength: 4 };
    const inputs = [1, 2, 3].map((i): InferInput => ({
      name: `x${i}`,
      datatype: 'INT8',
      shape: [1],
      data: i === 2 ? at : Int8Array.of(i),
    }));
    const { rawInputContents } = decode({ modelName: 'm', inputs });
    expect(rawInputContents).toEqual([Buffer.of(1), Buffer.of(3)]);
  });

  it('refuses data of another type, with the name of the input', () => {
    const wrong: InferInput = { name: 'x', datatype: 'INT32', shape: [1], data: Float32Array.of(1) };
    expect(() => encodeInferRequest({ modelName: 'm', inputs: [wrong] })).toThrow(
      new TritonError('invalid_argument', 'input x: a Float32Array, expected a Int32Array for INT32'),
    );
  });
});

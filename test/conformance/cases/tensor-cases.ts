import type { Datatype, InferInput, TensorData } from '@pairstream/triton-client';
import { CODE, failure, inferOutputs, type ProtocolCase, strings, tensorText } from '../protocol-case.js';
import { ELEMENTS } from '../tensor-elements.js';

function bytesOf(data: TensorData): Uint8Array {
  if (!ArrayBuffer.isView(data)) throw new TypeError('no typed array');
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

function identityCase(name: string, input: InferInput, bytes: Uint8Array): ProtocolCase {
  const output = input.name.replace('_in', '_out');
  return {
    name,
    act: (server) => inferOutputs(server, 'identity', [input]),
    expected: { [output]: tensorText(input.datatype, input.shape, bytes) },
  };
}

const long = 'x'.repeat(100_000);
const lengthOf = (bytes: number): Buffer => Buffer.from(Uint32Array.of(bytes).buffer);
/** 16 MiB, more than the default limit of gRPC. */
const large = Float32Array.from({ length: 4 * 1024 * 1024 }, (_, i) => i);

function bytesCase(
  name: string,
  shape: readonly number[],
  contents: Buffer,
  expected: unknown,
): ProtocolCase {
  return {
    name,
    act: ({ raw }) =>
      raw.call('ModelInfer', {
        modelName: 'identity',
        inputs: [{ name: 'bytes_in', datatype: 'BYTES', shape }],
        rawInputContents: [contents],
      }),
    expected,
  };
}

/** Elements of every datatype, byte for byte. */
export const TENSOR_CASES: readonly ProtocolCase[] = [
  ...Object.entries(ELEMENTS).flatMap(([datatype, data]) => {
    const name = `${datatype.toLowerCase()}_in`;
    const input = { name, datatype: datatype as Datatype, data };
    return [
      identityCase(`${datatype} comes back bit for bit`, { ...input, shape: [2, 3] }, bytesOf(data)),
      identityCase(
        `${datatype} of zero-length rows`,
        { ...input, shape: [2, 0], data: data.slice(0, 0) },
        new Uint8Array(0),
      ),
    ];
  }),
  identityCase(
    'BYTES with empty, binary and long elements',
    strings(
      'bytes_in',
      [2, 3],
      ['', 'a\0b', long, Uint8Array.of(0, 255, 254), 'z\u00fcrich', '\ud83d\ude00'],
    ),
    Buffer.concat(
      ['', 'a\0b', long, Uint8Array.of(0, 255, 254), 'z\u00fcrich', '\ud83d\ude00'].flatMap((element) => {
        const bytes = Buffer.from(element as string);
        return [lengthOf(bytes.length), bytes];
      }),
    ),
  ),
  identityCase('BYTES of zero-length rows', strings('bytes_in', [2, 0], []), new Uint8Array(0)),
  identityCase(
    'a message of 16 MiB',
    { name: 'fp32_in', datatype: 'FP32', shape: [4, large.length / 4], data: large },
    bytesOf(large),
  ),
  {
    name: 'several tensors of different widths',
    act: (server) =>
      inferOutputs(server, 'identity', [
        { name: 'int8_in', datatype: 'INT8', shape: [2, 1], data: Int8Array.of(1, 2) },
        strings('bytes_in', [2, 2], ['a', 'b', 'c', 'd']),
        { name: 'fp64_in', datatype: 'FP64', shape: [2, 0], data: new Float64Array(0) },
      ]),
    expected: {
      int8_out: 'INT8 [2, 1] 0102',
      bytes_out: 'BYTES [2, 2] 0100000061010000006201000000630100000064',
      fp64_out: 'FP64 [2, 0] ',
    },
  },
  bytesCase(
    'BYTES of too few elements',
    [1, 3],
    Buffer.from('\u0001\0\0\0a\u0001\0\0\0b', 'latin1'),
    failure(
      'invalid_argument',
      CODE.INVALID_ARGUMENT,
      "[request id: <id_unknown>] expected 3 string elements for inference input 'bytes_in' for model 'identity', got 2",
    ),
  ),
  bytesCase(
    'BYTES of too many elements',
    [1, 1],
    Buffer.from('\u0001\0\0\0a\u0001\0\0\0b', 'latin1'),
    failure(
      'invalid_argument',
      CODE.INVALID_ARGUMENT,
      "[request id: <id_unknown>] unexpected number of string elements 2 for inference input 'bytes_in' for model 'identity', expecting 1",
    ),
  ),
  bytesCase(
    'BYTES whose last element is cut off',
    [1, 2],
    Buffer.from('\u0001\0\0\0a\u0003\0\0\0b', 'latin1'),
    failure(
      'invalid_argument',
      CODE.INVALID_ARGUMENT,
      "incomplete string data for inference input 'bytes_in', expecting string of length 3 but only 1 bytes available",
    ),
  ),
  bytesCase(
    'BYTES whose last length is cut off',
    [1, 1],
    Buffer.from('\u0001\0\0\0a\u0001\0', 'latin1'),
    failure(
      'invalid_argument',
      CODE.INVALID_ARGUMENT,
      /^\[request id: <id_unknown>\] incomplete string length indicator for inference input 'bytes_in' for model 'identity', expecting 4 bytes but only 2 bytes available\./,
    ),
  ),
  bytesCase(
    'BYTES of a length beyond 32 bits of data',
    [1, 1],
    Buffer.from('\u00ff\u00ff\u00ff\u00ffa', 'latin1'),
    failure(
      'invalid_argument',
      CODE.INVALID_ARGUMENT,
      "incomplete string data for inference input 'bytes_in', expecting string of length 4294967295 but only 1 bytes available",
    ),
  ),
  bytesCase(
    'BYTES without bytes',
    [1, 1],
    Buffer.alloc(0),
    failure(
      'invalid_argument',
      CODE.INVALID_ARGUMENT,
      "[request id: <id_unknown>] expected 1 string elements for inference input 'bytes_in' for model 'identity', got 0",
    ),
  ),
];

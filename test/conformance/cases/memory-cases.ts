import { rmSync } from 'node:fs';
import type { InferInput, InferRequest, SharedMemorySlice } from '@pairstream/triton-client';
import type { ConformanceServer } from '../conformance-server.js';
import { CODE, failure, fp32, hex32, inferOutputs, type ProtocolCase } from '../protocol-case.js';
import { regionCase } from './region-case.js';

function sliceInput(data: SharedMemorySlice, shape: readonly number[] = [1, 4]): InferInput {
  return { name: 'fp32_in', datatype: 'FP32', shape, data };
}

function slice(byteLength: number, byteOffset = 0, region = 'region'): SharedMemorySlice {
  return { region, byteLength, byteOffset };
}

function into(sharedMemory: SharedMemorySlice): Partial<InferRequest> {
  return { outputs: [{ name: 'fp32_out', sharedMemory }] };
}

const infer = (
  server: ConformanceServer,
  input: InferInput,
  request?: Partial<InferRequest>,
): Promise<unknown> => inferOutputs(server, 'identity', [input], request);
const NUMBERS = fp32('fp32_in', [1, 4], [7, 8, 9, 10]);
const IN_MEMORY = { fp32_out: 'FP32 [1, 4] ' };
const invalid = (text: string): unknown => failure('invalid_argument', CODE.INVALID_ARGUMENT, text);
const PAST_END = invalid("Invalid offset + byte size for shared memory region: 'region'");
const unknownRegion = (name: string): unknown =>
  failure('unknown_region', CODE.NOT_FOUND, `Unable to find shared memory region: '${name}'`);

/** Tensors in system shared memory. */
export const MEMORY_CASES: readonly ProtocolCase[] = [
  regionCase('an input', (server) => infer(server, sliceInput(slice(16))), {
    fp32_out: `FP32 [1, 4] ${hex32(0, 1, 2, 3)}`,
  }),
  regionCase('an input at an offset', (server) => infer(server, sliceInput(slice(16, 48))), {
    fp32_out: `FP32 [1, 4] ${hex32(12, 13, 14, 15)}`,
  }),
  regionCase('an input at the very end', (server) => infer(server, sliceInput(slice(16, 240))), {
    fp32_out: `FP32 [1, 4] ${hex32(0, 0, 0, 0)}`,
  }),
  regionCase(
    'an input beside one that is sent along',
    (server) =>
      inferOutputs(server, 'identity', [
        sliceInput(slice(16)),
        { name: 'int8_in', datatype: 'INT8', shape: [1, 1], data: Int8Array.of(5) },
      ]),
    { fp32_out: `FP32 [1, 4] ${hex32(0, 1, 2, 3)}`, int8_out: 'INT8 [1, 1] 05' },
  ),
  regionCase(
    'an input of BYTES',
    async (server, file) => {
      file.write(Buffer.from('\u0002\0\0\0ab\0\0\0\0', 'latin1'), 100);
      const data = { region: 'region', byteLength: 10, byteOffset: 100 };
      return inferOutputs(server, 'identity', [{ name: 'bytes_in', datatype: 'BYTES', shape: [1, 2], data }]);
    },
    { bytes_out: 'BYTES [1, 2] 02000000616200000000' },
  ),
  regionCase(
    'an output',
    async (server, file) => [
      await infer(server, NUMBERS, into(slice(16, 32))),
      file.read(32, 16),
      file.read(48, 4),
    ],
    [IN_MEMORY, hex32(7, 8, 9, 10), hex32(12)],
  ),
  regionCase(
    'an output as infer reads it: it has a shape and no elements',
    async ({ client }) => {
      const request = { modelName: 'identity', inputs: [NUMBERS], ...into(slice(16, 32)) };
      const output = (await client.infer(request)).outputs.get('fp32_out')!;
      return { shape: output.shape, data: output.data };
    },
    { shape: [1, 4], data: new Float32Array(0) },
  ),
  regionCase(
    'an output smaller than its place',
    async (server, file) => [
      await infer(server, NUMBERS, into(slice(64, 64))),
      file.read(64, 16),
      file.read(80, 4),
    ],
    [IN_MEMORY, hex32(7, 8, 9, 10), hex32(0)],
  ),
  regionCase(
    'an input and an output in one region',
    async (server, file) => [
      await infer(server, sliceInput(slice(16, 16)), into(slice(16, 128))),
      file.read(128, 16),
    ],
    [IN_MEMORY, hex32(4, 5, 6, 7)],
  ),
  regionCase(
    'one output in memory, another in the answer',
    async (server, file) => {
      const inputs = ['a', 'b'].map((name) => fp32(name, [1, 4], [1, 2, 3, 4]));
      const outputs = [{ name: 'difference', sharedMemory: slice(16, 64) }, { name: 'sum' }];
      return [await inferOutputs(server, 'sum', inputs, { outputs }), file.read(64, 16)];
    },
    [{ sum: `FP32 [1, 4] ${hex32(2, 4, 6, 8)}`, difference: 'FP32 [1, 4] ' }, hex32(0, 0, 0, 0)],
  ),
  regionCase(
    'over a stream',
    async ({ client }, file) => {
      const request = {
        modelName: 'identity',
        id: 's',
        inputs: [sliceInput(slice(16))],
        ...into(slice(16, 64)),
      };
      const unknown = { ...request, id: 't', inputs: [sliceInput(slice(16, 0, 'nothing'))] };
      const answers: unknown[] = [];
      for await (const { id, output } of client.streamInfer([request, unknown]))
        answers.push([id, 'outputs' in output ? output.outputs.get('fp32_out')!.shape : output.kind]);
      return [answers, file.read(64, 16)];
    },
    [
      [
        ['s', [1, 4]],
        ['t', 'unknown_region'],
      ],
      hex32(0, 1, 2, 3),
    ],
  ),
  regionCase(
    'a place that is too small for an output',
    (server) => infer(server, NUMBERS, into(slice(12))),
    failure(
      'internal',
      CODE.INTERNAL,
      "shared memory size specified with the request for output 'fp32_out' (12 bytes) should be at least 16 bytes to hold the results",
    ),
  ),
  regionCase('an input past the end', (server) => infer(server, sliceInput(slice(16, 248))), PAST_END),
  regionCase('an output past the end', (server) => infer(server, NUMBERS, into(slice(16, 248))), PAST_END),
  regionCase(
    'an input that begins past the end',
    (server) => infer(server, sliceInput(slice(16, 257))),
    invalid("Invalid offset for shared memory region: 'region'"),
  ),
  regionCase('an input of no bytes', (server) => infer(server, sliceInput(slice(0), [1, 0])), PAST_END),
  regionCase(
    'an input shorter than its shape',
    (server) => infer(server, sliceInput(slice(12))),
    invalid(
      "[request id: <id_unknown>] input byte size mismatch for input 'fp32_in' for model 'identity'. Expected 16, got 12",
    ),
  ),
  regionCase(
    'an input in a region that is unknown',
    (server) => infer(server, sliceInput(slice(16, 0, 'nothing'))),
    unknownRegion('nothing'),
  ),
  regionCase(
    'an output in a region that is unknown',
    (server) => infer(server, NUMBERS, into(slice(16, 0, 'nothing'))),
    unknownRegion('nothing'),
  ),
  regionCase(
    'a region that was unregistered',
    async (server) => {
      await server.client.systemSharedMemory.unregister('region');
      return infer(server, sliceInput(slice(16)));
    },
    unknownRegion('region'),
  ),
  regionCase(
    'a file that was removed stays mapped',
    async (server, file) => {
      rmSync(file.path);
      return infer(server, sliceInput(slice(16)));
    },
    { fp32_out: `FP32 [1, 4] ${hex32(0, 1, 2, 3)}` },
  ),
  ...(
    [
      [
        'a region without a size',
        { shared_memory_region: { stringParam: 'region' } },
        "'shared_memory_byte_size' must be specified along with 'shared_memory_region' parameter for tensor 'fp32_in'",
      ],
      [
        'a size without a region',
        { shared_memory_byte_size: { int64Param: 16 } },
        "'shared_memory_byte_size' can not be specified without 'shared_memory_region' parameter for tensor 'fp32_in'",
      ],
      [
        'an offset without a region',
        { shared_memory_offset: { int64Param: 16 } },
        "'shared_memory_offset' can not be specified without 'shared_memory_region' parameter for tensor 'fp32_in'",
      ],
      [
        'a size that is text',
        { shared_memory_region: { stringParam: 'region' }, shared_memory_byte_size: { stringParam: '16' } },
        "invalid value type for 'shared_memory_byte_size' parameter for tensor 'fp32_in', expected int64_param.",
      ],
      [
        'a region that is a number',
        { shared_memory_region: { int64Param: 1 }, shared_memory_byte_size: { int64Param: 16 } },
        "invalid value type for 'shared_memory_region' parameter for tensor 'fp32_in', expected string_param.",
      ],
    ] as const
  ).map(([name, parameters, text]) =>
    regionCase(
      name,
      ({ raw }) =>
        raw.call('ModelInfer', {
          modelName: 'identity',
          inputs: [{ name: 'fp32_in', datatype: 'FP32', shape: [1, 4], parameters }],
        }),
      invalid(text),
    ),
  ),
  regionCase(
    'a region and data',
    ({ raw }) =>
      raw.call('ModelInfer', {
        modelName: 'identity',
        inputs: [
          {
            name: 'fp32_in',
            datatype: 'FP32',
            shape: [1, 4],
            contents: { fp32Contents: [1, 2, 3, 4] },
            parameters: {
              shared_memory_region: { stringParam: 'region' },
              shared_memory_byte_size: { int64Param: 16 },
            },
          },
        ],
      }),
    invalid(
      "unexpected 'content' provided when using shared memory for input tensor 'fp32_in' for model 'identity'",
    ),
  ),
];

import { rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type {
  InferInput,
  InferRequest,
  SharedMemorySlice,
} from '../../../src/backends/triton/client/index.js';
import { SharedMemoryFile } from '../../support/shared-memory-file.js';
import type { ConformanceServer } from '../conformance-server.js';
import { CODE, failure, fp32, hex32, inferOutputs, outcomeOf, type ProtocolCase } from '../protocol-case.js';

const PAGE_BYTES = 4_096;

/** Does something with a registered region of 256 bytes that begins with the numbers 0 to 15; unregisters all in the end. */
async function withRegion(
  { client }: ConformanceServer,
  act: (file: SharedMemoryFile) => Promise<unknown>,
): Promise<unknown> {
  using file = new SharedMemoryFile(256);
  file.write(Float32Array.from({ length: 16 }, (_, i) => i));
  await client.systemSharedMemory.register({ name: 'region', key: file.key, byteLength: 256 });
  try {
    return await act(file);
  } finally {
    await client.systemSharedMemory.unregister();
  }
}

function regionCase(
  name: string,
  act: (server: ConformanceServer, file: SharedMemoryFile) => Promise<unknown>,
  expected: unknown,
): ProtocolCase {
  return {
    name,
    act: (server) => withRegion(server, (file) => outcomeOf(act(server, file))),
    expected,
  };
}

/** Registers a file of two pages. */
function registerCase(name: string, byteOffset: number, byteLength: number, expected: unknown): ProtocolCase {
  return {
    name,
    act: async ({ client }) => {
      using file = new SharedMemoryFile(2 * PAGE_BYTES);
      const registered = await outcomeOf(
        client.systemSharedMemory.register({ name: 'r', key: file.key, byteOffset, byteLength }),
      );
      await client.systemSharedMemory.unregister('r');
      return registered;
    },
    expected,
  };
}

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
const INVALID_ARGUMENTS = invalid("failed to register shared memory region 'r': invalid args");
const CANNOT_MAP = invalid(
  "failed to register shared memory region 'r': unable to process address spaceInvalid argument",
);
const PAST_END = invalid("Invalid offset + byte size for shared memory region: 'region'");
const unknownRegion = (name: string): unknown =>
  failure('unknown_region', CODE.NOT_FOUND, `Unable to find shared memory region: '${name}'`);

/** System shared memory; CUDA shared memory where there is no GPU. */
export const MEMORY_CASES: readonly ProtocolCase[] = [
  {
    name: 'tells registered regions',
    act: async (server) =>
      withRegion(server, async ({ key }) => {
        const { systemSharedMemory: memory } = server.client;
        const region = { name: 'region', key, offset: 0, byteSize: 256 };
        return [await memory.status(), await memory.status('region')].map(
          (regions) => JSON.stringify(regions) === JSON.stringify([region]),
        );
      }),
    expected: [true, true],
  },
  { name: 'has no regions at first', act: ({ client }) => client.systemSharedMemory.status(), expected: [] },
  {
    name: 'does not know a region',
    act: ({ client }) => client.systemSharedMemory.status('nothing'),
    expected: failure(
      'unknown_region',
      CODE.NOT_FOUND,
      "Unable to find system shared memory region: 'nothing'",
    ),
  },
  regionCase(
    'a name is registered once',
    (server, { key }) => server.client.systemSharedMemory.register({ name: 'region', key, byteLength: 16 }),
    failure('invalid_argument', CODE.ALREADY_EXISTS, "shared memory region 'region' already in manager"),
  ),
  {
    name: 'a key without its slash',
    act: async (server) => {
      using file = new SharedMemoryFile(16);
      const { systemSharedMemory: memory } = server.client;
      await memory.register({ name: 'r', key: file.key.slice(1), byteLength: 16 });
      await memory.unregister('r');
      return memory.status();
    },
    expected: [],
  },
  {
    name: 'a file that is not there',
    act: ({ client }) =>
      client.systemSharedMemory.register({ name: 'r', key: '/pairstream-test-nothing', byteLength: 16 }),
    expected: failure(
      'invalid_argument',
      CODE.INTERNAL,
      "Unable to open shared memory region: '/pairstream-test-nothing'",
    ),
  },
  registerCase('the whole of a file', 0, 2 * PAGE_BYTES, undefined),
  registerCase('a page within a file', PAGE_BYTES, PAGE_BYTES, undefined),
  registerCase('more than the file', 0, 2 * PAGE_BYTES + 1, INVALID_ARGUMENTS),
  registerCase('a part past the end of the file', PAGE_BYTES, PAGE_BYTES + 1, INVALID_ARGUMENTS),
  registerCase('an offset that is no page', 16, 16, CANNOT_MAP),
  registerCase('a region of no bytes', 0, 0, CANNOT_MAP),
  {
    name: 'unregisters what is not there',
    act: ({ client }) => client.systemSharedMemory.unregister('nothing'),
    expected: undefined,
  },
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
  regionCase(
    'a region in use cannot be unregistered, and stays',
    async ({ client }, file) => {
      file.write(Int32Array.of(400), 0);
      const data = slice(4);
      const running = client.infer({
        modelName: 'slow',
        inputs: [{ name: 'delay_ms', datatype: 'INT32', shape: [1, 1], data }],
      });
      await sleep(100);
      const { systemSharedMemory: memory } = client;
      const refusals = [await outcomeOf(memory.unregister('region')), await outcomeOf(memory.unregister())];
      await running;
      return [...refusals, (await memory.status()).length];
    },
    [
      failure(
        'internal',
        CODE.INTERNAL,
        "Cannot unregister shared memory region 'region', it is currently in use.",
      ),
      failure(
        'internal',
        CODE.INTERNAL,
        /^Failed to unregister the following system shared memory regions: region ,/,
      ),
      1,
    ],
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
  { name: 'CUDA: no regions', act: ({ client }) => client.cudaSharedMemory.status(), expected: [] },
  {
    name: 'CUDA: a region that is unknown',
    act: ({ client }) => client.cudaSharedMemory.status('nothing'),
    expected: failure(
      'unknown_region',
      CODE.NOT_FOUND,
      "Unable to find cuda shared memory region: 'nothing'",
    ),
  },
  {
    name: 'CUDA: a handle that is none',
    act: ({ client }) =>
      client.cudaSharedMemory.register({
        name: 'c',
        rawHandle: new Uint8Array(64),
        deviceId: 0,
        byteLength: 16,
      }),
    expected: failure(
      'invalid_argument',
      CODE.INVALID_ARGUMENT,
      'failed to register shared memory region: invalid args',
    ),
  },
  {
    name: 'CUDA: unregisters what is not there',
    act: async ({ client }) => [
      await client.cudaSharedMemory.unregister('nothing'),
      await client.cudaSharedMemory.unregister(),
    ],
    expected: [undefined, undefined],
  },
];

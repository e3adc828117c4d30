import { setTimeout as sleep } from 'node:timers/promises';
import { SharedMemoryFile } from '../../support/triton/shared-memory-file.js';
import { CODE, failure, outcomeOf, type ProtocolCase } from '../protocol-case.js';
import { regionCase, withRegion } from './region-case.js';

const PAGE_BYTES = 4_096;
const invalid = (text: string): unknown => failure('invalid_argument', CODE.INVALID_ARGUMENT, text);
const INVALID_ARGUMENTS = invalid("failed to register shared memory region 'r': invalid args");
const CANNOT_MAP = invalid(
  "failed to register shared memory region 'r': unable to process address spaceInvalid argument",
);

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

/** Registering system shared memory, and CUDA shared memory where there is no GPU. */
export const REGISTRATION_CASES: readonly ProtocolCase[] = [
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
  regionCase(
    'a region in use cannot be unregistered, and stays',
    async ({ client }, file) => {
      file.write(Int32Array.of(400), 0);
      const data = { region: 'region', byteLength: 4 };
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

import { z } from 'zod';
import { FakeTritonError, invalidArgument } from '../fake-triton-error.js';
import type { SharedMemoryTable } from './shared-memory-table.js';
import { type UnaryMethods, unaryMethod } from './unary-method.js';

const NAME = z.object({ name: z.string() });
const REGION = z.object({
  name: z.string(),
  key: z.string(),
  offset: z.number(),
  byteSize: z.number(),
});

/** What a server says that was started without `--allow-client-shm=true`. Its status is not known to us for certain. */
const DISABLED = new FakeTritonError(
  'UNIMPLEMENTED',
  "Client shared memory is disabled. Start the server with '--allow-client-shm=true' to enable.",
);

/** Shared memory: that of the system for real; there is no GPU. @param isAllowed asked at every call */
export function sharedMemoryMethods(table: SharedMemoryTable, isAllowed: () => boolean): UnaryMethods {
  const allowed = (): SharedMemoryTable => {
    if (!isAllowed()) throw DISABLED;
    return table;
  };
  return {
    SystemSharedMemoryStatus: unaryMethod(NAME, ({ name }) => ({
      regions: Object.fromEntries(
        allowed()
          .status(name)
          .map((region) => [
            region.name,
            { name: region.name, key: region.key, offset: region.byteOffset, byteSize: region.byteSize },
          ]),
      ),
    })),
    SystemSharedMemoryRegister: unaryMethod(REGION, ({ name, key, offset, byteSize }) => {
      allowed().register({ name, key, byteOffset: offset, byteSize });
      return {};
    }),
    SystemSharedMemoryUnregister: unaryMethod(NAME, ({ name }) => {
      allowed().unregister(name);
      return {};
    }),
    CudaSharedMemoryStatus: unaryMethod(NAME, ({ name }) => {
      allowed();
      if (name === '') return { regions: {} };
      throw new FakeTritonError('NOT_FOUND', `Unable to find cuda shared memory region: '${name}'`);
    }),
    CudaSharedMemoryRegister: () => {
      allowed();
      throw invalidArgument('failed to register shared memory region: invalid args');
    },
    CudaSharedMemoryUnregister: () => {
      allowed();
      return {};
    },
  };
}

import { FakeTritonError, invalidArgument } from '../fake-triton-error.js';
import type { SharedMemoryTable } from './shared-memory-table.js';
import type { UnaryMethods } from './unary-method.js';

/** Error of a server without `--allow-client-shm=true`. Its status has not been verified with a real server. */
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
    SystemSharedMemoryStatus: ({ name }) => ({
      regions: Object.fromEntries(
        allowed()
          .status(name)
          .map((region) => [
            region.name,
            { name: region.name, key: region.key, offset: region.byteOffset, byteSize: region.byteSize },
          ]),
      ),
    }),
    SystemSharedMemoryRegister: ({ name, key, offset, byteSize }) => {
      allowed().register({ name, key, byteOffset: offset, byteSize });
      return {};
    },
    SystemSharedMemoryUnregister: ({ name }) => {
      allowed().unregister(name);
      return {};
    },
    CudaSharedMemoryStatus: ({ name }) => {
      allowed();
      if (name === '') return { regions: {} };
      throw new FakeTritonError('NOT_FOUND', `Unable to find cuda shared memory region: '${name}'`);
    },
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

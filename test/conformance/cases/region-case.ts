import { SharedMemoryFile } from '../../support/triton/shared-memory-file.js';
import type { ConformanceServer } from '../conformance-server.js';
import { outcomeOf, type ProtocolCase } from '../protocol-case.js';

/** Does something with a registered region of 256 bytes that begins with the numbers 0 to 15; unregisters all in the end. */
export async function withRegion(
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

/** A case with a registered region, see withRegion. */
export function regionCase(
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
